// The last transitions of this run, bounded, for `inquest events`.
#pragma once

#include "heartbeat/core/transition.hpp"
#include "heartbeat/daemon/clocks.hpp"

#include <cstddef>
#include <deque>
#include <string>

namespace inquest::daemon {

struct Happening {
    Transition transition;
    std::string time;  ///< by the clock on the wall, as it stood then
};

class Happenings {
 public:
    static constexpr std::size_t kept = 8192;

    const Happening& add(const Transition& transition, const Clocks& clocks) {
        if (all_.size() == kept) all_.pop_front();
        return all_.emplace_back(Happening{transition, wall_time(transition.when, clocks)});
    }
    const std::deque<Happening>& all() const { return all_; }

 private:
    std::deque<Happening> all_;
};

}  // namespace inquest::daemon
