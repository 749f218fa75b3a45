#include "tests/sim/world/host.hpp"

#include "heartbeat/core/arrival.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Clock of day when the world begins; any date does.
constexpr Duration realtime_at_dawn = 1'800'000'000s;
/// How long a kernel has run when its daemon starts, at most.
constexpr Duration boot_time_max = 100s;
/// A timer never fires early, and seldom later than this.
constexpr Duration wake_jitter = 150us;
/// Datagrams that a socket holds before the kernel drops what comes (a receive buffer of 1 MiB).
constexpr std::size_t socket_room = 1024;

}  // namespace

Host::Host(const ClusterConfig& cluster, std::size_t place, std::uint64_t seed, Post& post,
           Bus& bus)
    : cluster_(&cluster),
      place_(place),
      post_(&post),
      bus_(&bus),
      random_(seed),
      scheduler_(~seed),
      scribe_(cluster, place, scheduler_.next()),
      links_(cluster.paths.size()) {}

// ---- What happens to it -------------------------------------------------------------------------

void Host::power_on(Moment now) {
    power_off();
    const std::int64_t ppm = clock_.drift();
    const Instant shown = at(1s + random_.below(boot_time_max));
    clock_ = HostClock(now, shown, realtime_at_dawn + now.time_since_epoch() + realtime_error_);
    clock_.drift(now, ppm);
    boot_tag_ = static_cast<std::uint32_t>(random_.next());
    paused_until_ = now;
    power_ = Power::on;
    stored_.incarnation = Incarnation(stored_.incarnation.value + 1);
    stored_.session = Session(0);
    start_daemon(now);
}

void Host::power_off() {
    end_daemon();
    power_ = Power::off;
}

void Host::start_daemon(Moment now) {
    end_daemon();
    stored_.session = Session(stored_.session.value + 1);
    const Identity identity{.self = cluster_->members[place_].id,
                            .incarnation = stored_.incarnation,
                            .session = stored_.session,
                            .boot_tag = boot_tag_,
                            .seed = random_.next()};
    const Instant started = clock_.since_boot(now);
    node_ = std::make_unique<Node>(*cluster_, identity, started);
    scribe_.start(started);
    emptied_ = started;
    for (Link& link : links_) link.told_good = link.told_broken = false;
}

/// What its disk had under way ends now or never: nobody will hear of it.
void Host::hang() {
    power_ = Power::hung;
    scribe_.end(Scribe::Ending::cut, *bus_);
}

void Host::lose_disk() {
    stored_ = {};
    scribe_.disk().lose();
}

void Host::end_daemon(Scribe::Ending ending) {
    node_.reset();
    scribe_.end(ending, *bus_);
    empty_sockets();
    leaves_at_ = end_of_time;
    ++run_;
    ++alarm_;
}

void Host::empty_sockets() {
    for (Link& link : links_) {
        for (const Waiting& waiting : link.socket) post_->done(waiting.letter);
        link.socket.clear();
        link.overran = false;
    }
}

void Host::drift(Moment now, std::int64_t ppm) { clock_.drift(now, ppm); }

void Host::step_clock(Duration by) {
    realtime_error_ += by;
    clock_.step(by);
}

void Host::receive(Moment now, PathId path, Post::Letter letter) {
    Link& link = links_[path.value];
    if (!runs() || !link.carrier || link.socket.size() >= socket_room) {
        link.overran = link.overran || (runs() && link.carrier);
        post_->done(letter);
        return;
    }
    link.socket.push_back({letter, clock_.realtime(now), now});
}

// ---- The daemon at work -------------------------------------------------------------------------

void Host::read_links(Moment now, Actions& out) {
    const Instant local = clock_.since_boot(now);
    for (std::size_t path = 0; path < links_.size(); ++path) {
        Link& link = links_[path];
        const PathId id(static_cast<std::uint8_t>(path));
        if (link.carrier && !link.told_good) {
            node_->step(local, LocalHalfGood{id}, out);
        } else if (!link.carrier && !link.told_broken) {
            const std::string reason = fmt::format("eth{}: no carrier", path);
            node_->step(local, LocalHalfBroken{id, reason}, out);
        }
        link.told_good = link.carrier;
        link.told_broken = !link.carrier;
    }
}

void Host::leave(Moment now, Actions& out) {
    leaves_at_ = std::min(leaves_at_, now + 2 * cluster_->timing.beat_interval);
    node_->step(clock_.since_boot(now), Leave{}, out);
}

void Host::wake(Moment now, const Heard& heard, Actions& out) {
    read_links(now, out);
    drain(now, heard, out);
    node_->step(clock_.since_boot(now), Wake{}, out);
}

void Host::drain(Moment now, const Heard& heard, Actions& out) {
    const Clocks clocks{clock_.since_boot(now), clock_.realtime(now)};
    for (std::size_t path = 0; path < links_.size(); ++path) {
        Link& link = links_[path];
        const PathId id(static_cast<std::uint8_t>(path));
        for (const Waiting& waiting : link.socket) {
            if (const Beat* beat = post_->read(waiting.letter)) {
                const BeatHeard event{*beat, id, arrival(waiting.stamp, clocks, emptied_)};
                heard(event, waiting.arrived);
                node_->step(clocks.now, event, out);
            }
            post_->done(waiting.letter);
        }
        link.socket.clear();
        if (std::exchange(link.overran, false)) node_->step(clocks.now, Overrun{id}, out);
    }
    emptied_ = clocks.now;
}

Moment Host::set_alarm(Moment now) {
    ++alarm_;
    const Moment due = std::max(clock_.when(node_->next_deadline()), now);
    Moment fires = due + random_.below(wake_jitter);
    fires += random_.below(lag_);  // A draw a statement: the order within one is the compiler's.
    return std::max(fires, paused_until_);
}

Moment Host::ledger_due(Moment now) const {
    const Moment due = scribe_.has_work() ? now : clock_.when(scribe_.ledger().next_deadline());
    return std::max({due, now, paused_until_});
}

Moment Host::scheduled(Moment due) {
    Moment fires = due + scheduler_.below(wake_jitter);
    fires += scheduler_.below(lag_);
    return fires;
}

}  // namespace inquest::sim
