#include "heartbeat/core/stopwatches.hpp"

#include <algorithm>

namespace inquest {

void Stopwatches::follow(const LedgerTold& told) {
    FixedVector<Stopwatch, members_max> wanted;
    for (const KnownCondemnation& known : told.condemned) {
        if (!waits_for_proof(known.stage)) continue;
        const Stopwatch* running = find(known.index);
        wanted.push_back(running != nullptr ? *running : Stopwatch{known.index, std::nullopt});
    }
    running_ = wanted;
}

void Stopwatches::read(const Reading& now) {
    for (Stopwatch& stopwatch : running_) {
        if (!stopwatch.from) stopwatch.from = now;
    }
}

std::optional<Duration> Stopwatches::elapsed(std::uint64_t condemnation, const Reading& now) const {
    const Stopwatch* running = find(condemnation);
    if (running == nullptr || !running->from) return std::nullopt;
    return at_least_between(*running->from, now);
}

const Stopwatches::Stopwatch* Stopwatches::find(std::uint64_t condemnation) const {
    const auto* const found =
        std::find_if(running_.begin(), running_.end(),
                     [&](const Stopwatch& each) { return each.condemnation == condemnation; });
    return found == running_.end() ? nullptr : found;
}

}  // namespace inquest
