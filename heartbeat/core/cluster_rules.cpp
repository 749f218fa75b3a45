#include "heartbeat/core/cluster_rules.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/condemnation_rules.hpp"
#include "heartbeat/core/digest.hpp"
#include "heartbeat/core/expected_votes.hpp"
#include "heartbeat/core/fence_rules.hpp"
#include "heartbeat/core/terms_rules.hpp"

#include <algorithm>
#include <type_traits>

namespace inquest {
namespace {

using Refusal = EntryRefusal;

template <typename List>
void keep_newest(List& list, std::size_t most) {
    if (list.size() > most)
        list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(most));
}

bool fits(const std::string& name) { return !name.empty() && name.size() <= name_bytes_max; }

/// Does anybody but `member` vote? The ledger's members are those that vote here, and it never
/// gives up the last one.
bool others_vote(const ClusterState& state, MemberId member) {
    return std::any_of(state.members.begin(), state.members.end(), [&](const AgreedMember& other) {
        return other.id != member && other.votes == Vote::yes;
    });
}

/// Does the configuration hold as it will be when everybody invited has joined? Before the first
/// member there is nothing to hold.
bool sound(const ClusterState& state) {
    if (state.members.empty()) return true;
    ClusterConfig cluster = configuration(state);
    const std::vector<MemberId> voting = expected_votes(state, Counting::invited_too);
    for (MemberConfig& member : cluster.members)
        member.votes = std::find(voting.begin(), voting.end(), member.id) != voting.end();
    const std::vector<Problem> found = problems(cluster);
    return std::none_of(found.begin(), found.end(), [](const Problem& problem) {
        return problem.severity == Problem::Severity::error;
    });
}

// ---- What each sentence asks for and makes ------------------------------------------------------
//
// Each takes a state that it may spoil where it refuses: apply() works on a copy.

Refusal make(ClusterState& state, const Founded& founded) {
    if (state.founded()) return Refusal::founded_already;
    state.name = founded.name;
    state.uuid = founded.uuid;
    state.timing = founded.timing;
    state.timing_index = state.index;
    state.generation = 1;
    return fits(founded.name) ? Refusal::none : Refusal::malformed;
}

Refusal make(ClusterState& state, const PathSet& set) {
    const std::size_t place = set.path.value;
    if (place > state.paths.size()) return Refusal::no_path;
    if (place >= paths_max) return Refusal::no_room;
    if (set.terms.port == 0 || !fits(set.terms.name) || !fits(set.terms.fate))
        return Refusal::malformed;
    if (place == state.paths.size()) {
        state.paths.push_back(set.terms);
        return Refusal::none;
    }
    AgreedPath& path = state.paths[place];
    if (path == set.terms) return Refusal::already;
    if (path.name != set.terms.name || path.kind != set.terms.kind) return Refusal::kind_fixed;
    path = set.terms;
    return Refusal::none;
}

/// A watchdog that is open stays as it is until its machine boots.
bool every_watchdog_keeps(const ClusterState& state, const Timing& timing) {
    if (timing.watchdog >= state.timing.watchdog) return true;
    return std::all_of(state.members.begin(), state.members.end(), [&](const auto& member) {
        return !member.terms || member.terms->watchdog.reset_within <= timing.watchdog;
    });
}

Refusal make(ClusterState& state, const TimingSet& set) {
    if (state.timing == set.timing) return Refusal::already;
    if (!every_watchdog_keeps(state, set.timing)) return Refusal::unsound;
    state.timing = set.timing;
    state.timing_index = state.index;
    lengthen_terms(state);
    return Refusal::none;
}

/// Addresses that member `id` is to have.
Refusal check_addresses(const ClusterState& state, MemberId id,
                        const std::vector<PathAddress>& addresses) {
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const PathAddress& address = addresses[i];
        if (address.path.value >= state.paths.size()) return Refusal::no_path;
        if (i > 0 && !(addresses[i - 1].path < address.path)) return Refusal::malformed;
        if (address.address.empty() || address.address.size() > address_bytes_max)
            return Refusal::malformed;
        for (const AgreedMember& member : state.members) {
            if (member.id != id && std::find(member.addresses.begin(), member.addresses.end(),
                                             address) != member.addresses.end())
                return Refusal::address_taken;
        }
    }
    return Refusal::none;
}

