#include "heartbeat/daemon/lost_majority.hpp"

#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

namespace inquest::daemon {
namespace {

using Knowledge = LedgerKnowledge;
using Kind = Obstacle::Kind;

/// Beats must have had so many times the time in which a node would be given up.
constexpr int listening_factor = 2;

std::optional<Obstacle> obstacle_here(const AgreedMember* self) {
    if (self == nullptr || self->standing == AgreedMember::Standing::invited)
        return Obstacle{Kind::stays, "this node has not joined, so it has nothing to go on with",
                        "run it on a node that has joined"};
    if (self->may_vote == Vote::no)
        return Obstacle{Kind::stays, self->name + " was invited to give no vote",
                        "run it on a node that votes"};
    return std::nullopt;
}

std::optional<Obstacle> coordinator_obstacle(const agreement::Agreement& agreement, MemberId self) {
    const AgreedMember* coordinator = agreement.state().member(agreement.coordinator());
    if (coordinator == nullptr) return std::nullopt;
    return Obstacle{Kind::stays,
                    coordinator->id == self
                        ? "this node coordinates the cluster: its majority is here"
                        : coordinator->name + " coordinates the cluster: its majority lives",
                    "nothing is lost; `inquest remove NODE` takes out a node that is gone"};
}

std::optional<Obstacle> heard_obstacle(const Knowledge& k) {
    std::string heard;
    for (const AgreedMember& member : k.agreeing->agreement().state().members) {
        if (member.id != k.self && reached(k, member))
            heard += (heard.empty() ? "" : ", ") + member.name;
    }
    if (heard.empty()) return std::nullopt;
    return Obstacle{Kind::stays,
                    "it still hears " + heard + ", and whoever is left out must be off",
                    "stop inquestd on " + heard +
                        "; then run this on the one with the newest ledger: `inquest "
                        "recover-quorum` shows its last entry"};
}

std::optional<Obstacle> listening_obstacle(const Knowledge& k) {
    const Duration needed = listening_factor * k.agreeing->agreement().state().timing.condemn_after;
    const Duration listened = k.now - k.since;
    if (listened >= needed) return std::nullopt;
    return Obstacle{Kind::passes,
                    fmt::format("inquestd has listened for others for {} only, {} are needed",
                                phrase(listened), phrase(needed)),
                    "give the command again then"};
}

}  // namespace

std::optional<Obstacle> obstacle_to_recovery(const Knowledge& k) {
    const agreement::Agreement& agreement = k.agreeing->agreement();
    if (auto obstacle = obstacle_here(agreement.state().member(k.self))) return obstacle;
    if (auto obstacle = coordinator_obstacle(agreement, k.self)) return obstacle;
    if (auto obstacle = heard_obstacle(k)) return obstacle;
    return listening_obstacle(k);
}

std::optional<Obstacle> obstacle_to(const wire::RecoveryOrder& order, const Knowledge& k) {
    const agreement::Agreement& agreement = k.agreeing->agreement();
    const ClusterState& state = agreement.state();
    if (order.cluster != state.name)
        return Obstacle{Kind::stays, "this node is of the cluster " + state.name,
                        "type that name to confirm"};
    if (order.generation != state.generation ||
        order.entry != agreement.ledger().log().last().value)
        return Obstacle{Kind::stays, "the ledger has gone on since it was shown",
                        "look at it again: `inquest recover-quorum`"};
    return obstacle_to_recovery(k);
}

}  // namespace inquest::daemon
