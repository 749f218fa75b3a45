// inquest ledger restore: a new generation begins with this node alone, from a backup.
//
// A backup is older than what its node has acknowledged and voted since. So it never goes on in the
// old generation: what it says is what the new one begins with, and all other members are removed.
//
// Steps, after each of which the command may be killed and given again:
//   1. the plan is shown; without --for-real that is all
//   2. the cluster's name is typed, or given with --confirm
//   3. inquestd, where one runs without its ledger, is stopped
//   4. STATE/restore is written: the backup; then STATE/begin: "restore", when, and who; then
//      cluster.keys (one that is there is kept), cluster.toml, node.toml
//   5. inquestd starts, makes ledger.db, and removes STATE/begin and STATE/restore
//   6. the checks are shown, as after `init`
#include "heartbeat/cli/becoming_member.hpp"
#include "heartbeat/cli/confirming.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/daemon_process.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/recovery_plan.hpp"
#include "heartbeat/cli/run.hpp"
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "heartbeat/wire/binary_text.hpp"

#include <chrono>
#include <fstream>
#include <optional>

namespace inquest::cli {
namespace {

constexpr const char* what = "nothing is restored";

using OrWhy = tl::expected<void, wire::Complaint>;

tl::unexpected<wire::Complaint> no(std::string why, std::string remedy) {
    return tl::unexpected(wire::Complaint{what, std::move(why), std::move(remedy)});
}

std::string refusal(wire::BackupRefusal reason) {
    switch (reason) {
        case wire::BackupRefusal::no_backup: return "that is no file of `inquest ledger backup`";
        case wire::BackupRefusal::version: return "the backup is of another version of Inquest";
        case wire::BackupRefusal::damaged:
            return "the backup was cut off or changed since it was written";
        case wire::BackupRefusal::malformed: return "the backup is whole and makes no sense";
    }
    return "?";
}

tl::expected<wire::LedgerBackup, wire::Complaint> read_backup(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return no(file + " cannot be read", "give the file of an `inquest ledger backup`");
    std::string text(wire::backup_text_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    auto backup = wire::decode_backup(text);
    if (!backup) return no(refusal(backup.error()), "take another copy, or an older backup");
    return std::move(*backup);
}

std::string member_names(const ClusterState& state) {
    std::string list;
    for (const AgreedMember& member : state.members)
        list += (list.empty() ? "" : ", ") + clean(member.name);
    return list;
}

// ---- May this host go on with it? ---------------------------------------------------------------

OrWhy check_host(const Traces& found, const ClusterState& backed_up, const std::string& survivor) {
    if (found.ledger)
        return no("this node has a ledger.db, which is never replaced by a backup",
                  "where inquestd refuses it as damaged, move it aside; where it is sound and the "
                  "majority is lost, run `inquest recover-quorum`");
    const bool other_cluster = !found.cluster.empty() && found.cluster != backed_up.name;
    if (other_cluster)
        return no("this node is of the cluster " + found.cluster + ", the backup of " +
                      clean(backed_up.name),
                  "run `inquest reset-node` first, if this node shall leave that cluster");
    if (!found.node.empty() && found.node != survivor)
        return no("this node is " + found.node + ", not " + survivor,
                  "leave --node out, or run `inquest reset-node` first");
    Traces without_loss = found;
    without_loss.member = false;
    without_loss.configured = false;
    if (auto why = occupied(without_loss, Traces::Begun::restoring))
        return no(why->why, why->remedy);
    return {};
}

/// The state that the new generation begins with, as the rules make it; its key is not the one that
/// inquestd will draw.
tl::expected<ClusterState, wire::Complaint> state_after(const wire::LedgerBackup& backup,
                                                        const std::string& survivor) {
    const AgreedMember* member = backup.state.member(survivor);
    if (member == nullptr)
        return no("the backup knows no node " + survivor,
                  "say with --node which of them this is: " + member_names(backup.state));
    ClusterEntry entry{.asked_by = member->id};
    entry.body = Recovered{.generation = backup.state.generation + 1,
                           .survivor = member->id,
                           .key = wire::draw_key({}),
                           .person = person()};
    ClusterState state = backup.state;
    const EntryRefusal refusal = apply(state, state.index + 1, entry, {});
    if (refusal == EntryRefusal::none) return state;
    return no(survivor + " had not joined by then, or gives no vote",
              "restore it on a node that voted");
}

/// Whom an inquestd hears that runs here without its ledger.
std::string heard(const Command& command) {
    std::string names;
    const Or<Json> status = ask(command.run, {.verb = wire::Verb::status});
    if (!status) return names;
    for (const Json& peer : list_of(*status, "peers")) {
        const std::string verdict = text_of(peer, "verdict");
        if (verdict == "alive" || verdict == "degraded" || verdict == "partitioned")
            names += (names.empty() ? "" : ", ") + text_of(peer, "name");
    }
    return names;
}

/// An earlier command has come as far as step 5.
bool is_restored(const Command& command, const wire::LedgerBackup& backup) {
    const Or<Json> known = ask(command.run, {.verb = wire::Verb::ledger});
    return known && text_of(*known, "uuid") == wire::hex(backup.state.uuid) &&
           number_of(*known, "generation") == std::int64_t{backup.state.generation} + 1;
}

// ---- Writing ------------------------------------------------------------------------------------

std::string keys_of(const Command& command, const std::string& cluster) {
    const config::Text text = config::read_keys(command.etc);
    if (text && wire::parse_keys(*text, wire::cluster_tag(cluster))) return *text;
    return wire::keys_text({wire::draw_key({})});
}

/// What the host's own file says beside its name (interfaces) stays.
std::string node_of(const Command& command, const Traces& found, const std::string& survivor) {
    const config::Texts texts = config::read_texts(command.etc);
    return found.node == survivor && texts.node ? *texts.node : node_toml(survivor);
}

NodeFiles files_of(const Command& command, const Traces& found, const ClusterState& after,
                   const std::string& survivor) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return {.begin =
                "restore " + std::to_string(now.time_since_epoch().count()) + " " + person() + "\n",
            .keys = keys_of(command, after.name),
            .cluster = config::render(after),
            .node = node_of(command, found, survivor)};
}

OrWhy write_all(const Folders& where, const wire::LedgerBackup& backup, NodeFiles files) {
    auto written = make_state_folder(where).and_then([&] {
        return write_file({where.state / "restore", encode(backup), Readers::owner});
    });
    if (written) written = write_node_files(where, files);
    wire::wipe(files.keys);
    return written;
}

wire::Exit restore(const Command& command, const wire::LedgerBackup& backup, const Traces& found,
                   const ClusterState& after, const std::string& survivor) {
    const NodeFiles files = files_of(command, found, after, survivor);
    if (const std::string why = complaints_of(files); !why.empty())
        return refused(what, why, "give this host the addresses that " + survivor + " had");
    Waiting waiting(command.life.timeout);
    if (const auto stopped = stop_daemon(folders(command), waiting); !stopped)
        return refused(stopped.error());
    if (const auto written = write_all(folders(command), backup, files); !written)
        return refused({written.error(), wire::Exit::failed});
    const wire::Exit exit = become_member(command, wire::hex(backup.state.uuid));
    if (exit == wire::Exit::healthy)
        say("generation " + std::to_string(after.generation) + " has begun with " + survivor +
            " alone. Next: `inquest reset-node` on each other node, and invite it anew.\n");
    return exit;
}

}  // namespace

wire::Exit run_ledger_restore(const Command& command) {
    const LifeOptions& typed = command.life;
    const auto backup = read_backup(typed.file);
    if (!backup) return refused({backup.error(), wire::Exit::failed});
    const Traces found = traces(folders(command));
    const std::string survivor = typed.name.empty() ? found.node : typed.name;
    if (survivor.empty())
        return refused(what, "this host has no name in a cluster",
                       "say with --node which of them this is: " + member_names(backup->state),
                       wire::Exit::usage);
    if (found.ledger && typed.for_real && is_restored(command, *backup)) {
        say("this backup was restored here already:\n");
        return become_member(command, wire::hex(backup->state.uuid));
    }
    if (const auto fits = check_host(found, backup->state, survivor); !fits)
        return refused({fits.error(), wire::Exit::failed});
    const auto after = state_after(*backup, survivor);
    if (!after) return refused({after.error(), wire::Exit::failed});
    const RecoveryPlan plan = restore_plan(*backup, survivor);
    print(command.json ? line(plan_json(plan)) + "\n" : plan_text(screen_here(), plan));
    if (const std::string names = heard(command); !names.empty())
        return refused(
            what, "this node hears " + names + ", so the cluster lives",
            "run `inquest remove " + survivor + "` there, reset this node, and invite it anew");
    if (!typed.for_real) {
        say("Nothing was changed. To do it: inquest ledger restore " + clean(typed.file) +
            " --for-real\n");
        return wire::Exit::healthy;
    }
    if (!is_confirmed(command, backup->state.name)) return not_confirmed();
    return restore(command, *backup, found, *after, survivor);
}

}  // namespace inquest::cli
