#include "heartbeat/cli/becoming_member.hpp"

#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/daemon_process.hpp"
#include "heartbeat/cli/member_checks.hpp"
#include "heartbeat/cli/run.hpp"
#include "heartbeat/cli/waiting.hpp"
#include "heartbeat/config/here.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

using Checks = std::vector<MemberCheck>;

constexpr const char* next =
    "mend what it waits for; inquestd goes on by itself, and the same command shows how far it is";

/// A refusal that no waiting mends: removed, another cluster.
std::optional<wire::Complaint> hopeless(const Json& ledger, const std::string& uuid) {
    if (flag_of(ledger, "removed"))
        return wire::Complaint{"this node was removed from the cluster", text_of(ledger, "word"),
                               "run `inquest reset-node`, and have it invited anew"};
    if (text_of(ledger, "refused_by_cluster") == word(EntryRefusal::wrong_invitation))
        return wire::Complaint{"this node does not join",
                               "its token was replaced: the node was invited again since",
                               "run `inquest join` with the newest token"};
    const std::string found = text_of(ledger, "uuid");
    const bool blank = found.find_first_not_of('0') == std::string::npos;
    if (blank || uuid.empty() || found == uuid) return std::nullopt;
    return wire::Complaint{"this node belongs to another cluster of that name",
                           "its ledger says " + found + " instead of " + uuid,
                           "to begin anew, run `inquest reset-node` first"};
}

bool hears_anybody(const Json& status) {
    for (const Json& peer : list_of(status, "peers")) {
        for (const Json& path : list_of(peer, "paths")) {
            const std::string state = text_of(path, "state");
            if (state == "fresh" || state == "late") return true;
        }
    }
    return false;
}

/// A newcomer that gets beats, and none with a key of its token.
std::optional<wire::Complaint> outdated_keys(const Command& command, const Json& ledger,
                                             const Json& status) {
    if (text_of(ledger, "standing") == "joined" || hears_anybody(status)) return std::nullopt;
    const Or<Json> doctor = ask(command.run, {.verb = wire::Verb::doctor});
    if (!doctor) return std::nullopt;
    const Json& refused = object_of(*doctor, "refused");
    if (number_of(refused, "key").value_or(0) + number_of(refused, "mac").value_or(0) == 0)
        return std::nullopt;
    return wire::Complaint{"this node does not join",
                           "the cluster has changed its keys since the token was made, so the "
                           "token opens nothing any more",
                           "run the same `inquest invite` again on a member, and `inquest join` "
                           "here with the new token"};
}

void show(const Command& command, const Checks& checks) {
    print(command.json ? line(checks_json(checks)) + "\n" : checks_text(screen_here(), checks));
}

wire::Exit verdict(const Checks& checks) {
    const bool worse = std::any_of(checks.begin(), checks.end(), [](const MemberCheck& check) {
        return check.state == MemberCheck::State::worse;
    });
    return worse ? wire::Exit::degraded : wire::Exit::healthy;
}

}  // namespace

Folders folders(const Command& command) { return {command.etc, command.state, command.run}; }

std::string complaints_of(const NodeFiles& files) {
    const auto read = config::read({files.node, files.cluster});
    config::Complaints complaints = read ? config::Complaints{} : read.error();
    if (read) {
        if (const auto here = config::addresses_here()) complaints = misplaced(*read, *here);
    }
    std::string text;
    for (const config::Complaint& complaint : complaints) {
        if (complaint.severity == config::Severity::error)
            text += (text.empty() ? "" : "; ") + complaint.what;
    }
    return text;
}

wire::Exit become_member(const Command& command, const std::string& uuid) {
    if (command.life.no_start) {
        say("the files are written; start inquestd, and `inquest status` shows how far it is\n");
        return wire::Exit::healthy;
    }
    Waiting waiting(command.life.timeout);
    if (const auto started = start_daemon(folders(command), waiting); !started)
        return refused(started.error());
    // The paths are shown when the node is a member; those that need longer get a moment more.
    Checks checks;
    std::string blocked;
    do {
        const Or<Json> ledger = ask(command.run, {.verb = wire::Verb::ledger});
        const Or<Json> status = ask(command.run, {.verb = wire::Verb::status});
        if (!ledger || !status) {
            const wire::Complaint& error = (ledger ? status : ledger).error().error;
            blocked = "inquestd: " + error.what + ": " + error.why;
            continue;
        }
        if (const auto never = hopeless(*ledger, uuid))
            return refused({*never, wire::Exit::failed});
        if (const auto outdated = outdated_keys(command, *ledger, *status))
            return refused({*outdated, wire::Exit::failed});
        checks = member_checks(*ledger, *status, INQUEST_VERSION);
        blocked = blocker(checks);
        if (blocked.empty() && verdict(checks) == wire::Exit::healthy) break;
        if (blocked.empty()) blocked = "the paths that do not work yet";
    } while (waiting.goes_on(blocked));
    show(command, checks);
    if (is_settled(checks)) return verdict(checks);
    const bool leaderless = blocked.starts_with("a coordinator");
    return refused(waiting.ended("this node is no full member yet", next,
                                 leaderless ? wire::Exit::no_quorum : wire::Exit::failed));
}

}  // namespace inquest::cli
