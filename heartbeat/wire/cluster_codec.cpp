#include "heartbeat/wire/cluster_codec.hpp"

#include <algorithm>
#include <utility>

namespace inquest::wire {
namespace {

constexpr std::size_t two = 2;  ///< enumerators of a yes or no
constexpr std::size_t path_kinds = 4;
constexpr Duration wait_max = std::chrono::hours(1);  ///< as config.cpp allows

// ---- The state's parts --------------------------------------------------------------------------

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Timing>& timing) {
    pack.length(timing.beat_interval);
    pack.length(timing.path_limit);
    pack.length(timing.condemn_after);
    pack.length(timing.boot_grace);
    pack.length(timing.lease);
    pack.length(timing.restart_grace);
    pack.length(timing.watchdog);
    pack.length(timing.margin);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<AgreedPath>& path) {
    pack.text(path.name, name_bytes_max);
    pack.word(path.kind, path_kinds);
    pack.text(path.fate, name_bytes_max);
    pack.number(path.port);
    pack.word(path.admin, two);
}

template <typename Pack>
void addresses(Pack& pack, typename Pack::template Of<std::vector<PathAddress>>& all) {
    pack.list(all, paths_max, [&](auto& address) {
        pack.number(address.path);
        pack.text(address.address, address_bytes_max);
    });
}

template <typename Pack>
void electorate(Pack& pack, typename Pack::template Of<Electorate>& voters) {
    pack.bounded(voters, [&](auto& voter) { pack.number(voter); });
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FenceDevice>& device) {
    pack.text(device.name, fence_name_bytes_max);
    pack.text(device.agent, fence_name_bytes_max);
    pack.word(device.proves, fence_proofs);
    pack.list(device.options, fence_options_max, [&](auto& option) {
        pack.text(option.name, fence_word_bytes_max);
        pack.text(option.value, fence_word_bytes_max);
    });
    pack.list(device.plugs, members_max, [&](auto& plug) {
        pack.number(plug.member);
        pack.text(plug.plug, fence_word_bytes_max);
    });
    pack.text(device.secrets, name_bytes_max);
    pack.list(device.run_by, members_max, [&](auto& member) { pack.number(member); });
    pack.length(device.timeout);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FencePart>& part) {
    pack.word(part.kind, fence_part_kinds);
    pack.text(part.device, fence_name_bytes_max);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FencePlan>& plan) {
    pack.list(plan.levels, fence_levels_max, [&](auto& level) {
        pack.list(level, fence_parts_max, [&](auto& part) { fields(pack, part); });
    });
    pack.length(plan.delay);
    pack.number(plan.priority);
    pack.text(plan.fate, name_bytes_max);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<StormGuard>& storm) {
    pack.number(storm.limit);
    pack.length(storm.window);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FenceAttempt>& attempt) {
    pack.number(attempt.index);
    pack.number(attempt.level);
    pack.list(attempt.tasks, fence_parts_max, [&](auto& task) {
        fields(pack, task.part);
        pack.word(task.proves, fence_proofs);
        pack.number(task.by);
        pack.word(task.result, fence_results);
        pack.text(task.why, fence_why_bytes_max);
    });
    pack.number(attempt.wall_seconds);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Condemnation>& condemnation) {
    pack.number(condemnation.index);
    pack.number(condemnation.incarnation);
    pack.word(condemnation.hold, holds);
    pack.length(condemnation.silence);
    electorate(pack, condemnation.witnesses);
    pack.number(condemnation.wall_seconds);
    pack.word(condemnation.receipt, receipts);
    pack.text(condemnation.person, name_bytes_max);
    pack.word(condemnation.released, two);
    pack.number(condemnation.attempts);
    pack.optional(condemnation.attempt, [&](auto& attempt) { fields(pack, attempt); });
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Watchdog>& watchdog) {
    pack.word(watchdog.kind, watchdog_kinds);
    pack.word(watchdog.trusted, two);
    pack.length(watchdog.reset_within);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<AgreedMember>& member) {
    pack.number(member.id);
    pack.text(member.name, name_bytes_max);
    pack.word(member.role, two);
    pack.word(member.may_vote, two);
    pack.word(member.votes, two);
    pack.word(member.standing, two);
    pack.word(member.maintenance, two);
    pack.fixed(member.invitation);
    pack.number(member.incarnation);
    pack.number(member.boot_tag);
    addresses(pack, member.addresses);
    pack.optional(member.terms, [&](auto& terms) {
        fields(pack, terms.watchdog);
        pack.length(terms.lease);
    });
    pack.optional(member.condemnation, [&](auto& condemnation) { fields(pack, condemnation); });
    fields(pack, member.fence);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<AgreedKey>& key) {
    pack.number(key.number);
    pack.fixed(key.key);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<ClusterState>& state) {
    pack.number(state.index);
    pack.number(state.hash);
    pack.text(state.name, name_bytes_max);
    pack.fixed(state.uuid);
    pack.number(state.generation);
    pack.word(state.armed, two);
    fields(pack, state.timing);
    pack.number(state.timing_index);
    pack.list(state.paths, paths_max, [&](auto& path) { fields(pack, path); });
    pack.list(state.members, members_max, [&](auto& member) { fields(pack, member); });
    pack.list(state.tombstones, tombstones_max, [&](auto& tombstone) {
        pack.number(tombstone.id);
        pack.text(tombstone.name, name_bytes_max);
        pack.number(tombstone.index);
    });
    pack.list(state.keys, agreed_keys_max, [&](auto& key) { fields(pack, key); });
    pack.number(state.key_waiting);
    pack.list(state.requests, requests_max, [&](auto& request) {
        pack.number(request.id);
        pack.word(request.outcome, entry_refusals);
        pack.number(request.index);
    });
    pack.number(state.newest_id);
    pack.list(state.recoveries, recoveries_max, [&](auto& recovery) {
        pack.number(recovery.generation);
        pack.number(recovery.index);
        pack.number(recovery.survivor);
        pack.text(recovery.person, name_bytes_max);
        pack.number(recovery.wall_seconds);
    });
    pack.list(state.devices, fence_devices_max, [&](auto& device) { fields(pack, device); });
    fields(pack, state.storm);
    pack.list(state.fences, recent_fences_max, [&](auto& fence) {
        pack.number(fence.condemnation);
        pack.number(fence.member);
        pack.number(fence.wall_seconds);
    });
}

// What the rules keep, and bytes from outside may not.

template <typename List, typename Key>
bool ascending(const List& list, Key key) {
    return std::adjacent_find(list.begin(), list.end(), [&](const auto& a, const auto& b) {
               return key(a) >= key(b);
           }) == list.end();
}

/// Waits are computed from these, before anybody has judged them.
bool sound(const Timing& timing) {
    const auto fits = [](Duration length) {
        return length > Duration::zero() && length <= wait_max;
    };
    return fits(timing.lease) && fits(timing.watchdog) && fits(timing.margin);
}

bool sound(const Terms& terms) {
    const Duration reset = terms.watchdog.reset_within;
    return reset > Duration::zero() && reset <= reset_within_max &&
           terms.lease > Duration::zero() && terms.lease <= wait_max;
}

bool members_in_order(const ClusterState& state) {
    const auto& members = state.members;
    if (!ascending(members, [](const AgreedMember& member) { return member.id; })) return false;
    if (!members.empty() && (members.front().id == nobody || members.back().id > state.newest_id))
        return false;
    return std::all_of(members.begin(), members.end(), [&](const AgreedMember& member) {
        const auto& on = member.addresses;
        const bool condemned_now =
            !member.condemnation || member.condemnation->incarnation == member.incarnation;
        return ascending(on, [](const PathAddress& address) { return address.path; }) &&
               (on.empty() || on.back().path.value < state.paths.size()) && condemned_now &&
               (!member.terms || sound(*member.terms));
    });
}

bool devices_in_order(const ClusterState& state) {
    return ascending(state.devices, [](const FenceDevice& device) { return device.name; });
}

/// The key that waits is the one that does not sign.
bool keys_in_order(const ClusterState& state) {
    if (state.key_waiting == KeyNumber{}) return true;
    return state.keys.size() == agreed_keys_max && state.keys.back().number == state.key_waiting;
}

// ---- The sentences ------------------------------------------------------------------------------

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Founded>& founded) {
    pack.text(founded.name, name_bytes_max);
    pack.fixed(founded.uuid);
    fields(pack, founded.timing);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<PathSet>& set) {
    pack.number(set.path);
    fields(pack, set.terms);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<TimingSet>& set) {
    fields(pack, set.timing);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Invited>& invited) {
    fields(pack, invited.member);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Joined>& joined) {
    pack.number(joined.member);
    pack.fixed(joined.digest);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<VoteSet>& set) {
    pack.number(set.member);
    pack.word(set.votes, two);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Removed>& removed) {
    pack.number(removed.member);
    fields(pack, removed.key);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<KeyAdded>& added) {
    fields(pack, added.key);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<KeyTakesOver>& taking) {
    pack.number(taking.number);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<ArmedSet>& set) {
    pack.word(set.armed, two);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<MaintenanceSet>& set) {
    pack.number(set.member);
    pack.word(set.maintenance, two);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<IncarnationBegun>& begun) {
    pack.number(begun.member);
    pack.number(begun.incarnation);
    pack.number(begun.boot_tag);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<InvitedAnew>& anew) {
    pack.number(anew.member);
    pack.word(anew.role, two);
    pack.word(anew.may_vote, two);
    pack.fixed(anew.invitation);
    addresses(pack, anew.addresses);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Recovered>& recovered) {
    pack.number(recovered.generation);
    pack.number(recovered.survivor);
    fields(pack, recovered.key);
    pack.text(recovered.person, name_bytes_max);
    pack.number(recovered.wall_seconds);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Condemned>& condemned) {
    pack.number(condemned.member);
    pack.number(condemned.incarnation);
    pack.word(condemned.hold, holds);
    pack.length(condemned.silence);
    electorate(pack, condemned.witnesses);
    pack.number(condemned.wall_seconds);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Acquitted>& acquitted) {
    pack.number(acquitted.member);
    pack.number(acquitted.condemnation);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<ConfirmedOff>& confirmed) {
    pack.number(confirmed.member);
    pack.number(confirmed.condemnation);
    pack.text(confirmed.person, name_bytes_max);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<HoldLifted>& lifted) {
    pack.number(lifted.member);
    pack.number(lifted.condemnation);
    pack.word(lifted.because, two);
    pack.number(lifted.wall_seconds);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<TermsSet>& set) {
    pack.number(set.member);
    pack.number(set.incarnation);
    pack.number(set.timing_index);
    fields(pack, set.watchdog);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<SelfFenceElapsed>& elapsed) {
    pack.number(elapsed.member);
    pack.number(elapsed.condemnation);
    pack.length(elapsed.waited);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Released>& released) {
    pack.number(released.member);
    pack.number(released.condemnation);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FenceDeviceSet>& set) {
    fields(pack, set.device);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FenceDeviceDropped>& dropped) {
    pack.text(dropped.name, fence_name_bytes_max);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FencePlanSet>& set) {
    pack.number(set.member);
    fields(pack, set.plan);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<StormGuardSet>& set) {
    fields(pack, set.storm);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FenceBegun>& begun) {
    pack.number(begun.member);
    pack.number(begun.condemnation);
    pack.number(begun.number);
    pack.number(begun.level);
    pack.list(begun.by, fence_parts_max, [&](auto& member) { pack.number(member); });
    pack.number(begun.wall_seconds);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<FenceAnswered>& answered) {
    pack.number(answered.member);
    pack.number(answered.condemnation);
    pack.number(answered.attempt);
    pack.number(answered.task);
    pack.number(answered.by);
    pack.word(answered.result, fence_results);
    pack.text(answered.why, fence_why_bytes_max);
}