/// What only the founder is from its first entry on: everybody else is invited, joins, gets a vote.
bool has_begun(const AgreedMember& member) {
    return member.votes == Vote::yes || member.standing == AgreedMember::Standing::joined ||
           member.boot_tag != 0;
}

Refusal make(ClusterState& state, const Invited& invited) {
    const AgreedMember& member = invited.member;
    if (state.members.size() >= members_max || state.next_id() == nobody) return Refusal::no_room;
    if (member.id != state.next_id()) return Refusal::id_taken;
    if (!fits(member.name)) return Refusal::malformed;
    if (state.member(member.name) != nullptr) return Refusal::name_taken;
    if (!state.members.empty() && has_begun(member)) return Refusal::malformed;
    if (member.condemnation || member.terms || member.fence != FencePlan{})
        return Refusal::malformed;
    if (const Refusal refusal = check_addresses(state, member.id, member.addresses);
        refusal != Refusal::none)
        return refusal;
    state.members.push_back(member);
    state.newest_id = member.id;
    return Refusal::none;
}

Refusal make(ClusterState& state, const InvitedAnew& anew) {
    AgreedMember* member = state.member(anew.member);
    if (member == nullptr) return Refusal::no_member;
    if (member->standing == AgreedMember::Standing::joined) return Refusal::joined_already;
    const Refusal refusal = check_addresses(state, anew.member, anew.addresses);
    member->role = anew.role;
    member->may_vote = anew.may_vote;
    member->invitation = anew.invitation;
    member->addresses = anew.addresses;
    return refusal;
}

Refusal make(ClusterState& state, const Joined& joined) {
    AgreedMember* member = state.member(joined.member);
    if (member == nullptr) return Refusal::no_member;
    if (member->standing == AgreedMember::Standing::joined) return Refusal::joined_already;
    if (member->invitation != joined.digest) return Refusal::wrong_invitation;
    member->standing = AgreedMember::Standing::joined;
    return Refusal::none;
}

/// Whether a member can have a vote at all.
Refusal check_vote(const ClusterState& state, const AgreedMember& member) {
    if (member.may_vote == Vote::no || member.standing == AgreedMember::Standing::invited)
        return Refusal::unsound;
    return state.votes() < voters_max ? Refusal::none : Refusal::no_room;
}

Refusal make(ClusterState& state, const VoteSet& set) {
    AgreedMember* member = state.member(set.member);
    if (member == nullptr) return Refusal::no_member;
    if (member->votes == set.votes) return Refusal::already;
    if (set.votes == Vote::no && !others_vote(state, set.member)) return Refusal::last_member;
    if (set.votes == Vote::yes) {
        const Refusal refusal = check_vote(state, *member);
        if (refusal != Refusal::none) return refusal;
    }
    member->votes = set.votes;
    return Refusal::none;
}

/// Behind the key that signs; whatever stood there goes, since everybody signs with the first.
Refusal add_key(ClusterState& state, const AgreedKey& added) {
    const auto same = [&](const AgreedKey& key) {
        return key.number == added.number || key.key == added.key;
    };
    if (added.number == KeyNumber{}) return Refusal::malformed;
    if (std::any_of(state.keys.begin(), state.keys.end(), same)) return Refusal::key_taken;
    state.keys.resize(std::min<std::size_t>(state.keys.size(), 1));
    state.keys.push_back(added);
    state.key_waiting = state.keys.size() > 1 ? added.number : KeyNumber{};
    return Refusal::none;
}

Refusal make(ClusterState& state, const Removed& removed) {
    const AgreedMember* member = state.member(removed.member);
    if (member == nullptr) return Refusal::no_member;
    if (!others_vote(state, removed.member)) return Refusal::last_member;
    state.tombstones.push_back({member->id, member->name, state.index});
    keep_newest(state.tombstones, tombstones_max);
    state.members.erase(state.members.begin() + (member - state.members.data()));
    forget_in_devices(state, removed.member);
    return add_key(state, removed.key);
}

