// inquest recover-quorum: this node goes on alone, because the majority is lost for good.
//
// inquestd must run: it alone knows what its ledger has, and it has listened whether others live.
// Steps, after each of which the command may be killed and given again:
//   1. the plan is shown; without --for-real that is all
//   2. the cluster's name is typed, or given with --confirm
//   3. inquestd looks once more whether anybody lives, writes STATE/recover and ends
//   4. it is started again, and begins the new generation (daemon/recovering.hpp has its steps)
//   5. the checks are shown, as after `init`
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/becoming_member.hpp"
#include "heartbeat/cli/confirming.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/daemon_process.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/recovery_plan.hpp"
#include "heartbeat/cli/run.hpp"
#include "heartbeat/cli/waiting.hpp"

#include <system_error>

namespace inquest::cli {
namespace {

using Done = tl::expected<void, wire::ErrorReply>;

constexpr const char* what = "no new generation begins";

/// Between steps 3 and 4: inquestd is ending, was killed, or is just beginning.
bool is_confirmed_on_disk(const Folders& where) {
    std::error_code error;
    return std::filesystem::exists(where.state / "recover", error);
}

Or<RecoveryPlan> planned(const Command& command, const Json& known) {
    const Or<Json> status = ask(command.run, {.verb = wire::Verb::status});
    if (!status) return tl::unexpected(status.error());
    const Or<Json> paths = ask(command.run, {.verb = wire::Verb::paths});
    if (!paths) return tl::unexpected(paths.error());
    return recovery_plan(known, *status, *paths);
}

/// Until inquestd would do it, or will not.
Done wait_until_possible(const Command& command, Waiting& waiting) {
    for (;;) {
        const Or<Json> known = ledger(command);
        if (!known) return tl::unexpected(known.error());
        const auto obstacle = recovery_obstacle(*known);
        if (!obstacle) return {};
        const wire::Complaint& complaint = obstacle->complaint;
        if (!obstacle->passes || !waiting.goes_on("this: " + complaint.why))
            return tl::unexpected(wire::ErrorReply{complaint, wire::Exit::failed});
    }
}

/// Step 3, and the end of the inquestd that was asked.
Done order(const Command& command, const RecoveryPlan& plan, const std::string& cluster,
           Waiting& waiting) {
    const pid_t asked = daemon_pid(folders(command));
    wire::Request request{.verb = wire::Verb::recover};
    request.recovery =
        wire::RecoveryOrder{.cluster = cluster,
                            .generation = static_cast<std::uint32_t>(plan.generation - 1),
                            .entry = static_cast<std::uint64_t>(plan.last),
                            .person = person()};
    const Or<Json> reply = ask(command.run, request);
    if (!reply) return tl::unexpected(reply.error());
    while (daemon_pid(folders(command)) == asked && asked != 0) {
        if (!waiting.goes_on("inquestd to end, so that it begins anew"))
            return tl::unexpected(waiting.ended(
                what, "end it (systemctl restart inquestd): the next start begins the generation",
                wire::Exit::failed));
    }
    return {};
}

wire::Exit finish(const Command& command, const RecoveryPlan& plan, const std::string& uuid) {
    const wire::Exit exit = become_member(command, uuid);
    const Or<Json> known = ledger(command);
    if (!known) return refused(known.error());
    if (number_of(*known, "generation") != plan.generation)
        return refused(what, "inquestd has given it up, and its log says why",
                       "journalctl -u inquestd; then look again: `inquest recover-quorum`");
    if (exit == wire::Exit::healthy)
        say("generation " + std::to_string(plan.generation) + " has begun with " + plan.survivor +
            " alone. Next: `inquest reset-node` on each other node, and invite it anew.\n");
    return exit;
}

/// Goes on with what an earlier command had confirmed.
Done resume(const Command& command) {
    const Folders where = folders(command);
    if (!command.life.for_real || !is_confirmed_on_disk(where)) return {};
    say("it was confirmed before, and is gone on with\n");
    Waiting waiting(command.life.timeout);
    while (is_confirmed_on_disk(where)) {
        if (daemon_pid(where) == 0) {
            if (auto started = start_daemon(where, waiting); !started) return started;
        }
        if (!waiting.goes_on("inquestd to begin the generation that was confirmed"))
            return tl::unexpected(
                waiting.ended(what, "see its log, and give the command again", wire::Exit::failed));
    }
    return {};
}

}  // namespace

wire::Exit run_recover_quorum(const Command& command) {
    const LifeOptions& typed = command.life;
    if (const Done resumed = resume(command); !resumed) return refused(resumed.error());
    const Or<Json> known = ledger(command);
    if (!known) return refused(known.error());
    const std::string uuid = text_of(*known, "uuid");
    if (const auto begun = begun_generation(*known); typed.for_real && begun > 0) {
        say("generation " + std::to_string(begun) + " has begun here already:\n");
        return become_member(command, uuid);
    }
    const Or<RecoveryPlan> plan = planned(command, *known);
    if (!plan) return refused(plan.error());
    print(command.json ? line(plan_json(*plan)) + "\n" : plan_text(screen_here(), *plan));
    if (!typed.for_real) {
        if (const auto obstacle = recovery_obstacle(*known); obstacle && !obstacle->passes)
            return refused({obstacle->complaint, wire::Exit::failed});
        say("Nothing was changed. To do it: inquest recover-quorum --for-real\n");
        return wire::Exit::healthy;
    }
    Waiting waiting(typed.timeout);
    if (const Done possible = wait_until_possible(command, waiting); !possible)
        return refused(possible.error());
    if (!is_confirmed(command, plan->cluster)) return not_confirmed();
    if (const Done ordered = order(command, *plan, plan->cluster, waiting); !ordered)
        return refused(ordered.error());
    return finish(command, *plan, uuid);
}

}  // namespace inquest::cli