constexpr std::size_t sentences = std::variant_size_v<ClusterEntry::Body>;

/// The sentence of this number, at its defaults.
template <std::size_t... Number>
ClusterEntry::Body blank(std::size_t number, std::index_sequence<Number...>) {
    ClusterEntry::Body body;
    ((Number == number ? static_cast<void>(body.emplace<Number>()) : void()), ...);
    return body;
}

template <typename Pack>
void envelope(Pack& pack, typename Pack::template Of<ClusterEntry>& entry) {
    pack.number(entry.request);
    pack.number(entry.asked_by);
    pack.number(entry.wall_seconds);
}

}  // namespace

Bytes encode(const ClusterEntry& entry) {
    Bytes bytes;
    Writer writer(bytes);
    writer.number(entry_version);
    writer.number(static_cast<std::uint8_t>(entry.body.index()));
    envelope(writer, entry);
    std::visit([&](const auto& body) { fields(writer, body); }, entry.body);
    return bytes;
}

std::optional<ClusterEntry> decode_entry(std::span<const std::byte> bytes) {
    Reader reader(bytes);
    std::uint8_t version = 0;
    std::uint8_t number = 0;
    reader.number(version);
    reader.number(number);
    reader.must(version == entry_version && number < sentences);
    ClusterEntry entry;
    entry.body = blank(number, std::make_index_sequence<sentences>());
    envelope(reader, entry);
    std::visit([&](auto& body) { fields(reader, body); }, entry.body);
    if (!reader.complete()) return std::nullopt;
    return entry;
}

Bytes encode(const ClusterState& state) {
    Bytes bytes;
    Writer writer(bytes);
    writer.number(state_version);
    fields(writer, state);
    return bytes;
}

std::optional<ClusterState> decode_state(std::span<const std::byte> bytes) {
    Reader reader(bytes);
    std::uint8_t version = 0;
    reader.number(version);
    reader.must(version == state_version);
    ClusterState state;
    fields(reader, state);
    const bool times_fit =
        state.members.empty() || (sound(state.timing) && state.timing_index <= state.index);
    if (!reader.complete() || !members_in_order(state) || !keys_in_order(state) ||
        !devices_in_order(state) || !times_fit)
        return std::nullopt;
    return state;
}

}  // namespace inquest::wire
