// The world's one queue: what comes next, and nothing else. Things of one moment come in the order
// in which they were put in, so that a run is the same each time.
#pragma once

#include "tests/sim/world/moment.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace inquest::sim {

struct Due {
    enum class Kind : std::uint8_t {
        event,         ///< the timeline's event number `what`
        arrival,       ///< datagram `what` reaches host `host` on path `path`
        wake,          ///< host `host` wakes, if `what` still is its latest alarm
        links,         ///< host `host` learns what its links do
        keeper,        ///< the keeper of host `host` may speak, if `what` still is the daemon's run
        watchdog,      ///< the watchdog of host `host` may reset it
        boot,          ///< host `host` boots by itself, if `what` still is its run
        restart,       ///< the daemon of host `host` is started again, if `what` still is its run
        parcel,        ///< copy `what` on the bus reaches host `host` on path `path`
        ledger,        ///< the agreement of host `host` wakes, if `what` still is its latest alarm
        written,       ///< the disk of host `host` may be done, if `what` still is its life
        command,       ///< somebody asks for something
        errands,       ///< who waits for an answer looks whether it may still come
        fence,         ///< a fence device does its work `what`
        fence_answer,  ///< host `host` hears what came of work `what`
        farewell,      ///< host `host` is told by another member that entry `what` has removed it
    };

    Moment moment;
    std::uint64_t order = 0;
    std::uint32_t what = 0;
    std::uint8_t host = 0;
    std::uint8_t path = 0;
    Kind kind = Kind::event;
};

class EventQueue {
 public:
    bool empty() const { return heap_.empty(); }
    const Due& next() const { return heap_.front(); }

    void put(Due due) {
        due.order = order_++;
        heap_.push_back(due);
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    Due take() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const Due due = heap_.back();
        heap_.pop_back();
        return due;
    }

 private:
    static bool later(const Due& a, const Due& b) {
        return a.moment != b.moment ? a.moment > b.moment : a.order > b.order;
    }

    std::vector<Due> heap_;
    std::uint64_t order_ = 0;
};

}  // namespace inquest::sim
