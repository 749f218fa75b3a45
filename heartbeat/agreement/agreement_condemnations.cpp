// Condemnations: what the coordinator makes of its core's motions, and what a member's core is told
// of those that stand.
#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/core/fence_rules.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <algorithm>

namespace inquest::agreement {
namespace {

KnownCondemnation::Stage stage_of(const Condemnation& condemnation) {
    using Stage = KnownCondemnation::Stage;
    if (condemnation.receipt != Receipt::none) return Stage::proven;
    return condemnation.hold == Hold::none ? Stage::committed : Stage::held;
}

KnownCondemnation known(const AgreedMember& member, Duration margin) {
    const Condemnation& condemnation = *member.condemnation;
    KnownCondemnation known{.member = member.id,
                            .incarnation = condemnation.incarnation,
                            .index = condemnation.index,
                            .stage = stage_of(condemnation),
                            .receipt = condemnation.receipt};
    if (proves_itself(member)) known.self_fence_wait = self_fence_wait(*member.terms, margin);
    return known;
}

}  // namespace

// ---- What the core is told ----------------------------------------------------------------------

/// Entries behind the state are read once each; from the beginning where some were truncated.
void Agreement::search_log() {
    if (part_ == Part::ended) return;
    const ledger::Log& log = ledger_.log();
    std::erase_if(appended_,
                  [&](const KnownCondemnation& known) { return known.index <= state_.index; });
    std::erase_if(appended_leases_,
                  [&](const AppendedLease& lease) { return lease.index <= state_.index; });
    const ledger::Index applied(state_.index);
    const bool goes_on =
        searched_ >= applied && searched_ <= log.last() && log.term_at(searched_) == searched_term_;
    if (!goes_on) {
        appended_.clear();
        appended_leases_.clear();
        searched_ = applied;
    }
    for (ledger::Index index = searched_ + 1; index <= log.last(); index = index + 1) {
        const auto read = wire::decode_entry(log.at(index).bytes);
        if (!read) continue;
        if (const auto* set = std::get_if<TimingSet>(&read->body))
            appended_leases_.push_back({index.value, set->timing.lease});
        if (const auto* condemned = std::get_if<Condemned>(&read->body))
            appended_.push_back({.member = condemned->member,
                                 .incarnation = condemned->incarnation,
                                 .index = index.value});
    }
    searched_ = log.last();
    searched_term_ = log.last_term();
}

LedgerTold Agreement::told() const {
    const ledger::Membership& membership = ledger_.membership();
    LedgerTold told{.voters = membership.settled >= membership.changed ? membership.now.voters
                                                                       : membership.before,
                    .grants = false,
                    .armed = state_.armed == Armed::yes,
                    .condemned = {}};
    std::sort(told.voters.begin(), told.voters.end());
    told.grants =
        part_ == Part::taken && !frozen() && ledger::contains(told.voters, settings_.ledger.self);
    for (const AgreedMember& member : state_.members) {
        if (member.condemnation) told.condemned.push_back(known(member, state_.timing.margin));
    }
    for (const AppendedLease& lease : appended_leases_)
        told.lease_at_most = std::min(told.lease_at_most, lease.length);
    // One line for each member: of an incarnation that stands condemned nothing new is said.
    for (const KnownCondemnation& appended : appended_) {
        auto* const known = std::find_if(
            told.condemned.begin(), told.condemned.end(),
            [&](const KnownCondemnation& each) { return each.member == appended.member; });
        if (known != told.condemned.end()) {
            if (known->incarnation < appended.incarnation) *known = appended;
        } else if (told.condemned.size() < told.condemned.capacity()) {
            told.condemned.push_back(appended);
        } else {
            told.grants = false;  // to nobody, before it could be to the wrong one
        }
    }
    return told;
}

// ---- What the coordinator does ------------------------------------------------------------------

/// Only what holds now is asked for: the core says it again at its next wake.
void Agreement::on(const Motions& motions, Instant now, Actions& out) {
    if (frozen() || !coordinates()) return;
    if (ledger_.log().term_at(ledger_.committed()) != ledger_.term()) return;
    if (ledger_.committed() == ledger_.log().last()) {
        for (const AcquitMotion& motion : motions.acquit) {
            ClusterEntry entry{.asked_by = settings_.ledger.self,
                               .wall_seconds = wall_seconds(now)};
            entry.body = Acquitted{motion.member, motion.condemnation};
            if (check(state_, entry) == EntryRefusal::none) propose(entry, now, out);
        }
    }
    for (const ElapsedMotion& motion : motions.elapsed) prove(motion, now, out);
    for (const CondemnMotion& motion : motions.condemn) condemn(motion, motions, now, out);
    fence(motions, now, out);
}

/// Not while anything is on its way: it may be the acquittal.
void Agreement::prove(const ElapsedMotion& motion, Instant now, Actions& out) {
    if (ledger_.committed() != ledger_.log().last()) return;
    ClusterEntry entry{.asked_by = settings_.ledger.self, .wall_seconds = wall_seconds(now)};
    entry.body = SelfFenceElapsed{motion.member, motion.condemnation, motion.waited};
    if (check(state_, entry) == EntryRefusal::none) propose(entry, now, out);
}

/// A boot that the bus has told of is silent for as long as it can be heard, whatever the boot
/// before it was.
bool Agreement::has_had_its_time(MemberId member, Instant now) const {
    const auto begun = begun_.find(member);
    const Instant since = begun == begun_.end() ? begun_before_ : begun->second;
    return now >= after(since, state_.timing.condemn_after);
}

void Agreement::condemn(const CondemnMotion& motion, const Motions& all, Instant now,
                        Actions& out) {
    const AgreedMember* member = state_.member(motion.member);
    const bool is_asked =
        std::any_of(appended_.begin(), appended_.end(),
                    [&](const KnownCondemnation& known) { return known.member == motion.member; });
    if (member == nullptr || is_asked || !has_had_its_time(motion.member, now)) return;
    ClusterEntry entry{.asked_by = settings_.ledger.self, .wall_seconds = wall_seconds(now)};
    entry.body = Condemned{.member = motion.member,
                           .incarnation = member->incarnation,
                           .hold = hold_for(*member, all, now),
                           .silence = motion.silence,
                           .witnesses = motion.witnesses,
                           .wall_seconds = wall_seconds(now)};
    if (check(state_, entry) == EntryRefusal::none) propose(entry, now, out);
}

/// The guard against fence storms. The others that are missed now, and those that are condemned and
/// not proven off, are counted with it; who is proven off is missed for a reason that is known.
Hold Agreement::hold_for(const AgreedMember& member, const Motions& motions, Instant now) const {
    std::size_t missed = 1;
    bool same_fate = false;
    for (const AgreedMember& other : state_.members) {
        if (other.id == member.id) continue;
        const bool proven = other.condemnation && other.condemnation->receipt != Receipt::none;
        const bool gone = other.condemnation || ledger::contains(motions.lost, other.id);
        if (!gone || proven) continue;
        ++missed;
        same_fate =
            same_fate || (!member.fence.fate.empty() && other.fence.fate == member.fence.fate);
    }
    if (missed > state_.storm.limit) return Hold::too_many;
    if (same_fate) return Hold::same_fate;
    return storm_rages(state_, 0, wall_seconds(now)) ? Hold::storm : Hold::none;
}

}  // namespace inquest::agreement
