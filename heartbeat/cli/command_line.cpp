#include "heartbeat/cli/command_line.hpp"

#include "heartbeat/cli/life_command_line.hpp"
#include "heartbeat/config/suggestion.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace inquest::cli {
namespace {

constexpr const char* footer =
    "Exit codes: 0 healthy, 1 failed, 2 wrong usage, 3 degraded, 4 no quorum, 5 not permitted.";

/// Builds the grammar around `command`, which the parser fills in.
void describe(CLI::App& app, Command& command) {
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(footer);
    app.set_version_flag("--version", "inquest " INQUEST_VERSION);
    app.add_option("--etc", command.etc, "folder of the configuration")->capture_default_str();
    app.add_option("--state", command.state, "folder of what survives a reboot")
        ->capture_default_str();
    app.add_option("--run", command.run, "folder of inquestd's socket")->capture_default_str();
    app.add_flag("--json", command.json, "print JSON, one object a line");

    CLI::App* status = app.add_subcommand("status", "the cluster on one screen");
    status->add_flag("--matrix", command.matrix, "and the picture of who hears whom");
    status->add_flag("--watch", command.watch, "draw it again every second, until Ctrl-C");
    status->callback([&command] { command.verb = Verb::status; });

    CLI::App* paths = app.add_subcommand("paths", "every path and every peer on it");
    paths->callback([&command] { command.verb = Verb::paths; });

    CLI::App* explain = app.add_subcommand("explain", "why a node has the verdict that it has");
    explain->add_option("node", command.node, "a node's name, or self")->capture_default_str();
    explain->callback([&command] { command.verb = Verb::explain; });

    CLI::App* events = app.add_subcommand("events", "what changed, and when");
    events->add_flag("--follow", command.follow,
                     "go on with what happens from now on, until Ctrl-C");
    events->add_option(
        "--since", command.since,
        "only events at most this old (10m), or after a moment (2026-11-22T10:00:00Z)");
    events->callback([&command] { command.verb = Verb::events; });

    CLI::App* why = app.add_subcommand(
        "why-rebooted", "why this node's last boot ended, and the last run of inquestd");
    why->callback([&command] { command.verb = Verb::why_rebooted; });

    CLI::App* config = app.add_subcommand("config", "the configuration, in files and as agreed");
    config->require_subcommand(1);
    CLI::App* check =
        config->add_subcommand("check", "all that is wrong with them, and what to do");
    check->add_option("dir", command.checked, "the folder to check instead of --etc");
    check->callback([&command] { command.verb = Verb::config_check; });

    describe_life(app, *config, command);

    CLI::App* fence = app.add_subcommand("fence", "what switches nodes off");
    fence->require_subcommand(1);
    CLI::App* ready =
        fence->add_subcommand("status", "would it work? Each device that this node may ask");
    ready->callback([&command] { command.verb = Verb::fence_status; });

    CLI::App* doctor = app.add_subcommand("doctor", "this node's own health, and what to do");
    doctor->callback([&command] { command.verb = Verb::doctor; });
}

/// CLI11's message on one line.
std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

Aside wrong_usage(const std::string& why, const std::string& remedy) {
    return {"inquest: wrong usage: " + why + ": " + remedy + "\n", Aside::Kind::wrong_usage};
}

/// The verb that was typed, as far as it is known: its help says more than that of all.
const CLI::App* asked_of(const CLI::App& app) {
    const CLI::App* asked = &app;
    while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
    return asked;
}

std::string help_of(const CLI::App& app) {
    std::string words;
    for (const CLI::App* asked = asked_of(app); asked != nullptr; asked = asked->get_parent())
        words = asked->get_name() + " " + words;
    return "see " + words + "--help";
}

/// A word that is no verb where one is needed; CLI11 would only say that one is missing.
Aside unknown_verb(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    for (const CLI::App* verb : asked_of(app)->get_subcommands({}))
        names.push_back(verb->get_name());
    return wrong_usage("\"" + one_line(word) + "\" is no verb",
                       config::suggestion(word, {names.begin(), names.end()}));
}

}  // namespace

tl::expected<Command, Aside> parse_command(std::vector<std::string> words) {
    Command command;
    CLI::App app("Watch and change the cluster, through this node's inquestd.", "inquest");
    describe(app, command);
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    try {
        app.parse(words);
    } catch (const CLI::CallForHelp&) {
        return tl::unexpected(Aside{asked_of(app)->help()});
    } catch (const CLI::CallForAllHelp&) {
        return tl::unexpected(Aside{app.help("", CLI::AppFormatMode::All)});
    } catch (const CLI::CallForVersion& version) {
        return tl::unexpected(Aside{std::string(version.what()) + "\n"});
    } catch (const CLI::RequiredError& error) {
        const std::vector<std::string> unknown = app.remaining(true);
        return tl::unexpected(unknown.empty() ? wrong_usage(one_line(error.what()), help_of(app))
                                              : unknown_verb(app, unknown.front()));
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(wrong_usage(one_line(error.what()), help_of(app)));
    }
    return command;
}

}  // namespace inquest::cli
