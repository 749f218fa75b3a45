// What the members have agreed on: the state that the ledger's entries make, one after the other,
// the same on every member (docs/overview.md).
//
// The state is plain data; cluster_entry.hpp has the sentences that change it, cluster_rules.hpp
// when each of them is accepted. The ledger knows nothing of this, and this knows nothing of votes
// and terms: whoever runs both tells the place of each entry.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/core/fence_attempt.hpp"
#include "heartbeat/core/grant.hpp"
#include "heartbeat/core/receipt.hpp"
#include "heartbeat/core/terms.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest {

inline constexpr std::size_t name_bytes_max = 63;
/// The longest IPv6 address as text.
inline constexpr std::size_t address_bytes_max = 45;
inline constexpr std::size_t cluster_key_bytes = 32;
/// The one that signs, and the one before it: the bus understands no third.
inline constexpr std::size_t agreed_keys_max = 2;
/// Removed members are remembered, the newest of them.
inline constexpr std::size_t tombstones_max = 256;
/// Requests are remembered so that none is carried out twice, the newest of them.
inline constexpr std::size_t requests_max = 128;
/// Lost majorities that were given up are remembered, the newest of them.
inline constexpr std::size_t recoveries_max = 8;

/// Drawn at the founding: two clusters of one name are two clusters.
using ClusterUuid = std::array<std::byte, 16>;

/// A request, drawn at random by whoever makes it; 0 is none.
using RequestId = Strong<std::uint64_t, struct RequestIdTag>;

/// A key's number in cluster.keys and in each beat, 1..255.
using KeyNumber = Strong<std::uint8_t, struct KeyNumberTag>;

/// A secret's digest: it can be compared, and not be turned back.
using SecretDigest = std::array<std::byte, 16>;

enum class Vote : std::uint8_t { no, yes };
enum class Maintenance : std::uint8_t { off, on };
enum class Armed : std::uint8_t { no, yes };

/// A path's agreed part; its PathId is its place in the list, for ever.
struct AgreedPath {
    std::string name;
    PathKind kind = PathKind::udp;
    std::string fate;
    std::uint16_t port = 0;
    Switched admin = Switched::on;

    friend bool operator==(const AgreedPath&, const AgreedPath&) = default;
};

/// Where a member is on a path.
struct PathAddress {
    PathId path;
    std::string address;

    friend bool operator==(const PathAddress&, const PathAddress&) = default;
};

/// Why no device is asked for a condemned incarnation: the guard against fence storms.
enum class Hold : std::uint8_t {
    none,
    too_many,   ///< more than its limit are missed at one time
    same_fate,  ///< another one that is missed shares its rack, chassis or power
    storm,      ///< as many as its limit were switched off within its window
};
inline constexpr std::size_t holds = 4;

/// The decision that one incarnation of a member shall run nothing any more (docs/safety.md).
struct Condemnation {
    std::uint64_t index = 0;  ///< of its entry: acquittals and receipts name it
    Incarnation incarnation;
    Hold hold = Hold::none;
    Duration silence{};             ///< of all paths, when it was proposed
    Electorate witnesses;           ///< the voters that testified to it, ascending
    std::int64_t wall_seconds = 0;  ///< since 1970, by the coordinator's clock; for people
    Receipt receipt = Receipt::none;
    std::string person;          ///< who gave their word, by the system's name for them
    bool released = false;       ///< by a person: the guard against storms keeps nobody from it
    std::uint16_t attempts = 0;  ///< to switch it off, that have begun
    std::optional<FenceAttempt> attempt;  ///< the last of them; none: it may be acquitted

    friend bool operator==(const Condemnation&, const Condemnation&) = default;
};

struct AgreedMember {
    /// Invited members are known to all and have not shown themselves yet.
    enum class Standing : std::uint8_t { invited, joined };

    MemberId id;
    std::string name;
    Role role = Role::voter;
    Vote may_vote = Vote::yes;  ///< no: never made a voter
    Vote votes = Vote::no;      ///< as the last change of voters left it
    Standing standing = Standing::invited;
    Maintenance maintenance = Maintenance::off;
    SecretDigest invitation{};           ///< what the one who joins must show, once
    Incarnation incarnation;             ///< newest that began, or the floor below which none may
    std::uint32_t boot_tag = 0;          ///< of that incarnation; 0: a floor, not a boot
    std::vector<PathAddress> addresses;  ///< ascending by path
    std::optional<Terms> terms;          ///< of `incarnation`; none: it enforces nothing
    std::optional<Condemnation> condemnation;  ///< of `incarnation`
    FencePlan fence;                           ///< no levels: nothing switches it off

    friend bool operator==(const AgreedMember&, const AgreedMember&) = default;
};

/// Does its own reset count as a proof that it runs nothing any more? Where a plan says how it is
/// switched off, only if the plan says that too.
bool proves_itself(const AgreedMember& member);

/// A member that was: its id never comes back.
struct Tombstone {
    MemberId id;
    std::string name;
    std::uint64_t index = 0;  ///< of the entry that removed it

    friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// A lost majority that was given up: `survivor` went on alone. Whom it left behind are the
/// tombstones of that index.
struct Recovery {
    std::uint32_t generation = 0;  ///< that began with it
    std::uint64_t index = 0;       ///< of its entry
    MemberId survivor;
    std::string person;             ///< who confirmed it, by the system's name for them
    std::int64_t wall_seconds = 0;  ///< since 1970, by the survivor's clock; for people

    friend bool operator==(const Recovery&, const Recovery&) = default;
};

struct AgreedKey {
    KeyNumber number;
    std::array<std::byte, cluster_key_bytes> key{};

    friend bool operator==(const AgreedKey&, const AgreedKey&) = default;
};

/// Why an entry changed nothing when its turn came.
enum class EntryRefusal : std::uint8_t {
    none,
    repeated,         ///< this request was carried out, or refused, before
    founded_already,  ///< a cluster is founded once
    not_founded,
    malformed,      ///< a field is out of its bounds
    id_taken,       ///< another member was invited meanwhile
    name_taken,     ///< a member has that name
    address_taken,  ///< a member has that address on that path
    no_member,      ///< there is no member of that id
    no_path,        ///< there is no path of that number, or a gap would be left before it
    kind_fixed,     ///< a path's name and kind stay as they are
    no_room,
    joined_already,
    wrong_invitation,  ///< not the secret that was given out
    last_member,       ///< nobody would be left, or nobody that votes
    old_incarnation,   ///< not newer than one that has begun
    other_boot,        ///< the same incarnation under another boot of a kernel
    key_taken,
    no_key,
    key_in_use,        ///< a key is being changed already, or this one signs
    already,           ///< it is as the entry would have it
    unsound,           ///< a relation of the configuration would not hold
    other_generation,  ///< it was meant for a cluster that another recovery has changed
    not_armed,         ///< the cluster only observes
    in_maintenance,    ///< nothing is to be recovered of a node that is worked on
    no_condemnation,   ///< the one that is named does not stand
    same_kernel,       ///< the condemned incarnation may run on in the very boot that begins
    condemned,         ///< what a condemned incarnation has said of itself stays as it is
    old_timing,        ///< it was said under timings that have changed meanwhile
    no_terms,          ///< nothing says when that incarnation resets itself, or it is not trusted
    too_soon,          ///< the wait was shorter than its terms ask for
    being_fenced,      ///< a device may be switching it off already
    no_device,         ///< there is no fence device of that name
    device_in_use,     ///< a plan names it
    no_attempt,        ///< the one that is named does not stand, or another one has begun
    not_fit,           ///< that member may not ask that device, or is the one to be switched off
    storm,             ///< enough were switched off lately
};
inline constexpr std::size_t entry_refusals = 37;
std::string_view word(EntryRefusal refusal);

/// What became of a request, remembered by all.
struct HandledRequest {
    RequestId id;
    EntryRefusal outcome = EntryRefusal::none;
    std::uint64_t index = 0;  ///< of its entry

    friend bool operator==(const HandledRequest&, const HandledRequest&) = default;
};

struct ClusterState {
    std::uint64_t index = 0;  ///< of the last entry
    std::uint64_t hash = 0;   ///< of all entries so far: two members that differ have diverged

    std::string name;
    ClusterUuid uuid{};
    std::uint32_t generation = 0;  ///< 0: not founded; rises when a lost majority is given up
    Armed armed = Armed::no;
    Timing timing;
    std::uint64_t timing_index = 0;  ///< of the entry that set it
    std::vector<AgreedPath> paths;
    std::vector<AgreedMember> members;     ///< ascending by id
    std::vector<Tombstone> tombstones;     ///< oldest first
    std::vector<AgreedKey> keys;           ///< the first signs, all are understood
    KeyNumber key_waiting;                 ///< understood by now, and to take over; 0: none
    std::vector<HandledRequest> requests;  ///< oldest first
    MemberId newest_id;                    ///< the highest ever given
    std::vector<Recovery> recoveries;      ///< oldest first
    std::vector<FenceDevice> devices;      ///< ascending by name
    StormGuard storm;
    std::vector<RecentFence> fences;  ///< oldest first

    bool founded() const { return generation > 0; }
    const AgreedMember* member(MemberId id) const;
    AgreedMember* member(MemberId id);
    const AgreedMember* member(std::string_view called) const;
    const Tombstone* tombstone(MemberId id) const;
    const HandledRequest* request(RequestId id) const;
    const FenceDevice* device(std::string_view called) const;
    std::size_t votes() const;
    MemberId next_id() const { return MemberId(static_cast<std::uint16_t>(newest_id.value + 1)); }

    friend bool operator==(const ClusterState&, const ClusterState&) = default;
};

/// The configuration that the core runs with. Its hash is of what it says, so that members that
/// have followed the same entries show the same one.
ClusterConfig configuration(const ClusterState& state);

}  // namespace inquest
