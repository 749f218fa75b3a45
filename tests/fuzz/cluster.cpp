// Any bytes as an entry of the ledger, as its state, as what members say to each other about it:
// refused, or of exactly one form; and whatever entry can be read, the rules answer it.
#include "heartbeat/agreement/messages.hpp"
#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace {

using namespace inquest;

void one_form(const wire::Bytes& again, std::span<const std::byte> bytes) {
    INQUEST_ASSERT(std::ranges::equal(again, bytes));
}

/// A state in which most entries find what they speak of.
ClusterState three_members() {
    ClusterState state{.index = 9, .name = "lab", .generation = 1};
    state.paths = {{.name = "a", .fate = "sw-a", .port = 7740}};
    for (const char* name : {"n1", "n2", "n3"}) {
        AgreedMember member{.id = state.next_id(), .name = name, .votes = Vote::yes};
        member.addresses = {{PathId(0), std::string("192.0.2.") + name[1]}};
        state.newest_id = member.id;
        state.members.push_back(member);
    }
    state.keys = {{.number = KeyNumber(1)}};
    state.armed = Armed::yes;
    state.timing_index = 1;
    state.member(MemberId(2))->incarnation = Incarnation(2);
    state.member(MemberId(2))->boot_tag = 4;
    return state;
}

/// The same once the second has terms, and was condemned.
ClusterState one_condemned() {
    ClusterState state = three_members();
    AgreedMember& second = *state.member(MemberId(2));
    second.terms = Terms{{WatchdogKind::hardware, Trusted::yes, 9s}, state.timing.lease};
    second.condemnation = {
        .index = 8, .incarnation = second.incarnation, .hold = Hold::too_many, .silence = 3s};
    return state;
}

void try_rules(ClusterState state, const ClusterEntry& entry, std::span<const std::byte> bytes) {
    const EntryRefusal expected = check(state, entry);
    INQUEST_ASSERT(apply(state, state.index + 1, entry, bytes) == expected);
    INQUEST_ASSERT(wire::decode_state(wire::encode(state)) == state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const ClusterState cluster = three_members();
    static const ClusterState condemned = one_condemned();
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    if (const auto entry = wire::decode_entry(bytes)) {
        one_form(wire::encode(*entry), bytes);
        try_rules(cluster, *entry, bytes);
        try_rules(condemned, *entry, bytes);
        try_rules({}, *entry, bytes);
    }
    if (const auto state = wire::decode_state(bytes)) {
        one_form(wire::encode(*state), bytes);
        static_cast<void>(configuration(*state));
    }
    if (const auto request = agreement::decode_request(bytes)) one_form(encode(*request), bytes);
    if (const auto answer = agreement::decode_answer(bytes)) one_form(encode(*answer), bytes);
    return 0;
}
