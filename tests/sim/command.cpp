#include "tests/sim/command.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace inquest::sim {
namespace {

/// Far more than anyone has time for: a number without a sign that was written with one is larger.
constexpr unsigned seeds_max = 1'000'000'000;

constexpr const char* footer =
    "Exit codes: 0 all held, 1 something did not hold, 2 wrong usage or a bad file, 3 (whatif) a "
    "single fault costs more than the node that has it.";

void describe_run(CLI::App& app, Command& command) {
    CLI::App* run = app.add_subcommand("run", "run scenarios: folders, or bare timeline files");
    run->add_option("scenario", command.run.scenarios, "folders or files")->required();
    run->add_option("--seed", command.run.seed, "another seed than the scenario's");
    run->add_option("--svg", command.run.svg, "draw the run into this file (one scenario)");
    run->add_flag("--json", command.run.json, "print one JSON object a scenario");
    run->add_flag("--log", command.run.log, "print the log");
    run->add_flag("--rewrite", command.run.rewrite,
                  "write expect.log anew, and print what that changes");
    run->add_flag("--figures", command.run.figures, "this machine's figures, on stderr");
    run->callback([&command] { command.verb = Command::Verb::run; });
}

void describe_seeds(CLI::App& verb, SeedsOrder& seeds) {
    verb.add_option("--from", seeds.from, "the first seed")->capture_default_str();
    verb.add_option("--nodes", seeds.nodes, "how many nodes: 5, or 3..7")->capture_default_str();
    verb.add_option("--minutes", seeds.minutes, "of faults in each world; then all heals")
        ->capture_default_str();
}

void describe_swarm(CLI::App& app, Command& command) {
    CLI::App* swarm =
        app.add_subcommand("swarm", "draw worlds from seeds, and look for a broken invariant");
    swarm->add_option("--seeds", command.seeds.seeds, "how many")
        ->required()
        ->check(CLI::Range(1U, seeds_max));
    describe_seeds(*swarm, command.seeds);
    swarm->add_option("--jobs", command.seeds.jobs, "seeds at once")
        ->check(CLI::Range(1U, 256U))
        ->capture_default_str();
    swarm->add_flag("--trace", command.seeds.trace, "print every log, and nothing else, on stdout");
    swarm->add_option("--keep", command.seeds.keep, "folder for timelines of seeds that failed")
        ->capture_default_str();
    swarm->callback([&command] { command.verb = Command::Verb::swarm; });

    CLI::App* draw =
        app.add_subcommand("draw", "print the timeline that the swarm draws for a seed");
    draw->add_option("seed", command.seeds.from, "the seed")->required();
    draw->add_option("--nodes", command.seeds.nodes, "as for swarm")->capture_default_str();
    draw->add_option("--minutes", command.seeds.minutes, "as for swarm")->capture_default_str();
    draw->callback([&command] { command.verb = Command::Verb::draw; });
}

void describe_whatif(CLI::App& app, Command& command) {
    CLI::App* whatif =
        app.add_subcommand("whatif", "what a fault would do to the cluster of a cluster.toml");
    whatif->add_option("--config", command.whatif.config, "the cluster.toml")->required();
    whatif->add_option("--cut", command.whatif.cut, "a node's link to a path: n1:lan-a");
    whatif->add_option("--switch-off", command.whatif.switch_off, "a fate: sw-a");
    whatif->add_option("--kill", command.whatif.kill, "a node's power");
    whatif->add_flag("--all-single-faults", command.whatif.all_single,
                     "each node, switch and link, one at a time (the default)");
    whatif->add_flag("--all-double-faults", command.whatif.all_double, "every two of them at once");
    whatif->add_flag("--json", command.whatif.json, "for programs");
    whatif->callback([&command] { command.verb = Command::Verb::whatif; });
}

void describe(CLI::App& app, Command& command) {
    static const std::map<std::string, Authentication> ways = {
        {"every", Authentication::every}, {"sampled", Authentication::sampled}};
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(footer);
    app.set_version_flag("--version", "inquest-sim " INQUEST_VERSION);
    app.add_option("--authenticate", command.authentication,
                   "check every datagram, or every 64th and all that are damaged; the runs are the "
                   "same (default: every; swarm: sampled)")
        ->transform(CLI::CheckedTransformer(ways));
    describe_run(app, command);
    describe_swarm(app, command);
    describe_whatif(app, command);
    CLI::App* list = app.add_subcommand("invariants", "the rules that every run is judged by");
    list->callback([&command] { command.verb = Command::Verb::invariants; });
    CLI::App* replay = app.add_subcommand("replay", "an incident again, as it happened");
    // Named, so that the refusal speaks of the verb and not of its argument.
    replay->add_option_function<std::string>(
        "incident", [](const std::string&) {}, "its file");
    replay->callback([] {
        throw CLI::ValidationError(
            "replay", "no incident is exported yet: that comes with the ledger and its events");
    });
}

std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

tl::expected<Command, Aside> parse_command(std::vector<std::string> words) {
    Command command;
    const bool swarms = std::find(words.begin(), words.end(), "swarm") != words.end();
    if (swarms) command.authentication = Authentication::sampled;
    CLI::App app("Inquest's own decisions in a simulated world.", "inquest-sim");
    describe(app, command);
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    try {
        app.parse(words);
    } catch (const CLI::CallForHelp&) {
        const CLI::App* asked = &app;
        while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
        return tl::unexpected(Aside{asked->help()});
    } catch (const CLI::CallForVersion& version) {
        return tl::unexpected(Aside{std::string(version.what()) + "\n"});
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(Aside{
            "inquest-sim: wrong usage: " + one_line(error.what()) + ": see inquest-sim --help\n",
            Aside::Kind::wrong_usage});
    }
    return command;
}

}  // namespace inquest::sim
