#include "heartbeat/core/cluster_state.hpp"

#include "heartbeat/core/digest.hpp"

#include <algorithm>

namespace inquest {
namespace {

template <typename List, typename Matches>
auto* found(List& list, Matches matches) {
    const auto place = std::find_if(list.begin(), list.end(), matches);
    return place == list.end() ? nullptr : &*place;
}

MemberConfig configured(const AgreedMember& member) {
    MemberConfig result{.id = member.id,
                        .name = member.name,
                        .role = member.role,
                        .votes = member.votes == Vote::yes,
                        .paths = {},
                        .joined = member.standing == AgreedMember::Standing::joined,
                        .fence = member.fence};
    for (const PathAddress& address : member.addresses) result.paths.push_back(address.path);
    return result;
}

void add(Digest& digest, const FenceDevice& device) {
    digest.add(device.name);
    digest.add(device.agent);
    digest.add(word(device.proves));
    for (const FenceOption& option : device.options) {
        digest.add(option.name);
        digest.add(option.value);
    }
    for (const FencePlug& plug : device.plugs) {
        digest.add(plug.member.value);
        digest.add(plug.plug);
    }
    digest.add(device.secrets);
    for (const MemberId member : device.run_by) digest.add(member.value);
    digest.add(static_cast<std::uint64_t>(device.timeout.count()));
}

void add(Digest& digest, const FencePlan& plan) {
    for (const FenceLevel& level : plan.levels) {
        digest.add(level.size());
        for (const FencePart& part : level) {
            digest.add(static_cast<std::uint64_t>(part.kind));
            digest.add(part.device);
        }
    }
    digest.add(static_cast<std::uint64_t>(plan.delay.count()));
    digest.add(plan.priority);
    digest.add(plan.fate);
}

/// What members compare in their beats: all that the state says of the configuration.
std::uint32_t configuration_hash(const ClusterState& state) {
    Digest digest;
    digest.add(state.name);
    for (const Duration length :
         {state.timing.beat_interval, state.timing.path_limit, state.timing.condemn_after,
          state.timing.boot_grace, state.timing.lease, state.timing.restart_grace,
          state.timing.watchdog, state.timing.margin}) {
        digest.add(static_cast<std::uint64_t>(length.count()));
    }
    for (const AgreedPath& path : state.paths) {
        digest.add(path.name);
        digest.add(word(path.kind));
        digest.add(path.fate);
        digest.add(path.port);
        digest.add(static_cast<std::uint64_t>(path.admin));
    }
    for (const AgreedMember& member : state.members) {
        digest.add(member.id.value);
        digest.add(member.name);
        digest.add(static_cast<std::uint64_t>(member.role));
        for (const PathAddress& address : member.addresses) {
            digest.add(address.path.value);
            digest.add(address.address);
        }
        add(digest, member.fence);
    }
    for (const FenceDevice& device : state.devices) add(digest, device);
    digest.add(state.storm.limit);
    digest.add(static_cast<std::uint64_t>(state.storm.window.count()));
    return static_cast<std::uint32_t>(digest.value() ^ digest.value() >> 32);
}

}  // namespace

bool proves_itself(const AgreedMember& member) {
    const bool trusted = member.terms && member.terms->watchdog.trusted == Trusted::yes;
    return trusted &&
           (member.fence.levels.empty() ||
            std::any_of(member.fence.levels.begin(), member.fence.levels.end(), has_itself));
}

std::string_view word(EntryRefusal refusal) {
    switch (refusal) {
        case EntryRefusal::none: return "accepted";
        case EntryRefusal::repeated: return "repeated";
        case EntryRefusal::founded_already: return "founded-already";
        case EntryRefusal::not_founded: return "not-founded";
        case EntryRefusal::malformed: return "malformed";
        case EntryRefusal::id_taken: return "id-taken";
        case EntryRefusal::name_taken: return "name-taken";
        case EntryRefusal::address_taken: return "address-taken";
        case EntryRefusal::no_member: return "no-member";
        case EntryRefusal::no_path: return "no-path";
        case EntryRefusal::kind_fixed: return "kind-fixed";
        case EntryRefusal::no_room: return "no-room";
        case EntryRefusal::joined_already: return "joined-already";
        case EntryRefusal::wrong_invitation: return "wrong-invitation";
        case EntryRefusal::last_member: return "last-member";
        case EntryRefusal::old_incarnation: return "old-incarnation";
        case EntryRefusal::other_boot: return "other-boot";
        case EntryRefusal::key_taken: return "key-taken";
        case EntryRefusal::no_key: return "no-key";
        case EntryRefusal::key_in_use: return "key-in-use";
        case EntryRefusal::already: return "already";
        case EntryRefusal::unsound: return "unsound";
        case EntryRefusal::other_generation: return "other-generation";
        case EntryRefusal::not_armed: return "not-armed";
        case EntryRefusal::in_maintenance: return "in-maintenance";
        case EntryRefusal::no_condemnation: return "no-condemnation";
        case EntryRefusal::same_kernel: return "same-kernel";
        case EntryRefusal::condemned: return "condemned";
        case EntryRefusal::old_timing: return "old-timing";
        case EntryRefusal::no_terms: return "no-terms";
        case EntryRefusal::too_soon: return "too-soon";
        case EntryRefusal::being_fenced: return "being-fenced";
        case EntryRefusal::no_device: return "no-device";
        case EntryRefusal::device_in_use: return "device-in-use";
        case EntryRefusal::no_attempt: return "no-attempt";
        case EntryRefusal::not_fit: return "not-fit";
        case EntryRefusal::storm: return "storm";
    }
    return "?";
}

const AgreedMember* ClusterState::member(MemberId id) const {
    return found(members, [&](const AgreedMember& member) { return member.id == id; });
}

AgreedMember* ClusterState::member(MemberId id) {
    return found(members, [&](const AgreedMember& member) { return member.id == id; });
}

std::size_t ClusterState::votes() const {
    return static_cast<std::size_t>(
        std::count_if(members.begin(), members.end(),
                      [](const AgreedMember& member) { return member.votes == Vote::yes; }));
}

const AgreedMember* ClusterState::member(std::string_view called) const {
    return found(members, [&](const AgreedMember& member) { return member.name == called; });
}

const FenceDevice* ClusterState::device(std::string_view called) const {
    return found(devices, [&](const FenceDevice& device) { return device.name == called; });
}

const Tombstone* ClusterState::tombstone(MemberId id) const {
    return found(tombstones, [&](const Tombstone& tombstone) { return tombstone.id == id; });
}

const HandledRequest* ClusterState::request(RequestId id) const {
    return found(requests, [&](const HandledRequest& request) { return request.id == id; });
}

ClusterConfig configuration(const ClusterState& state) {
    ClusterConfig result{.name = state.name,
                         .timing = state.timing,
                         .paths = {},
                         .members = {},
                         .hash = 0,
                         .devices = state.devices,
                         .storm = state.storm};
    for (const AgreedPath& path : state.paths) {
        result.paths.push_back(
            {.name = path.name, .kind = path.kind, .fate = path.fate, .admin = path.admin});
    }
    for (const AgreedMember& member : state.members) result.members.push_back(configured(member));
    result.hash = configuration_hash(state);
    return result;
}

}  // namespace inquest
