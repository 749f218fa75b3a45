// The sentences of the ledger: everything that members can agree on, one entry each.
//
// An entry says what is wanted, never what was true when somebody wanted it: whether it is accepted
// is decided when its turn comes (cluster_rules.hpp), by every member alike.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace inquest {

/// The first entry of a cluster.
struct Founded {
    std::string name;
    ClusterUuid uuid{};
    Timing timing;

    friend bool operator==(const Founded&, const Founded&) = default;
};

/// Adds a path at the end of the list, or changes what may change of one that is there.
struct PathSet {
    PathId path;
    AgreedPath terms;

    friend bool operator==(const PathSet&, const PathSet&) = default;
};

struct TimingSet {
    Timing timing;

    friend bool operator==(const TimingSet&, const TimingSet&) = default;
};

/// A new member, known from now on. `incarnation` is a floor: its boots count from above it.
struct Invited {
    AgreedMember member;

    friend bool operator==(const Invited&, const Invited&) = default;
};

/// The invited member has shown itself, and the secret that it was given.
struct Joined {
    MemberId member;
    SecretDigest digest{};  ///< of the secret that it showed

    friend bool operator==(const Joined&, const Joined&) = default;
};

/// Goes with each change of the voters.
struct VoteSet {
    MemberId member;
    Vote votes = Vote::no;

    friend bool operator==(const VoteSet&, const VoteSet&) = default;
};

/// It takes no part any more, and its id never comes back. Since it knows the keys, a new one
/// follows at once; it takes the place of one that still waits.
struct Removed {
    MemberId member;
    AgreedKey key;

    friend bool operator==(const Removed&, const Removed&) = default;
};

/// All members understand it from now on; nobody signs with it yet.
struct KeyAdded {
    AgreedKey key;

    friend bool operator==(const KeyAdded&, const KeyAdded&) = default;
};

/// It signs from now on. The one before is still understood, until the next key is added.
struct KeyTakesOver {
    KeyNumber number;

    friend bool operator==(const KeyTakesOver&, const KeyTakesOver&) = default;
};

struct ArmedSet {
    Armed armed = Armed::no;

    friend bool operator==(const ArmedSet&, const ArmedSet&) = default;
};

struct MaintenanceSet {
    MemberId member;
    Maintenance maintenance = Maintenance::off;

    friend bool operator==(const MaintenanceSet&, const MaintenanceSet&) = default;
};

/// A boot of a member. The same counter under another boot of a kernel is refused: two machines
/// would claim to be one.
struct IncarnationBegun {
    MemberId member;
    Incarnation incarnation;
    std::uint32_t boot_tag = 0;

    friend bool operator==(const IncarnationBegun&, const IncarnationBegun&) = default;
};

/// A member that has not joined is invited once more: what it was given before opens nothing.
struct InvitedAnew {
    MemberId member;
    Role role = Role::voter;
    Vote may_vote = Vote::yes;
    SecretDigest invitation{};
    std::vector<PathAddress> addresses;

    friend bool operator==(const InvitedAnew&, const InvitedAnew&) = default;
};

/// The majority is lost for good: `survivor` goes on alone, all others are removed, and a new
/// generation begins. It is the one sentence that no majority agrees on, so it never goes through a
/// log: a node that starts puts it behind all that its ledger has (daemon/recovering.hpp).
struct Recovered {
    std::uint32_t generation = 0;  ///< the new one
    MemberId survivor;
    AgreedKey key;       ///< signs from now on; the one that signed is still understood
    std::string person;  ///< who confirmed it, and when by the survivor's clock
    std::int64_t wall_seconds = 0;

    friend bool operator==(const Recovered&, const Recovered&) = default;
};

/// That incarnation shall run nothing any more: a majority has put this into its logs, and each of
/// them has stopped granting it leases before it said so.
struct Condemned {
    MemberId member;
    Incarnation incarnation;
    Hold hold = Hold::none;
    Duration silence{};    ///< of all paths, at every member that could testify
    Electorate witnesses;  ///< the voters that testified to it, ascending: a majority
    std::int64_t wall_seconds = 0;

    friend bool operator==(const Condemned&, const Condemned&) = default;
};

/// A beat of the condemned incarnation was heard. It voids a person's word too.
struct Acquitted {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index

