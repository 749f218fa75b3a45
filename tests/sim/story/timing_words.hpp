// The keys of a cluster's timings, as configuration files spell them.
#pragma once

#include "heartbeat/core/config.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace inquest::sim {

struct TimingWord {
    std::string_view word;
    Duration Timing::*value;
};

inline constexpr std::array all_timings{
    TimingWord{"beat_interval", &Timing::beat_interval},
    TimingWord{"path_limit", &Timing::path_limit},
    TimingWord{"condemn_after", &Timing::condemn_after},
    TimingWord{"boot_grace", &Timing::boot_grace},
    TimingWord{"lease", &Timing::lease},
    TimingWord{"restart_grace", &Timing::restart_grace},
    TimingWord{"watchdog", &Timing::watchdog},
    TimingWord{"margin", &Timing::margin},
};

inline std::vector<std::string_view> timing_words() {
    std::vector<std::string_view> words;
    for (const TimingWord& timing : all_timings) words.push_back(timing.word);
    return words;
}

/// nullptr where there is no such timing.
inline Duration* timing_of(Timing& timing, std::string_view word) {
    for (const TimingWord& each : all_timings) {
        if (each.word == word) return &(timing.*each.value);
    }
    return nullptr;
}

}  // namespace inquest::sim
