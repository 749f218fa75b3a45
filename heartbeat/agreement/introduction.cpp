#include "heartbeat/agreement/introduction.hpp"

namespace inquest::agreement {

std::optional<ClusterEntry::Body> introduction(const ClusterState& state, const Oneself& oneself) {
    const AgreedMember* self = state.member(oneself.self);
    if (self == nullptr) return std::nullopt;
    if (self->standing == AgreedMember::Standing::invited) {
        if (!oneself.invitation) return std::nullopt;
        return Joined{oneself.self, *oneself.invitation};
    }
    if (self->incarnation == oneself.incarnation && self->boot_tag == oneself.boot_tag)
        return std::nullopt;
    return IncarnationBegun{oneself.self, oneself.incarnation, oneself.boot_tag};
}

}  // namespace inquest::agreement
