#include "heartbeat/cli/why_rebooted.hpp"

#include "heartbeat/cli/last_events.hpp"
#include "heartbeat/cli/why_rebooted_text.hpp"

#include <algorithm>
#include <optional>
#include <time.h>
#include <utility>

namespace inquest::cli {
namespace {

/// When this machine booted, by its clocks.
Wall booted(Wall now) {
    timespec up{};
    ::clock_gettime(CLOCK_BOOTTIME, &up);
    return now - std::chrono::seconds(up.tv_sec) - std::chrono::nanoseconds(up.tv_nsec);
}

/// The ended run wrote its last sign of life at most this long before its end, or a little more
/// where the disk was slow; the next run began after it.
std::optional<Wall> end_at_most(const endings::Facts& facts) {
    const endings::RunRecord* ended = endings::ended_run(facts);
    if (ended == nullptr) return std::nullopt;
    const Wall latest = ended->alive + std::chrono::seconds(15);
    return facts.run ? std::min(latest, facts.run->started) : latest;
}

}  // namespace

Json why_rebooted(const endings::Places& places, const std::filesystem::path& run, Wall now) {
    endings::Facts facts = endings::gather(places, booted(now));
    // Only a running daemon tells events, and then the run that ended is the one before its own.
    facts.daemon = endings::Daemon::runs;
    LastEvents events = last_events(run, end_at_most(facts).value_or(now), now);
    facts.daemon = events.daemon;
    facts.last_events = std::move(events.lines);
    if (!events.trouble.empty()) {
        facts.unreadable.push_back("the last events could not all be read (" + events.trouble +
                                   ")");
    }
    return why_rebooted_json(endings::why_boot_ended(facts), endings::why_run_ended(facts));
}

}  // namespace inquest::cli
