// Many lives of the ledger under random trouble: safety after every step, liveness at the end.
#include "tests/unit/ledger_trouble.hpp"
#include "tests/unit/lives.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

TEST_CASE("ledger: whatever happens, it stays safe, and afterwards it goes on") {
    LedgerLife all;
    const Lives wanted = lives(300);
    for (std::uint64_t seed = wanted.first; seed <= wanted.last; ++seed) {
        CAPTURE(seed);
        const LedgerLife life = live(seed);
        CHECK(life.fault == "");
        all.committed += life.committed;
        all.terms += life.terms;
        all.changes += life.changes;
        all.snapshots += life.snapshots;
    }
    if (wanted.one()) return;
    // These lives have met what they are to show.
    CHECK(all.committed > 100'000);
    CHECK(all.terms > 1'000);
    CHECK(all.changes > 1'000);
    CHECK(all.snapshots > 1'000);
}

TEST_CASE("ledger: one seed, one life") {
    const LedgerLife once = live(42);
    const LedgerLife again = live(42);
    CHECK(once.steps == again.steps);
    CHECK(once.committed == again.committed);
}

}  // namespace inquest::test
