// What a node would have decided of its peers, and what it knows to be decided.
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {
namespace {

std::string_view proof(Receipt receipt) {
    switch (receipt) {
        case Receipt::none: return "nothing has proven yet that it is off";
        case Receipt::operators_word: return "a person has given their word that it is off";
        case Receipt::self_fence_elapsed:
            return "its lease and its watchdog have run out: it runs nothing any more";
        case Receipt::released: return "it has said itself that it has no guests";
        case Receipt::power_off: return "a fence device has switched it off, and sees it off";
        case Receipt::storage_cut: return "fence devices have cut it off from all storage";
    }
    return "?";
}

}  // namespace

const KnownCondemnation* Node::condemnation(std::size_t place) const {
    const auto* const found = std::find_if(
        ledger_.condemned.begin(), ledger_.condemned.end(),
        [&](const KnownCondemnation& known) { return known.member == roster_.id(place); });
    return found == ledger_.condemned.end() ? nullptr : found;
}

/// Committed or not: this node may have said already that it has appended it.
bool Node::is_condemned(std::size_t place, Incarnation incarnation) const {
    const KnownCondemnation* known = condemnation(place);
    return known != nullptr && incarnation <= known->incarnation;
}

/// What the ledger makes of a verdict. Who is heard is heard, whatever was proven.
Verdict Node::by_ledger(std::size_t place, Verdict verdict) const {
    using Stage = KnownCondemnation::Stage;
    if (!is_condemned(place, peers_[place].evidence.incarnation())) return verdict;
    const Stage stage = condemnation(place)->stage;
    const bool missed =
        verdict == Verdict::lost || verdict == Verdict::suspect || verdict == Verdict::unknown;
    if (stage == Stage::proven && missed) return Verdict::fenced;
    if (stage == Stage::held && verdict == Verdict::lost) return Verdict::held;
    return verdict == Verdict::alive && belies_a_device(place) ? Verdict::degraded : verdict;
}

/// Is it heard, though fence devices have said that it is off? Whoever is as good as off for
/// another reason is acquitted; of a device that said what is not so people must know.
bool Node::belies_a_device(std::size_t place) const {
    const KnownCondemnation* known = condemnation(place);
    if (known == nullptr || known->stage != KnownCondemnation::Stage::proven) return false;
    const bool by_device =
        known->receipt == Receipt::power_off || known->receipt == Receipt::storage_cut;
    return by_device && heard_as(place) == known->incarnation;
}

/// The newest incarnation of which somebody in this component hears beats now; 0: nobody hears any.
Incarnation Node::heard_as(std::size_t place) const {
    const Peer& peer = peers_[place];
    Incarnation newest;
    for (const std::uint8_t observer : peer.finding.hearing)
        newest = std::max(newest, matrix_.view(observer).of[place].incarnation);
    if (peer.finding.relayed) newest = std::max(newest, peer.evidence.incarnation());
    return newest;
}

/// Does another member say that it hears this node, as it is?
bool Node::is_heard_itself(Instant now) const {
    const std::size_t self = roster_.self();
    for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
        if (observer == self || !matrix_.current(observer, now)) continue;
        const bool hears =
            matrix_.says(observer, self, identity_.incarnation, now) == Testimony::hears;
        if (hears && matrix_.view(observer).of[self].incarnation == identity_.incarnation)
            return true;
    }
    return false;
}

