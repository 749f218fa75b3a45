#include "heartbeat/cli/run.hpp"

#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/client.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/doctor_text.hpp"
#include "heartbeat/cli/event_text.hpp"
#include "heartbeat/cli/explain_text.hpp"
#include "heartbeat/cli/fence_status_text.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/local_checks.hpp"
#include "heartbeat/cli/matrix_text.hpp"
#include "heartbeat/cli/moment.hpp"
#include "heartbeat/cli/paths_text.hpp"
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/status_text.hpp"
#include "heartbeat/cli/why_rebooted.hpp"
#include "heartbeat/cli/why_rebooted_text.hpp"

#include <algorithm>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <langinfo.h>
#include <string_view>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace inquest::cli {
namespace {

constexpr std::size_t pipe_width = 120;

// ---- status ------------------------------------------------------------------------------------

std::string drawn(const Command& command, const Screen& screen, const Json& status) {
    if (command.json) return line(status) + "\n";
    return status_text(screen, status) +
           (command.matrix ? "\n" + matrix_text(screen, status) : faults_text(screen, status));
}

/// A drawing that is longer than the screen would scroll, and the next one would not lie over it.
std::string fitted(const Screen& screen, const std::string& text) {
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (screen.height < 2 || lines < screen.height) return text;
    std::size_t end = 0;
    for (std::size_t i = 0; i + 2 < screen.height; ++i) end = text.find('\n', end) + 1;
    return text.substr(0, end) + "(" + std::to_string(lines + 2 - screen.height) +
           " more lines: make the window higher)\n";
}

/// From the top over the last drawing instead of clearing first, so that nothing flickers.
std::string over_the_last(std::string_view text) {
    std::string drawing = "\x1b[H";
    for (const char c : text) drawing += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
    return drawing + "\x1b[J";
}

/// Until Ctrl-C. A daemon that goes away is shown as such and asked again: a watch should span its
/// restart.
[[noreturn]] void watch(const Command& command) {
    const bool terminal = isatty(STDOUT_FILENO) == 1 && !command.json;
    if (terminal) print("\x1b[2J");
    for (;;) {
        const Screen screen = screen_here();
        const Or<Json> status = ask(command, {.verb = wire::Verb::status});
        const std::string text =
            status ? drawn(command, screen, *status) : refusal_text(status.error());
        if (terminal) {
            print(over_the_last(fitted(screen, text)));
        } else if (status) {
            print(text + (command.json ? "" : "\n"));
        } else {
            std::fputs(text.c_str(), stderr);
        }
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
}

wire::Exit run_status(const Command& command) {
    if (command.watch) watch(command);
    const Or<Json> status = ask(command, {.verb = wire::Verb::status});
    if (!status) return refused(status.error());
    print(drawn(command, screen_here(), *status));
    return status_exit(*status);
}

// ---- The other verbs ---------------------------------------------------------------------------

using Draw = std::string (*)(const Screen&, const Json&);

wire::Exit run_simple(const Command& command, const wire::Request& request, Draw draw) {
    const Or<Json> reply = ask(command, request);
    if (!reply) return refused(reply.error());
    print(command.json ? line(*reply) + "\n" : draw(screen_here(), *reply));
    return wire::Exit::healthy;
}

/// What the nodes and devices are is part of the status: here it is shown by itself.
wire::Exit run_fence_status(const Command& command) {
    const Or<Json> status = ask(command, {.verb = wire::Verb::status});
    if (!status) return refused(status.error());
    print(command.json ? line({{"fence", list_of(*status, "fence")}}) + "\n"
                       : fence_status_text(screen_here(), *status));
    return fence_status_exit(*status);
}

Wall wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

Or<wire::Request> events_request(const Command& command) {
    wire::Request request{.verb = wire::Verb::events};
    request.follow = command.follow ? wire::Follow::yes : wire::Follow::no;
    if (command.since.empty()) return request;
    const auto since = parse_since(command.since, wall_now());
    if (!since) {
        return tl::unexpected(wire::ErrorReply{
            {"wrong usage", "--since: \"" + command.since + "\" " + since.error(),
             "write a length such as 10m, or a moment such as 2026-11-22T10:00:00Z"},
            wire::Exit::usage});
    }
    request.since = std::chrono::floor<std::chrono::milliseconds>(*since);
    return request;
}

wire::Exit run_events(const Command& command) {
    const Or<wire::Request> request = events_request(command);
    if (!request) return refused(request.error());
    Or<Client> client = Client::connect(command.run);
    if (!client) return refused(client.error());
    if (const auto sent = client->send(*request); !sent) return refused(sent.error());
    const Screen screen = screen_here();
    for (;;) {
        const Or<Json> event =
            receive(*client, command.follow ? Client::Wait::for_ever : Client::Wait::bounded);
        if (!event) return refused(event.error());
        if (is_end(*event)) return wire::Exit::healthy;
        print(command.json ? line(*event) + "\n" : event_text(screen, *event));
    }
}

/// From files, so that it can be asked where inquestd does not start.
wire::Exit run_why_rebooted(const Command& command) {
    endings::Places places;
    places.etc = command.etc;
    places.state = command.state;
    const Json conclusions = why_rebooted(places, command.run, wall_now());
    print(command.json ? line(conclusions) + "\n" : why_rebooted_text(screen_here(), conclusions));
    return wire::Exit::healthy;
}

wire::Exit run_config_check(const Command& command) {
    const std::filesystem::path folder = command.checked.value_or(command.etc);
    const Findings findings = check_folder(folder);
    print(command.json ? line(findings_json(findings)) + "\n"
                       : findings_text(screen_here(), folder, findings));
    return findings_exit(findings);
}

/// The local checks, then the daemon's; where it cannot be asked, that is a check that failed.
wire::Exit run_doctor(const Command& command) {
    if (const auto why = no_node_here(command)) return refused(*why);
    Json report = {{"checks", findings_checks(check_folder(command.etc))},
                   {"refused", Json::object()},
                   {"bus", Json::object()}};
    const Or<Json> reply = ask(command, {.verb = wire::Verb::doctor});
    if (reply) {
        for (const Json& check : list_of(*reply, "checks")) report["checks"].push_back(check);
        for (const char* counts : {"refused", "bus"}) report[counts] = object_of(*reply, counts);
    } else {
        const wire::Complaint& error = reply.error().error;
        report["checks"].push_back({{"name", "inquestd"},
                                    {"state", "failed"},
                                    {"what", error.what + ": " + error.why},
                                    {"remedy", error.remedy}});
    }
    print(command.json ? line(report) + "\n" : doctor_text(screen_here(), report));
    return doctor_exit(report);
}

}  // namespace

Screen screen_here() {
    Screen screen;
    screen.width = pipe_width;
    if (isatty(STDOUT_FILENO) != 1) return screen;
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        screen.width = size.ws_col;
        screen.height = size.ws_row;
    }
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool plain = (no_colour != nullptr && *no_colour != '\0') || terminal == nullptr ||
                       std::string_view(terminal) == "dumb";
    if (plain) return screen;
    screen.colours = true;
    std::setlocale(LC_CTYPE, "");
    if (std::string_view(nl_langinfo(CODESET)) == "UTF-8") screen.signs = Screen::Signs::symbols;
    return screen;
}

