#include "heartbeat/daemon/ledger_replies.hpp"

#include "heartbeat/config/agreed.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"
#include "heartbeat/daemon/json_text.hpp"
#include "heartbeat/daemon/lost_majority.hpp"
#include "heartbeat/endings/wall.hpp"
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/join_token.hpp"
#include "heartbeat/wire/ledger_backup.hpp"
#include "heartbeat/wire/local.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace inquest::daemon {
namespace {

using nlohmann::ordered_json;
using Knowledge = LedgerKnowledge;

std::string hex(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::string_view word(Membership::Mode mode) {
    switch (mode) {
        case Membership::Mode::files_only: return "static";
        case Membership::Mode::ledger: return "ledger";
        case Membership::Mode::ledger_lost: return "ledger-lost";
        case Membership::Mode::removed: return "removed";
    }
    return "?";
}

std::string_view word(AgreedMember::Standing standing) {
    return standing == AgreedMember::Standing::invited ? "invited" : "joined";
}

std::string standing_of(const Knowledge& k) {
    if (k.mode == Membership::Mode::removed) return "removed";
    if (k.agreeing == nullptr) return "none";
    const AgreedMember* self = k.agreeing->agreement().state().member(k.self);
    return self == nullptr ? "none" : std::string(word(self->standing));
}

ordered_json member(const AgreedMember& member, const Knowledge& k) {
    ordered_json addresses = ordered_json::object();
    const ClusterState& state = k.agreeing->agreement().state();
    for (const PathAddress& address : member.addresses)
        addresses[state.paths[address.path.value].name] = address.address;
    const auto applied = member.id == k.self ? std::optional(state.index)
                                             : k.agreeing->agreement().applied_by(member.id);
    return {{"id", member.id.value},
            {"name", member.name},
            {"role", member.role == Role::witness ? "witness" : "voter"},
            {"may_vote", member.may_vote == Vote::yes},
            {"votes", member.votes == Vote::yes},
            {"standing", word(member.standing)},
            {"maintenance", member.maintenance == Maintenance::on},
            {"incarnation", member.incarnation.value},
            {"applied", applied ? ordered_json(*applied) : ordered_json(nullptr)},
            {"reached", reached(k, member)},
            {"addresses", std::move(addresses)}};
}

ordered_json members(const Knowledge& k) {
    ordered_json all = ordered_json::array();
    for (const AgreedMember& one : k.agreeing->agreement().state().members)
        all.push_back(member(one, k));
    return all;
}

ordered_json paths(const ClusterState& state) {
    ordered_json all = ordered_json::array();
    for (const AgreedPath& path : state.paths) {
        all.push_back({{"name", path.name},
                       {"kind", word(path.kind)},
                       {"fate", path.fate},
                       {"port", path.port},
                       {"off", path.admin == Switched::off}});
    }
    return all;
}

ordered_json timing(const Timing& timing) {
    return {{"beat_interval_ns", timing.beat_interval.count()},
            {"path_limit_ns", timing.path_limit.count()},
            {"condemn_after_ns", timing.condemn_after.count()},
            {"boot_grace_ns", timing.boot_grace.count()},
            {"lease_ns", timing.lease.count()},
            {"restart_grace_ns", timing.restart_grace.count()},
            {"watchdog_ns", timing.watchdog.count()},
            {"margin_ns", timing.margin.count()}};
}

ordered_json keys(const ClusterState& state) {
    ordered_json all = ordered_json::array();
    for (const AgreedKey& key : state.keys) {
        all.push_back({{"number", key.number.value},
                       {"signs", &key == state.keys.data()},
                       {"waits", key.number == state.key_waiting}});
    }
    return all;
}

ordered_json tombstones(const ClusterState& state) {
    ordered_json all = ordered_json::array();
    for (const Tombstone& tombstone : state.tombstones)
        all.push_back({{"id", tombstone.id.value}, {"name", tombstone.name}});
    return all;
}

ordered_json recoveries(const ClusterState& state) {
    ordered_json all = ordered_json::array();
    for (const Recovery& recovery : state.recoveries) {
        const std::chrono::seconds since_1970(recovery.wall_seconds);
        all.push_back({{"generation", recovery.generation},
                       {"entry", recovery.index},
                       {"survivor", recovery.survivor.value},
                       {"person", recovery.person},
                       {"time", endings::wall_phrase(endings::Wall(since_1970))}});
    }
    return all;
}

/// What `inquest recover-quorum` would do here, and why it would not.
ordered_json recovery(const Knowledge& k) {
    const auto obstacle = obstacle_to_recovery(k);
    return {{"possible", !obstacle},
            {"passes", obstacle && obstacle->kind == Obstacle::Kind::passes},
            {"why", obstacle ? obstacle->why : ""},
            {"remedy", obstacle ? obstacle->remedy : ""}};
}

ordered_json links(const Knowledge& k) {
    ordered_json all = ordered_json::array();
    const ClusterState& state = k.agreeing->agreement().state();
    for (const bus::LinkState& link : k.agreeing->links()) {
        const AgreedMember* peer = state.member(link.peer);
        const bool known = link.path.value < state.paths.size();
        all.push_back(
            {{"peer", peer == nullptr ? fmt::format("member-{}", link.peer.value) : peer->name},
             {"path", known ? state.paths[link.path.value].name : "?"},
             {"up", link.carrying == bus::Carrying::up},
             {"latency_us",
              std::chrono::duration_cast<std::chrono::microseconds>(link.latency).count()},
             {"mtu", link.mtu_bytes},
             {"downs", link.downs}});
    }
    return all;
}

struct Votes {
    int all = 0;
    int reached = 0;
    std::vector<std::string> missing;
};

Votes votes(const Knowledge& k) {
    Votes votes;
    for (const AgreedMember& member : k.agreeing->agreement().state().members) {
        if (member.votes == Vote::no) continue;
        ++votes.all;
        if (reached(k, member))
            ++votes.reached;
        else
            votes.missing.push_back(member.name);
    }
    return votes;
}

ordered_json key_waits_for(const Knowledge& k) {
    ordered_json names = ordered_json::array();
    const agreement::Agreement& agreement = k.agreeing->agreement();
    const ClusterState& state = agreement.state();
    if (state.key_waiting == KeyNumber{}) return names;
    for (const AgreedMember& member : state.members) {
        if (member.id != k.self && !reached(k, member)) names.push_back(member.name);
    }
    return names;
}

std::string error_reply(std::string what, std::string why, std::string remedy) {
    return wire::to_text(
        wire::ErrorReply{{std::move(what), std::move(why), std::move(remedy)}, wire::Exit::failed});
}

std::string_view word(agreement::Handling::Stage stage) {
    using Stage = agreement::Handling::Stage;
    switch (stage) {
        case Stage::waiting: return "waiting";
        case Stage::handled: return "handled";
        case Stage::refused: return "refused";
        case Stage::expired: return "expired";
    }
    return "?";
}

std::string list(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

bool reached(const Knowledge& k, const AgreedMember& member) {
    if (member.id == k.self) return true;
    const auto place = k.node == nullptr ? std::nullopt : k.node->roster().place(member.id);
    if (!place) return false;
    const Verdict verdict = k.node->verdict(*place);
    return verdict == Verdict::alive || verdict == Verdict::degraded ||
           verdict == Verdict::partitioned;
}

std::string ledger_reply(const Knowledge& k) {
    ordered_json reply = {{"mode", word(k.mode)},
                          {"word", k.word},
                          {"node", k.name},
                          {"member", k.self.value},
                          {"standing", standing_of(k)},
                          {"removed", k.mode == Membership::Mode::removed},
                          {"file_differs", k.file_differs}};
    if (k.agreeing == nullptr) return dump(reply);
    const agreement::Agreement& agreement = k.agreeing->agreement();
    const ClusterState& state = agreement.state();
    const AgreedMember* coordinator = state.member(agreement.coordinator());
    const Votes count = votes(k);
    reply["trouble"] = k.agreeing->trouble();
    reply["refused_by_cluster"] = word(k.agreeing->refused_invitation());
    reply["cluster"] = state.name;
    reply["uuid"] = wire::hex(state.uuid);
    reply["generation"] = state.generation;
    reply["coordinator"] =
        coordinator == nullptr ? ordered_json(nullptr) : ordered_json(coordinator->name);
    reply["term"] = agreement.ledger().term().value;
    reply["index"] = state.index;
    reply["committed"] = agreement.ledger().committed().value;
    reply["hash"] = hex(state.hash);
    reply["quorate"] = has_quorum(count.reached, count.all);
    reply["voters"] = count.all;
    reply["voters_reached"] = count.reached;
    const auto ahead = agreement.seconds_ahead();
    reply["clock_ahead_s"] = ahead ? ordered_json(*ahead) : ordered_json(nullptr);
    reply["armed"] = state.armed == Armed::yes;
    reply["space"] = agreement.frozen() ? "low" : "enough";
    reply["members"] = members(k);
    reply["paths"] = paths(state);
    reply["timing"] = timing(state.timing);
    reply["keys"] = keys(state);
    reply["key_waits_for"] = key_waits_for(k);
    reply["tombstones"] = tombstones(state);
    reply["links"] = links(k);
    reply["last"] = agreement.ledger().log().last().value;
    reply["recoveries"] = recoveries(state);
    reply["recovery"] = recovery(k);
    return dump(reply);
}

std::string blocker(const Knowledge& k, agreement::Holdup holdup) {
    const Votes count = votes(k);
    const std::string silent =
        count.missing.empty() ? "" : ": " + list(count.missing) + " not reached";
    switch (holdup) {
        case agreement::Holdup::none:
            return fmt::format(
                "a majority of the voters to make it durable ({} of {} reached, {} "
                "needed{})",
                count.reached, count.all, votes_needed(std::max(count.all, 1)), silent);
        case agreement::Holdup::no_coordinator:
            return fmt::format("a coordinator: {} of {} voters reached, {} needed{}", count.reached,
                               count.all, votes_needed(std::max(count.all, 1)), silent);
        case agreement::Holdup::no_answer: {
            const AgreedMember* leader =
                k.agreeing->agreement().state().member(k.agreeing->agreement().coordinator());
            return fmt::format("an answer of the coordinator {}",
                               leader == nullptr ? "" : leader->name);
        }
        case agreement::Holdup::change_pending:
            return "the last change of members, which must be settled first" + silent;
        case agreement::Holdup::not_caught_up:
            return "a member that must follow the ledger before it votes" + silent;
        case agreement::Holdup::coordinator_new:
            return "the new coordinator's first entry" + silent;
        case agreement::Holdup::busy: return "the coordinator, which is busy or has a slow disk";
        case agreement::Holdup::members_behind:
            return "members that have not followed the last change yet" + silent;
        case agreement::Holdup::majority_away:
            return "a majority of the voters that would be left: without it the cluster could "
                   "agree on nothing any more" +
                   silent + ": start or remove those first";
        case agreement::Holdup::no_space: return "room on this node's disk";
    }
    return "";
}

std::string handling_reply(const Knowledge& k, RequestId request) {
    const auto handling = k.agreeing->agreement().handling(request);
    if (!handling) return dump({{"stage", "unknown"}});
    ordered_json reply = {{"stage", word(handling->stage)},
                          {"holdup", agreement::word(handling->holdup)},
                          {"outcome", word(handling->outcome)},
                          {"index", handling->index},
                          {"handed", handling->handed}};
    if (handling->stage == agreement::Handling::Stage::waiting ||
        handling->stage == agreement::Handling::Stage::expired)
        reply["blocker"] = blocker(k, handling->holdup);
    return dump(reply);
}

std::string token_reply(const Knowledge& k, const std::string& node, const wire::Secret& secret,
                        std::int64_t expires_seconds) {
    const ClusterState& state = k.agreeing->agreement().state();
    const AgreedMember* member = state.member(node);
    if (member == nullptr)
        return error_reply("no token", "there is no node " + node, "invite it first");
    if (wire::digest(secret) != member->invitation)
        return error_reply("no token", "the secret is not that of " + node + "'s invitation",
                           "invite it anew");
    wire::JoinToken token{.member = member->id,
                          .secret = secret,
                          .expires_seconds = expires_seconds,
                          .cluster = state};
    token.cluster.requests.clear();
    return dump({{"token", wire::encode(token)}});
}

std::string state_text_reply(const Knowledge& k) {
    return dump({{"cluster_toml", config::render(k.agreeing->agreement().state())}});
}

std::string backup_reply(const Knowledge& k, const std::string& made) {
    const agreement::Agreement& agreement = k.agreeing->agreement();
    const wire::LedgerBackup backup{.node = k.name,
                                    .term = agreement.ledger().term().value,
                                    .made = made,
                                    .state = wire::without_secrets(agreement.state())};
    if (!backup.state.founded())
        return error_reply("there is no backup", "this node has not joined yet",
                           "make it on a node that has joined");
    return dump({{"backup", wire::encode(backup)},
                 {"summary", wire::summary(backup)},
                 {"coordinated", agreement.coordinator() != nobody}});
}

std::string no_ledger_reply(const Knowledge& k) {
    switch (k.mode) {
        case Membership::Mode::files_only:
            return error_reply("this node has no ledger", "its members are those of cluster.toml",
                               "found a cluster with `inquest init`, or join one with `inquest "
                               "join`");
        case Membership::Mode::ledger_lost:
            return error_reply("this node has lost its ledger", k.word, "");
        case Membership::Mode::removed:
            return error_reply("this node was removed from its cluster", k.word,
                               "`inquest reset-node` makes it a bare node again");
        case Membership::Mode::ledger: break;
    }
    return error_reply("the ledger is not there yet", "inquestd is starting", "ask again");
}

}  // namespace inquest::daemon
