// What a node would have the quorum decide of its peers, from what it knows at one wake.
//
// Every node says it, and says it again at each wake for as long as it holds; only the
// coordinator's word has consequences. So nothing is lost with a coordinator, and nothing old is
// acted on.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/grant.hpp"

#include <cstddef>
#include <cstdint>

namespace inquest {

/// Lost, for as long as `condemn_after` asks.
struct CondemnMotion {
    MemberId member;
    Duration silence{};    ///< since the last beat that anybody here heard
    Electorate witnesses;  ///< voters that testify to it, ascending

    friend bool operator==(const CondemnMotion&, const CondemnMotion&) = default;
};

/// Somebody here hears the condemned incarnation.
struct AcquitMotion {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index

    friend bool operator==(const AcquitMotion&, const AcquitMotion&) = default;
};

/// By its terms the condemned incarnation has reset itself by now.
struct ElapsedMotion {
    MemberId member;
    std::uint64_t condemnation = 0;  ///< its index
    Duration waited{};               ///< on this node's own stopwatch

    friend bool operator==(const ElapsedMotion&, const ElapsedMotion&) = default;
};

struct Motions {
    FixedVector<CondemnMotion, members_max> condemn;
    FixedVector<AcquitMotion, members_max> acquit;
    FixedVector<ElapsedMotion, members_max> elapsed;
    /// Lost by now, those of `condemn` and others whose time has not come yet, ascending: who
    /// vanishes together may have a common cause.
    FixedVector<MemberId, members_max> lost;
    /// Who could be asked to switch somebody off: this node first, then those that it hears.
    FixedVector<MemberId, members_max> fit;
    /// Somebody is condemned, and nothing has proven yet that they are off.
    bool awaits_proof = false;

    bool empty() const {
        return condemn.empty() && acquit.empty() && elapsed.empty() && !awaits_proof;
    }

    friend bool operator==(const Motions&, const Motions&) = default;
};

}  // namespace inquest
