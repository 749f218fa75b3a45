// States of a cluster to test its rules with, and entries to change them.
#pragma once

#include "heartbeat/core/cluster_rules.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inquest::test {

inline MemberId id(int number) { return MemberId(static_cast<std::uint16_t>(number)); }
inline PathId path_id(int number) { return PathId(static_cast<std::uint8_t>(number)); }

/// A digest that nobody else has: of the invitation with this number.
inline SecretDigest secret_of(int number) {
    SecretDigest digest{};
    digest.fill(static_cast<std::byte>(number));
    return digest;
}

inline ClusterEntry entry(ClusterEntry::Body body, std::uint64_t request = 0) {
    ClusterEntry result{.request = RequestId(request), .asked_by = id(1), .wall_seconds = 1000};
    result.body = std::move(body);
    return result;
}

inline AgreedPath path(std::string name, std::string fate) {
    return {.name = std::move(name), .fate = std::move(fate), .port = 7740};
}

/// Member `number`, as it is invited: n<number>, on both paths.
inline AgreedMember newcomer(int number) {
    AgreedMember member{.id = id(number), .name = "n" + std::to_string(number)};
    member.invitation = secret_of(number);
    member.addresses = {{path_id(0), "192.0.2." + std::to_string(number)},
                        {path_id(1), "198.51.100." + std::to_string(number)}};
    return member;
}

/// The same member, invited once more on these terms.
inline InvitedAnew anew(const AgreedMember& member) {
    return {.member = member.id,
            .role = member.role,
            .may_vote = member.may_vote,
            .invitation = member.invitation,
            .addresses = member.addresses};
}

/// Member 1, as it founds its cluster.
inline AgreedMember founder() {
    AgreedMember member = newcomer(1);
    member.votes = Vote::yes;
    member.standing = AgreedMember::Standing::joined;
    return member;
}

inline AgreedKey key(int number) {
    AgreedKey result{.number = KeyNumber(static_cast<std::uint8_t>(number))};
    result.key.fill(static_cast<std::byte>(number));
    return result;
}

/// The entries that `inquest init` prepares.
inline std::vector<ClusterEntry> founding() {
    return {entry(Founded{"lab", {std::byte{7}}, {}}),
            entry(PathSet{path_id(0), path("a", "sw-a")}),
            entry(PathSet{path_id(1), path("b", "sw-b")}), entry(Invited{founder()}),
            entry(KeyAdded{key(1)})};
}

/// What only a member itself can know is asked by that member.
inline ClusterEntry asked(ClusterEntry::Body body) {
    ClusterEntry said = entry(std::move(body));
    if (const auto* set = std::get_if<TermsSet>(&said.body)) said.asked_by = set->member;
    if (const auto* own = std::get_if<Released>(&said.body)) said.asked_by = own->member;
    if (const auto* heard = std::get_if<FenceAnswered>(&said.body)) said.asked_by = heard->by;
    return said;
}

/// A state and the place of its next entry.
struct Told {
    ClusterState state;

    EntryRefusal tell(const ClusterEntry& said) {
        const EntryRefusal expected = check(state, said);
        const EntryRefusal outcome = apply(state, state.index + 1, said, {});
        CHECK(word(outcome) == word(expected));
        return outcome;
    }
    EntryRefusal tell(ClusterEntry::Body body) { return tell(asked(std::move(body))); }
    void accept(ClusterEntry::Body body) { REQUIRE(word(tell(std::move(body))) == "accepted"); }
};

/// Members 1..count have joined and vote, as far as five do.
inline Told cluster_of(int count) {
    Told told;
    for (const ClusterEntry& said : founding()) REQUIRE(told.tell(said) == EntryRefusal::none);
    for (int number = 2; number <= count; ++number) {
        told.accept(Invited{newcomer(number)});
        told.accept(Joined{id(number), secret_of(number)});
        if (number <= static_cast<int>(voters_max)) told.accept(VoteSet{id(number), Vote::yes});
    }
    return told;
}

}  // namespace inquest::test
