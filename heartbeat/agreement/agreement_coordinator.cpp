// What the coordinator does without being asked: votes for those who should have them, and the new
// key's turn.
#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/core/expected_votes.hpp"
#include "heartbeat/core/quorum.hpp"

#include <algorithm>
#include <utility>

namespace inquest::agreement {
namespace {

/// A report older than so many intervals says nothing of now.
constexpr int reports_missed_max = 5;

}  // namespace

/// One thing at a time, and only when everything before it is committed: what is owed is read from
/// the state, which must show what was done about it. What cannot be done yet holds up nothing
/// else.
void Agreement::coordinate(Instant now, Actions& out) {
    if (!coordinates() || now < coordinate_due_) return;
    coordinate_due_ = now + settings_.ledger.append_interval;
    const bool all_committed = ledger_.committed() == ledger_.log().last();
    if (!all_committed || ledger_.log().term_at(ledger_.committed()) != ledger_.term()) return;
    for (ClusterEntry::Body& body : owed(now)) {
        ClusterEntry entry{.asked_by = settings_.ledger.self, .wall_seconds = wall_seconds_};
        entry.body = std::move(body);
        if (check(state_, entry) != EntryRefusal::none) continue;
        if (propose(entry, now, out) == Holdup::none) return;
    }
}

std::vector<ClusterEntry::Body> Agreement::owed(Instant now) const {
    std::vector<ClusterEntry::Body> all = owed_votes(now);
    // Whoever does not understand the new key yet would hear nobody any more once others sign with
    // it, and could not even learn it. So it waits for all that have joined, lost ones included.
    if (state_.key_waiting != KeyNumber{} && everybody_follows(keys_changed_at_, now))
        all.emplace_back(KeyTakesOver{state_.key_waiting});
    return all;
}

/// Those that get a vote; where there is no room, first one gives its vote up, for a member that is
/// there to take it: the cluster is never smaller than it must be. Nobody gets one who is not heard
/// under the keys of now: a vote that cannot be given may be the one without which nobody can agree
/// any more.
std::vector<ClusterEntry::Body> Agreement::owed_votes(Instant now) const {
    const std::vector<MemberId> expected = expected_votes(state_, Counting::joined_only);
    std::vector<ClusterEntry::Body> gives;
    std::vector<ClusterEntry::Body> gets;
    std::size_t votes = 0;
    bool one_is_ready = false;
    for (const AgreedMember& member : state_.members) {
        const bool should = std::binary_search(expected.begin(), expected.end(), member.id);
        const bool does = member.votes == Vote::yes;
        votes += does ? 1 : 0;
        if (does && !should) gives.emplace_back(VoteSet{member.id, Vote::no});
        if (does || !should) continue;
        const bool is_ready = member.id == settings_.ledger.self ||
                              follows(member.id, std::max(ready_from(), keys_changed_at_), now);
        one_is_ready = one_is_ready || is_ready;
        if (is_ready) gets.emplace_back(VoteSet{member.id, Vote::yes});
    }
    if (votes < voters_max && !gets.empty()) return gets;
    return gets.empty() || one_is_ready ? gives : std::vector<ClusterEntry::Body>{};
}

/// With a new key the one before the last goes, so nobody may still sign with it. A removal waits
/// for nobody who is away: two lost members could otherwise never be removed; but for the one that
/// it removes, which may have to acknowledge it. Nobody waits for who has not joined. A newcomer,
/// for whom no key waits, has joined when it understands those of now.
bool Agreement::hastens_keys(const ClusterEntry& entry, Instant now) const {
    if (std::holds_alternative<KeyAdded>(entry.body))
        return !everybody_follows(keys_changed_at_, now);
    if (const auto* joined = std::get_if<Joined>(&entry.body))
        return !follows(joined->member, keys_changed_at_, now);
    return std::holds_alternative<Removed>(entry.body) &&
           std::any_of(state_.members.begin(), state_.members.end(), [&](const auto& member) {
               return member.standing == AgreedMember::Standing::joined &&
                      follows(member.id, 0, now) && !follows(member.id, keys_changed_at_, now);
           });
}

/// Do so many of the voters that remain understand the keys of now that they can agree without the
/// others? Who signs with a key that has gone is heard by nobody, and may never learn of it: had a
/// majority to be heard for a new coordinator, there would never be one.
bool Agreement::can_agree_after(const ClusterEntry& entry, Instant now) const {
    const auto* removed = std::get_if<Removed>(&entry.body);
    if (removed == nullptr) return true;
    int voters = 0;
    int understand = 0;
    for (const AgreedMember& member : state_.members) {
        if (member.votes != Vote::yes || member.id == removed->member) continue;
        ++voters;
        const bool follows_keys =
            member.id == settings_.ledger.self || follows(member.id, keys_changed_at_, now);
        understand += follows_keys ? 1 : 0;
    }
    return voters == 0 || has_quorum(understand, voters);
}

/// Whoever has come so far can be given a vote at once.
std::uint64_t Agreement::ready_from() const {
    const std::uint64_t behind_max = settings_.ledger.caught_up_entries;
    return state_.index - std::min<std::uint64_t>(state_.index, behind_max);
}

/// Has the member told lately that it has come so far?
bool Agreement::follows(MemberId member, std::uint64_t index, Instant now) const {
    const auto told = told_.find(member);
    return told != told_.end() && told->second.index >= index &&
           now < after(told->second.when, reports_missed_max * settings_.report_interval);
}

bool Agreement::everybody_follows(std::uint64_t index, Instant now) const {
    return std::all_of(state_.members.begin(), state_.members.end(),
                       [&](const AgreedMember& member) {
                           return member.id == settings_.ledger.self ||
                                  member.standing == AgreedMember::Standing::invited ||
                                  follows(member.id, index, now);
                       });
}

}  // namespace inquest::agreement
