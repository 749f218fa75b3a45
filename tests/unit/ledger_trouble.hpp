// One life of a cluster's ledger under random trouble, judged by its invariants all along and by
// its liveness once the trouble ends. One seed, one life.
#pragma once

#include <cstdint>
#include <string>

namespace inquest::test {

struct LedgerLife {
    std::string fault;  ///< the first thing that went wrong; empty: nothing
    std::uint64_t committed = 0;
    std::uint64_t terms = 0;
    std::uint64_t changes = 0;
    std::uint64_t snapshots = 0;
    std::uint64_t steps = 0;
};

LedgerLife live(std::uint64_t seed);

}  // namespace inquest::test
