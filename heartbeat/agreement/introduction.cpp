#include "heartbeat/agreement/introduction.hpp"

namespace inquest::agreement {
namespace {

std::optional<ClusterEntry::Body> owed_of_boot(const ClusterState& state, const AgreedMember& self,
                                               const Oneself& oneself) {
    if (self.condemnation) {
        const bool is_asked_for =
            self.condemnation->receipt == Receipt::none && oneself.guests == Guests::none;
        if (!is_asked_for) return std::nullopt;
        return Released{oneself.self, self.condemnation->index};
    }
    if (!oneself.watchdog || !oneself.durable) return std::nullopt;
    if (self.terms == Terms{*oneself.watchdog, state.timing.lease}) return std::nullopt;
    return TermsSet{oneself.self, oneself.incarnation, state.timing_index, *oneself.watchdog};
}

}  // namespace

std::optional<ClusterEntry::Body> introduction(const ClusterState& state, const Oneself& oneself) {
    const AgreedMember* self = state.member(oneself.self);
    // Nothing is known here yet. Asked so early, a secret that was used before is refused by those
    // who know.
    if (!state.founded() && oneself.invitation) return Joined{oneself.self, *oneself.invitation};
    if (self == nullptr) return std::nullopt;
    if (self->standing == AgreedMember::Standing::invited) {
        if (!oneself.invitation) return std::nullopt;
        return Joined{oneself.self, *oneself.invitation};
    }
    if (self->incarnation == oneself.incarnation && self->boot_tag == oneself.boot_tag)
        return owed_of_boot(state, *self, oneself);
    return IncarnationBegun{oneself.self, oneself.incarnation, oneself.boot_tag};
}

}  // namespace inquest::agreement