wire::Exit run(const Command& command) {
    switch (command.verb) {
        case Verb::status: return run_status(command);
        case Verb::paths: return run_simple(command, {.verb = wire::Verb::paths}, paths_text);
        case Verb::explain:
            return run_simple(command, {.verb = wire::Verb::explain, .node = command.node},
                              explain_text);
        case Verb::events: return run_events(command);
        case Verb::why_rebooted: return run_why_rebooted(command);
        case Verb::config_check: return run_config_check(command);
        case Verb::doctor: return run_doctor(command);
        case Verb::init: return run_init(command);
        case Verb::invite: return run_invite(command);
        case Verb::join: return run_join(command);
        case Verb::leave: return run_leave(command);
        case Verb::remove: return run_remove(command);
        case Verb::reset_node: return run_reset_node(command);
        case Verb::recover_quorum: return run_recover_quorum(command);
        case Verb::ledger_backup: return run_ledger_backup(command);
        case Verb::ledger_restore: return run_ledger_restore(command);
        case Verb::rekey: return run_rekey(command);
        case Verb::arm:
        case Verb::disarm: return run_armed(command);
        case Verb::maintenance: return run_maintenance(command);
        case Verb::confirm_off: return run_confirm_off(command);
        case Verb::release: return run_release(command);
        case Verb::fence_status: return run_fence_status(command);
        case Verb::config_show: return run_config_show(command);
        case Verb::config_diff: return run_config_diff(command);
        case Verb::config_push: return run_config_push(command);
        case Verb::disk_init: return run_disk_init(command);
        case Verb::disk_status: return run_disk_status(command);
    }
    return wire::Exit::failed;
}

}  // namespace inquest::cli