/// A condemned node may be the coordinator by the time that it is heard again: then nobody else's
/// motion counts.
void Node::move_motions(Instant now, Actions& out) const {
    Motions motions;
    const KnownCondemnation* own = condemnation(roster_.self());
    if (own != nullptr && own->incarnation == identity_.incarnation && is_heard_itself(now))
        motions.acquit.push_back({identity_.self, own->index});
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        const Peer& peer = peers_[place];
        const KnownCondemnation* known = condemnation(place);
        if (known != nullptr && heard_as(place) == known->incarnation)
            motions.acquit.push_back({roster_.id(place), known->index});
        if (peer.finding.verdict != Verdict::lost) continue;
        motions.lost.push_back(roster_.id(place));
        const Instant silent = silent_since(peer);
        if (known != nullptr || !ledger_.armed || now < silent + patience_.condemn) continue;
        CondemnMotion motion{roster_.id(place), now - silent, {}};
        for (const std::uint8_t witness : peer.finding.deaf) {
            if (roster_.votes(witness)) motion.witnesses.push_back(roster_.id(witness));
        }
        motions.condemn.push_back(motion);
    }
    motions.fit.push_back(identity_.self);
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        const bool fit =
            peers_[place].verdict == Verdict::alive || peers_[place].verdict == Verdict::degraded;
        if (place != roster_.self() && fit) motions.fit.push_back(roster_.id(place));
    }
    for (const KnownCondemnation& known : ledger_.condemned) {
        motions.awaits_proof = motions.awaits_proof || waits_for_proof(known.stage);
        const auto place = roster_.place(known.member);
        const std::optional<Duration> left = self_fence_left(known, now);
        if (!place || *place == roster_.self() || left != Duration::zero()) continue;
        if (heard_as(*place) == known.incarnation) continue;
        motions.elapsed.push_back(
            {known.member, known.index, *stopwatches_.elapsed(known.index, reading(now))});
    }
    if (!motions.empty()) out.emplace_back(motions);
}

/// Until its own reset is a proof by this node's stopwatch; nothing where it never will be.
std::optional<Duration> Node::self_fence_left(const KnownCondemnation& known, Instant now) const {
    if (!waits_for_proof(known.stage) || !known.self_fence_wait) return std::nullopt;
    const std::optional<Duration> waited = stopwatches_.elapsed(known.index, reading(now));
    return std::max(Duration::zero(), *known.self_fence_wait - waited.value_or(Duration::zero()));
}

/// What was decided of a member that is missed, and what would undo it.
Explanation Node::explain_condemnation(std::size_t place, Instant now) const {
    using Stage = KnownCondemnation::Stage;
    const KnownCondemnation& known = *condemnation(place);
    const std::string& name = roster_.name(place);
    Explanation leaf;
    switch (known.stage) {
        case Stage::appended:
            leaf.claim = fmt::format(
                "the coordinator asks for its condemnation (entry {}): a "
                "majority has not written it yet",
                known.index);
            break;
        case Stage::committed:
            leaf.claim = fmt::format(
                "its incarnation {} is condemned by entry {}: it gets no "
                "lease any more, and nothing has proven yet that it is off",
                known.incarnation.value, known.index);
            break;
        case Stage::held:
            leaf.claim = fmt::format(
                "its incarnation {} is condemned by entry {} and held: others "
                "are missed with it, which is seldom their own fault",
                known.incarnation.value, known.index);
            break;
        case Stage::proven:
            leaf.claim = fmt::format("its incarnation {} is condemned by entry {}, and {}",
                                     known.incarnation.value, known.index, proof(known.receipt));
            break;
    }
    if (waits_for_proof(known.stage)) {
        const std::optional<Duration> left = self_fence_left(known, now);
        leaf.rule = !left ? "it has not committed that it resets itself without a lease, so no "
                            "waiting proves anything"
                          : fmt::format(
                                "its lease and its watchdog have run out for certain {} "
                                "after its condemnation is known: {} more by this node's "
                                "stopwatch",
                                phrase(*known.self_fence_wait), phrase(*left));
    }
    // A beat, and a new boot, would have changed the verdict itself.
    if (known.stage == Stage::held)
        leaf.would_have_changed_it.push_back(fmt::format(
            "`inquest release {}`, when a person knows that no switch is at fault", name));
    if (known.stage == Stage::committed || known.stage == Stage::held)
        leaf.would_have_changed_it.push_back(
            fmt::format("`inquest confirm-off {}`, when a person has seen that it is off", name));
    return leaf;
}

}  // namespace inquest
