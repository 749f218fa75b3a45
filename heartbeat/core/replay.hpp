// Refuses a beat that is not newer than all before it on the same path: duplicated, reordered,
// delayed for ages, or recorded and sent again by somebody else.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/core/beat.hpp"

#include <tuple>

namespace inquest {

class ReplayGuard {
 public:
    /// Takes note of the beat. False where it is no newer than the newest one taken.
    bool take(const Beat& beat) {
        const Place place{beat.incarnation, beat.session, beat.sequence};
        if (taken_ && place <= newest_) return false;
        newest_ = place;
        taken_ = true;
        return true;
    }

 private:
    using Place = std::tuple<Incarnation, Session, Sequence>;
    Place newest_{};
    bool taken_ = false;
};

}  // namespace inquest