    friend bool operator==(const Acquitted&, const Acquitted&) = default;
};

/// A person says that the condemned machine is off: the receipt `operators_word`.
struct ConfirmedOff {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index
    std::string person;

    friend bool operator==(const ConfirmedOff&, const ConfirmedOff&) = default;
};

/// A held condemnation waits for nobody any more.
struct HoldLifted {
    enum class Because : std::uint8_t {
        person,      ///< who knows that no switch is at fault
        storm_over,  ///< those who were switched off before it were so long enough ago
    };
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index
    Because because = Because::person;
    std::int64_t wall_seconds = 0;  ///< since 1970, by the coordinator's clock

    friend bool operator==(const HoldLifted&, const HoldLifted&) = default;
};

/// What a boot of a member says of itself: this watchdog is open, and no lease is longer than that
/// of the timings which entry `timing_index` has set.
struct TermsSet {
    MemberId member;
    Incarnation incarnation;
    std::uint64_t timing_index = 0;
    Watchdog watchdog;

    friend bool operator==(const TermsSet&, const TermsSet&) = default;
};

/// By its terms the condemned incarnation runs nothing any more: the coordinator has known of its
/// condemnation for so long.
struct SelfFenceElapsed {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index
    Duration waited{};

    friend bool operator==(const SelfFenceElapsed&, const SelfFenceElapsed&) = default;
};

/// The condemned node itself says that no guest runs on it; it starts none before it is acquitted
/// or has begun another incarnation.
struct Released {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index

    friend bool operator==(const Released&, const Released&) = default;
};

/// Adds a fence device, or changes the one of that name.
struct FenceDeviceSet {
    FenceDevice device;

    friend bool operator==(const FenceDeviceSet&, const FenceDeviceSet&) = default;
};

struct FenceDeviceDropped {
    std::string name;

    friend bool operator==(const FenceDeviceDropped&, const FenceDeviceDropped&) = default;
};

struct FencePlanSet {
    MemberId member;
    FencePlan plan;

    friend bool operator==(const FencePlanSet&, const FencePlanSet&) = default;
};

struct StormGuardSet {
    StormGuard storm;

    friend bool operator==(const StormGuardSet&, const StormGuardSet&) = default;
};

/// From now on the devices of this level are asked, and nothing acquits the incarnation any more.
struct FenceBegun {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index
    std::uint16_t number = 0;        ///< of the attempt, from 1
    std::uint8_t level = 0;          ///< its place in the plan
    std::vector<MemberId> by;        ///< who asks each device of the level, in its order
    std::int64_t wall_seconds = 0;

    friend bool operator==(const FenceBegun&, const FenceBegun&) = default;
};

/// What a device has answered to the member that asked it.
struct FenceAnswered {
    MemberId member;                 ///< that is to be switched off
    std::uint64_t condemnation = 0;  ///< its index
    std::uint64_t attempt = 0;       ///< its index
    std::uint8_t task = 0;           ///< its place in the attempt
    MemberId by;                     ///< who says so
    FenceResult result = FenceResult::failed;
    std::string why;  ///< it failed

    friend bool operator==(const FenceAnswered&, const FenceAnswered&) = default;
};

struct ClusterEntry {
    using Body =
        std::variant<Founded, PathSet, TimingSet, Invited, Joined, VoteSet, Removed, KeyAdded,
                     KeyTakesOver, ArmedSet, MaintenanceSet, IncarnationBegun, InvitedAnew,
                     Recovered, Condemned, Acquitted, ConfirmedOff, HoldLifted, TermsSet,
                     SelfFenceElapsed, Released, FenceDeviceSet, FenceDeviceDropped, FencePlanSet,
                     StormGuardSet, FenceBegun, FenceAnswered>;

    RequestId request;              ///< none: nobody waits for it
    MemberId asked_by;              ///< for people
    std::int64_t wall_seconds = 0;  ///< since 1970, by the clock of whoever asked; for people
    Body body;

    friend bool operator==(const ClusterEntry&, const ClusterEntry&) = default;
};

/// "removed n4": what an entry says, for the log and `inquest events`.
std::string sentence(const ClusterEntry& entry, const ClusterState& before);

}  // namespace inquest
