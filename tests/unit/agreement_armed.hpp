// A cluster that is armed, for tests of what its members decide of each other.
#pragma once

#include "tests/unit/agreement_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace inquest::test {

/// A cluster of so many, armed, all of whom have told of their boot.
class ArmedWorld : public AgreementWorld {
 public:
    explicit ArmedWorld(int count = 3, std::uint64_t seed = 7) : AgreementWorld(seed) {
        grow_to(count);
        REQUIRE(fate(ask(coordinator(), ArmedSet{Armed::yes})) == "accepted");
        for (int number = 1; number <= count; ++number)
            REQUIRE(fate(ask(coordinator(), IncarnationBegun{id(number), Incarnation(1), 1})) ==
                    "accepted");
        run(4s);
    }

    /// What this member's core is told of another one's condemnation; nothing: none stands.
    std::optional<KnownCondemnation> known(MemberId at, MemberId of) const {
        for (const KnownCondemnation& each : member(at.value).told().condemned) {
            if (each.member == of) return each;
        }
        return std::nullopt;
    }
    std::optional<KnownCondemnation::Stage> told(MemberId at, MemberId of) const {
        const auto found = known(at, of);
        return found ? std::optional(found->stage) : std::nullopt;
    }
    bool all_told(MemberId of, std::optional<KnownCondemnation::Stage> stage) const {
        const std::vector<MemberId> all = running();
        return std::all_of(all.begin(), all.end(),
                           [&](MemberId at) { return told(at, of) == stage; });
    }
    bool soon_told(MemberId of, std::optional<KnownCondemnation::Stage> stage) {
        return run_until(5s, [&] { return all_told(of, stage); });
    }
    /// Entries of condemnation that this member has applied.
    int condemnations(MemberId at) const {
        int count = 0;
        for (const agreement::Applied& applied : heard(at.value).applied)
            count += std::holds_alternative<Condemned>(applied.entry.body) ? 1 : 0;
        return count;
    }
    const Condemnation& condemnation(MemberId of) const {
        return *state(coordinator().value).member(of)->condemnation;
    }
    Motions heard_again(MemberId of) const {
        Motions motions;
        motions.acquit.push_back({of, condemnation(of).index});
        return motions;
    }
    std::vector<MemberId> followers() const {
        std::vector<MemberId> found = running();
        std::erase(found, coordinator());
        return found;
    }
};

}  // namespace inquest::test
