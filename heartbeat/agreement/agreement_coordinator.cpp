// What the coordinator does without being asked: votes for those who should have them, and the new
// key's turn.
#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/expected_votes.hpp"

#include <algorithm>

namespace inquest::agreement {
namespace {

/// A report older than so many intervals says nothing of now.
constexpr int reports_missed_max = 5;

}  // namespace

/// One thing at a time, and only when everything before it is committed: what is owed is read from
/// the state, which must show what was done about it.
void Agreement::coordinate(Instant now, Actions& out) {
    if (!coordinates() || now < coordinate_due_) return;
    coordinate_due_ = now + settings_.ledger.append_interval;
    const bool all_committed = ledger_.committed() == ledger_.log().last();
    if (!all_committed || ledger_.log().term_at(ledger_.committed()) != ledger_.term()) return;
    const auto body = owed(now);
    if (!body) return;
    ClusterEntry entry{.asked_by = settings_.ledger.self, .wall_seconds = wall_seconds_};
    entry.body = *body;
    propose(entry, now, out);
}

std::optional<ClusterEntry::Body> Agreement::owed(Instant now) const {
    if (const auto vote = owed_vote()) return vote;
    if (state_.key_waiting != KeyNumber{} && everybody_understands_new_key(now))
        return KeyTakesOver{state_.key_waiting};
    return std::nullopt;
}

/// First those that get a vote, so that the cluster is never smaller than it must be; where there
/// is no room, one gives its vote up before.
std::optional<ClusterEntry::Body> Agreement::owed_vote() const {
    const std::vector<MemberId> expected = expected_votes(state_, Counting::joined_only);
    if (expected.empty()) return std::nullopt;
    std::optional<ClusterEntry::Body> gives;
    std::optional<ClusterEntry::Body> gets;
    std::size_t votes = 0;
    for (const AgreedMember& member : state_.members) {
        const bool should = std::binary_search(expected.begin(), expected.end(), member.id);
        const bool does = member.votes == Vote::yes;
        votes += does ? 1 : 0;
        if (should && !does && !gets) gets = VoteSet{member.id, Vote::yes};
        if (does && !should && !gives) gives = VoteSet{member.id, Vote::no};
    }
    return gets && votes < voters_max ? gets : gives;
}

/// Whoever does not understand the new key yet would hear nobody any more once others sign with it,
/// and could not even learn it. So it waits for every member that has joined, lost ones included.
bool Agreement::everybody_understands_new_key(Instant now) const {
    return std::all_of(
        state_.members.begin(), state_.members.end(), [&](const AgreedMember& member) {
            if (member.id == settings_.ledger.self) return true;
            if (member.standing == AgreedMember::Standing::invited) return true;
            const auto told = told_.find(member.id);
            return told != told_.end() && told->second.index >= key_added_at_ &&
                   now < told->second.when + reports_missed_max * settings_.report_interval;
        });
}

}  // namespace inquest::agreement
