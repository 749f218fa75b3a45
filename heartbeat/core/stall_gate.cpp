#include "heartbeat/core/stall_gate.hpp"

namespace inquest {

Duration StallGate::woke(Instant now, Instant promised) {
    const Duration late = now - promised;
    if (late <= limits_.stall) {
        if (in_a_row_ > 0 && now >= row_ends()) in_a_row_ = 0;
        return Duration::zero();
    }
    in_a_row_ = now - late < row_ends() && in_a_row_ > 0 ? in_a_row_ + 1 : 1;
    last_stall_ = late;
    opens_at_ = now + limits_.clean;
    return late;
}

}  // namespace inquest
