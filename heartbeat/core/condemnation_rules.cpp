#include "heartbeat/core/condemnation_rules.hpp"

#include "heartbeat/core/fence_planning.hpp"
#include "heartbeat/core/fence_rules.hpp"
#include "heartbeat/core/quorum.hpp"

#include <algorithm>
#include <functional>

namespace inquest {
namespace {

using Refusal = EntryRefusal;

/// Voters, each once, and a majority of them.
bool are_a_majority(const ClusterState& state, const Electorate& witnesses) {
    const bool ascend = std::adjacent_find(witnesses.begin(), witnesses.end(),
                                           std::greater_equal<>()) == witnesses.end();
    const bool all_vote = std::all_of(witnesses.begin(), witnesses.end(), [&](MemberId witness) {
        const AgreedMember* member = state.member(witness);
        return member != nullptr && member->votes == Vote::yes;
    });
    return ascend && all_vote &&
           has_quorum(static_cast<int>(witnesses.size()), static_cast<int>(state.votes()));
}

/// The member's condemnation at that index; nothing where another one stands, or none.
Condemnation* standing(AgreedMember* member, std::uint64_t index) {
    const bool stands =
        member != nullptr && member->condemnation && member->condemnation->index == index;
    return stands ? &*member->condemnation : nullptr;
}

}  // namespace

EntryRefusal condemn(ClusterState& state, const Condemned& condemned) {
    AgreedMember* member = state.member(condemned.member);
    if (state.armed == Armed::no) return Refusal::not_armed;
    if (member == nullptr) return Refusal::no_member;
    if (member->maintenance == Maintenance::on) return Refusal::in_maintenance;
    if (member->boot_tag == 0 || member->incarnation != condemned.incarnation)
        return Refusal::old_incarnation;
    if (member->condemnation) return Refusal::already;
    if (condemned.silence <= Duration::zero()) return Refusal::malformed;
    if (!are_a_majority(state, condemned.witnesses)) return Refusal::unsound;
    member->condemnation = Condemnation{.index = state.index,
                                        .incarnation = condemned.incarnation,
                                        .hold = condemned.hold,
                                        .silence = condemned.silence,
                                        .witnesses = condemned.witnesses,
                                        .wall_seconds = condemned.wall_seconds};
    return Refusal::none;
}

EntryRefusal acquit(ClusterState& state, const Acquitted& acquitted) {
    AgreedMember* member = state.member(acquitted.member);
    const Condemnation* stands = standing(member, acquitted.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    if (stands->attempt && !has_come_to_nothing(*stands->attempt)) return Refusal::being_fenced;
    member->condemnation.reset();
    return Refusal::none;
}

EntryRefusal confirm_off(ClusterState& state, const ConfirmedOff& confirmed) {
    Condemnation* stands = standing(state.member(confirmed.member), confirmed.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    if (stands->receipt != Receipt::none) return Refusal::already;
    stands->receipt = Receipt::operators_word;
    stands->person = confirmed.person;
    const std::size_t length = confirmed.person.size();
    return length > 0 && length <= name_bytes_max ? Refusal::none : Refusal::malformed;
}

EntryRefusal lift_hold(ClusterState& state, const HoldLifted& lifted) {
    Condemnation* stands = standing(state.member(lifted.member), lifted.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    const bool by_person = lifted.because == HoldLifted::Because::person;
    const bool rages = storm_rages(state, stands->index, lifted.wall_seconds);
    // Also one that is held by nothing but a storm that broke loose since it was condemned.
    const bool waits = stands->hold != Hold::none || (by_person && rages && !stands->released);
    if (!waits) return Refusal::already;
    const bool is_over = stands->hold == Hold::storm && !rages;
    if (!by_person && !is_over) return Refusal::storm;
    stands->hold = Hold::none;
    stands->released = by_person;
    return Refusal::none;
}

EntryRefusal self_fence_elapsed(ClusterState& state, const SelfFenceElapsed& elapsed) {
    AgreedMember* member = state.member(elapsed.member);
    Condemnation* stands = standing(member, elapsed.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    if (stands->receipt != Receipt::none) return Refusal::already;
    if (!proves_itself(*member)) return Refusal::no_terms;
    if (elapsed.waited < self_fence_wait(*member->terms, state.timing.margin))
        return Refusal::too_soon;
    return note_elapsed(*member, *stands) ? Refusal::none : Refusal::already;
}

EntryRefusal release(ClusterState& state, const Released& released) {
    Condemnation* stands = standing(state.member(released.member), released.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    if (stands->receipt != Receipt::none) return Refusal::already;
    stands->receipt = Receipt::released;
    return Refusal::none;
}

}  // namespace inquest