Refusal make(ClusterState& state, const KeyAdded& added) {
    return state.key_waiting == KeyNumber{} ? add_key(state, added.key) : Refusal::key_in_use;
}

Refusal make(ClusterState& state, const KeyTakesOver& taking) {
    if (state.keys.empty() || taking.number == KeyNumber{}) return Refusal::no_key;
    if (state.keys.front().number == taking.number) return Refusal::already;
    if (state.key_waiting != taking.number) return Refusal::no_key;
    std::swap(state.keys[0], state.keys[1]);
    state.key_waiting = {};
    return Refusal::none;
}

Refusal make(ClusterState& state, const ArmedSet& set) {
    if (state.armed == set.armed) return Refusal::already;
    state.armed = set.armed;
    return Refusal::none;
}

Refusal make(ClusterState& state, const MaintenanceSet& set) {
    AgreedMember* member = state.member(set.member);
    if (member == nullptr) return Refusal::no_member;
    if (member->maintenance == set.maintenance) return Refusal::already;
    member->maintenance = set.maintenance;
    return Refusal::none;
}

Refusal make(ClusterState& state, const IncarnationBegun& begun) {
    AgreedMember* member = state.member(begun.member);
    if (member == nullptr) return Refusal::no_member;
    if (begun.incarnation == Incarnation{} || begun.boot_tag == 0) return Refusal::malformed;
    if (begun.incarnation < member->incarnation) return Refusal::old_incarnation;
    // At the floor of an invitation no boot has begun, and none may.
    if (begun.incarnation == member->incarnation && member->boot_tag == 0)
        return Refusal::old_incarnation;
    if (begun.incarnation == member->incarnation)
        return begun.boot_tag == member->boot_tag ? Refusal::already : Refusal::other_boot;
    // Another kernel is the receipt `rebooted`; the same one proves nothing of what ran before.
    const bool proven = begun.boot_tag != member->boot_tag || !member->condemnation ||
                        member->condemnation->receipt != Receipt::none;
    if (!proven) return Refusal::same_kernel;
    member->condemnation.reset();
    member->terms.reset();
    member->incarnation = begun.incarnation;
    member->boot_tag = begun.boot_tag;
    return Refusal::none;
}

// condemnation_rules.hpp has the sentences about condemnations.
Refusal make(ClusterState& state, const Condemned& said) { return condemn(state, said); }
Refusal make(ClusterState& state, const Acquitted& said) { return acquit(state, said); }
Refusal make(ClusterState& state, const ConfirmedOff& said) { return confirm_off(state, said); }
Refusal make(ClusterState& state, const HoldLifted& said) { return lift_hold(state, said); }
Refusal make(ClusterState& state, const SelfFenceElapsed& said) {
    return self_fence_elapsed(state, said);
}
Refusal make(ClusterState& state, const Released& said) { return release(state, said); }
// fence_rules.hpp has those about devices, plans and attempts.
Refusal make(ClusterState& state, const FenceDeviceSet& said) { return set_device(state, said); }
Refusal make(ClusterState& state, const FenceDeviceDropped& said) {
    return drop_device(state, said);
}
Refusal make(ClusterState& state, const FencePlanSet& said) { return set_plan(state, said); }
Refusal make(ClusterState& state, const StormGuardSet& said) {
    return set_storm_guard(state, said);
}
Refusal make(ClusterState& state, const FenceBegun& said) { return begin_fence(state, said); }
Refusal make(ClusterState& state, const FenceAnswered& said) { return answer_fence(state, said); }
// terms_rules.hpp has those about terms.
Refusal make(ClusterState& state, const TermsSet& said) { return set_terms(state, said); }

// ---- A majority that is lost for good -----------------------------------------------------------

/// Whether a member can be all that is left of a cluster.
Refusal check_survivor(const AgreedMember& survivor) {
    const bool joined = survivor.standing == AgreedMember::Standing::joined;
    return joined && survivor.may_vote == Vote::yes ? Refusal::none : Refusal::unsound;
}

