#include "heartbeat/core/terms_rules.hpp"

#include <algorithm>

namespace inquest {

EntryRefusal set_terms(ClusterState& state, const TermsSet& set) {
    using Refusal = EntryRefusal;
    AgreedMember* member = state.member(set.member);
    if (member == nullptr) return Refusal::no_member;
    if (member->boot_tag == 0 || member->incarnation != set.incarnation)
        return Refusal::old_incarnation;
    if (member->condemnation) return Refusal::condemned;
    if (set.watchdog.reset_within <= Duration::zero() ||
        set.watchdog.reset_within > reset_within_max)
        return Refusal::malformed;
    if (set.timing_index != state.timing_index) return Refusal::old_timing;
    const Terms terms{set.watchdog, state.timing.lease};
    if (member->terms == terms) return Refusal::already;
    member->terms = terms;
    return Refusal::none;
}

bool enforces(const AgreedMember& member, Incarnation incarnation,
              const std::optional<Watchdog>& open) {
    return member.incarnation == incarnation && !member.condemnation && open && member.terms &&
           member.terms->watchdog == *open;
}

void lengthen_terms(ClusterState& state) {
    for (AgreedMember& member : state.members) {
        if (member.terms) member.terms->lease = std::max(member.terms->lease, state.timing.lease);
    }
}

}  // namespace inquest
