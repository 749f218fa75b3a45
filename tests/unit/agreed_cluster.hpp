// A cluster as its members have agreed on it, for tests of what is made of that.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

namespace inquest {

/// n1 and n2 have joined, n3 is an invited witness; two paths; one key.
inline ClusterState agreed_cluster() {
    ClusterState state;
    state.name = "lab";
    state.uuid.fill(std::byte{0xc5});
    state.generation = 1;
    state.index = 17;
    state.hash = 0x1234567890abcdef;
    state.paths = {{.name = "lan-a", .kind = PathKind::udp, .fate = "sw-a", .port = 7740},
                   {.name = "lan-b", .kind = PathKind::udp, .fate = "sw-b", .port = 7750}};
    const auto member = [](std::uint16_t id, const char* name, const char* a, const char* b) {
        AgreedMember made{.id = MemberId(id), .name = name, .votes = Vote::yes};
        made.standing = AgreedMember::Standing::joined;
        made.addresses = {{PathId(0), a}, {PathId(1), b}};
        return made;
    };
    state.members = {member(1, "n1", "192.0.2.1", "2001:db8::1"),
                     member(2, "n2", "192.0.2.2", "2001:db8::2"),
                     member(4, "n3", "192.0.2.3", "2001:db8::3")};
    state.members[2].role = Role::witness;
    state.members[2].votes = Vote::no;
    state.members[2].standing = AgreedMember::Standing::invited;
    state.tombstones = {{MemberId(3), "n3", 12}};
    state.newest_id = MemberId(4);
    AgreedKey key{.number = KeyNumber(1)};
    key.key.fill(std::byte{0x5a});
    state.keys = {key};
    return state;
}

}  // namespace inquest