/// The old key stays behind the new one, so that those who return can be told that they are
/// members no more; they are no members, so it lets them do nothing.
Refusal make(ClusterState& state, const Recovered& recovered) {
    if (recovered.generation != state.generation + 1) return Refusal::other_generation;
    const AgreedMember* found = state.member(recovered.survivor);
    if (found == nullptr) return Refusal::no_member;
    if (!fits(recovered.person)) return Refusal::malformed;
    AgreedMember survivor = *found;
    if (const Refusal refusal = check_survivor(survivor); refusal != Refusal::none) return refusal;
    for (const AgreedMember& member : state.members) {
        if (member.id == survivor.id) continue;
        state.tombstones.push_back({member.id, member.name, state.index});
        forget_in_devices(state, member.id);
    }
    keep_newest(state.tombstones, tombstones_max);
    survivor.votes = Vote::yes;
    // Those who condemned it are gone, by the word of a person, and nobody is left to hear it.
    survivor.condemnation.reset();
    state.members = {survivor};
    state.generation = recovered.generation;
    state.recoveries.push_back(
        {recovered.generation, state.index, survivor.id, recovered.person, recovered.wall_seconds});
    keep_newest(state.recoveries, recoveries_max);
    if (const Refusal refusal = add_key(state, recovered.key); refusal != Refusal::none)
        return refusal;
    std::swap(state.keys.front(), state.keys.back());
    state.key_waiting = {};
    return Refusal::none;
}

/// Does it speak of somebody else where only a member itself can know?
bool speaks_for_another(const ClusterEntry& entry) {
    if (const auto* set = std::get_if<TermsSet>(&entry.body)) return set->member != entry.asked_by;
    if (const auto* said = std::get_if<Released>(&entry.body))
        return said->member != entry.asked_by;
    if (const auto* said = std::get_if<FenceAnswered>(&entry.body))
        return said->by != entry.asked_by;
    return false;
}

/// Which sentences change what the members run with, so that its relations must hold afterwards.
template <typename Body>
constexpr bool shapes_configuration =
    std::is_same_v<Body, PathSet> || std::is_same_v<Body, TimingSet> ||
    std::is_same_v<Body, Invited> || std::is_same_v<Body, InvitedAnew> ||
    std::is_same_v<Body, Founded> || std::is_same_v<Body, FenceDeviceSet> ||
    std::is_same_v<Body, FencePlanSet> || std::is_same_v<Body, StormGuardSet>;

Refusal make(ClusterState& state, const ClusterEntry& entry) {
    if (entry.request != RequestId{} && state.request(entry.request) != nullptr)
        return Refusal::repeated;
    if (speaks_for_another(entry)) return Refusal::malformed;
    return std::visit(
        [&](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            if (!std::is_same_v<Body, Founded> && !state.founded()) return Refusal::not_founded;
            const Refusal refusal = make(state, body);
            if (refusal != Refusal::none || !shapes_configuration<Body>) return refusal;
            return sound(state) ? Refusal::none : Refusal::unsound;
        },
        entry.body);
}

}  // namespace

EntryRefusal check(const ClusterState& state, const ClusterEntry& entry) {
    ClusterState trial = state;
    return make(trial, entry);
}

EntryRefusal apply(ClusterState& state, std::uint64_t index, const ClusterEntry& entry,
                   std::span<const std::byte> bytes) {
    pass(state, index, bytes);
    ClusterState next = state;
    const Refusal outcome = make(next, entry);
    if (outcome == Refusal::none) state = std::move(next);
    if (entry.request != RequestId{} && outcome != Refusal::repeated) {
        state.requests.push_back({entry.request, outcome, index});
        keep_newest(state.requests, requests_max);
    }
    return outcome;
}

void pass(ClusterState& state, std::uint64_t index, std::span<const std::byte> bytes) {
    INQUEST_ASSERT(index > state.index);
    Digest digest(state.hash);
    digest.add(index);
    digest.add(bytes);
    state.index = index;
    state.hash = digest.value();
}

}  // namespace inquest
