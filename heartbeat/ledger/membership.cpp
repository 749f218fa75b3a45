#include "heartbeat/ledger/membership.hpp"

namespace inquest::ledger {
namespace {

template <std::size_t Capacity>
void insert(FixedVector<MemberId, Capacity>& members, MemberId member) {
    members.push_back(member);
    std::sort(members.begin(), members.end());
}

template <std::size_t Capacity>
void erase(FixedVector<MemberId, Capacity>& members, MemberId member) {
    const auto* end = std::remove(members.begin(), members.end(), member);
    members.resize(static_cast<std::size_t>(end - members.begin()));
}

std::optional<Refused> why_not(const Members& members, const Change& change) {
    const bool votes = contains(members.voters, change.member);
    const bool learns = contains(members.learners, change.member);
    switch (change.kind) {
        case Change::Kind::add_learner:
            if (votes || learns || change.member == nobody) return Refused::already;
            if (members.voters.size() + members.learners.size() == members_max) {
                return Refused::no_room;
            }
            return std::nullopt;
        case Change::Kind::promote:
            if (!learns) return Refused::already;
            if (members.voters.size() == voters_max) return Refused::no_room;
            return std::nullopt;
        case Change::Kind::demote:
        case Change::Kind::remove:
            if (votes && members.voters.size() == 1) return Refused::last_voter;
            if (votes || (learns && change.kind == Change::Kind::remove)) return std::nullopt;
            return Refused::already;
    }
    return Refused::already;
}

}  // namespace

Membership followed_by(Membership membership, const Entry& entry) {
    if (entry.kind == EntryKind::membership) {
        membership.before = membership.now.voters;
        membership.now = entry.members;
        membership.changed = entry.index;
    }
    if (entry.kind == EntryKind::settled) membership.settled = entry.index;
    return membership;
}

Changed changed(const Members& members, const Change& change) {
    Changed result{.members = members, .refused = why_not(members, change)};
    if (result.refused) return result;
    erase(result.members.voters, change.member);
    erase(result.members.learners, change.member);
    switch (change.kind) {
        case Change::Kind::add_learner:
        case Change::Kind::demote: insert(result.members.learners, change.member); break;
        case Change::Kind::promote: insert(result.members.voters, change.member); break;
        case Change::Kind::remove: break;
    }
    return result;
}

}  // namespace inquest::ledger
