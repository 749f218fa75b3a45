#include "tests/sim/world/scribe.hpp"

#include "heartbeat/base/assert.hpp"

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Messages that wait while the daemon does not come to read them.
constexpr std::size_t inbox_room = 1024;

/// The timings of DESIGN's table. The log is kept short, so that a minute sees snapshots.
agreement::Settings settings_of(const Timing& timing, MemberId self, std::uint64_t seed) {
    agreement::Settings settings;
    settings.ledger = {.self = self,
                       .seed = seed,
                       .log_bytes_max = 256 << 10,
                       .log_bytes_compact = 8 << 10,
                       .kept_entries = 8,
                       .uncommitted_max = 64,
                       .window_entries = 16,
                       .caught_up_entries = 16,
                       .chunk_bytes_max = 1000};
    if (timing.path_limit < 100ms) {
        settings.ledger.append_interval = 50ms;
        settings.ledger.election_min = 150ms;
        settings.ledger.election_max = 300ms;
    }
    return settings;
}

}  // namespace

Scribe::Scribe(ledger::Restored first, std::uint64_t seed)
    : random_(seed), disk_(std::move(first), random_.next()) {}

void Scribe::start(Instant now, const IncarnationBegun& boot, const Timing& timing,
                   agreement::Onlooker& onlooker) {
    const ledger::Restored& kept = disk_.open();
    told_durable_ = 0;
    introducing.reset();
    telling_fence.reset();
    agreement::Settings settings = settings_of(timing, boot.member, random_.next());
    settings.boot = boot;
    settings.onlooker = &onlooker;
    auto opened = agreement::Agreement::open(settings, kept, now);
    INQUEST_ASSERT(opened.has_value());  // this very program wrote it
    agreement_ = std::make_unique<agreement::Agreement>(std::move(*opened));
}

void Scribe::end(Ending ending, Bus& bus) {
    for (const Bus::Parcel parcel : take_out()) bus.done(parcel);
    if (ending == Ending::cut) {
        disk_.cut();
    } else {
        disk_.finish();
    }
    agreement_.reset();
    armed_for = end_of_time;
    ++alarm;
}

bool Scribe::take(Bus::Parcel parcel) {
    if (inbox_.size() >= inbox_room) return false;
    inbox_.push_back(parcel);
    return true;
}

std::optional<ledger::Persisted> Scribe::persisted() {
    if (told_durable_ >= disk_.durable()) return std::nullopt;
    told_durable_ = disk_.durable();
    return ledger::Persisted{told_durable_};
}

}  // namespace inquest::sim
