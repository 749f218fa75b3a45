// What `inquest recover-quorum` asks of `inquestd`, once a person has confirmed it:
//
//   {"cluster":"prod","generation":1,"entry":42,"person":"root"}
//
// It names what the person was shown, so that nothing else is given up than what they saw.
#pragma once

#include <cstdint>
#include <string>

namespace inquest::wire {

struct RecoveryOrder {
    std::string cluster;           ///< as typed
    std::uint32_t generation = 0;  ///< that is given up
    std::uint64_t entry = 0;       ///< the last one of the ledger, as shown
    std::string person;            ///< the system's name for whoever confirms it

    friend bool operator==(const RecoveryOrder&, const RecoveryOrder&) = default;
};

}  // namespace inquest::wire
