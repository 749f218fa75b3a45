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
/// So long members that have gone are told by beats that somebody is there without them.
constexpr int farewell_intervals = 3;

}  // namespace

Host::Host(Parts parts)
    : papers_(std::move(parts.papers)),
      keys_(parts.keys),
      post_(parts.post),
      bus_(parts.bus),
      onlooker_(parts.onlooker),
      random_(parts.seed),
      scheduler_(~parts.seed),
      guarding_(parts.has_guests),
      scribe_(std::move(parts.ledger), scheduler_.next()),
      links_(parts.paths) {
    take_up_keys();
}

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
    keeper_ = {};
    guarding_.stop();
    power_ = Power::off;
}

void Host::start_daemon(Moment now) {
    end_daemon();
    // Its disk was lost since this boot began: the daemon finds no count, and begins one.
    if (stored_.incarnation == Incarnation{}) stored_.incarnation = Incarnation(1);
    stored_.session = Session(stored_.session.value + 1);
    const std::uint64_t seed = random_.next();
    // A bare machine has no daemon, and that of a removed one only answers people.
    if (papers_.self == nobody || papers_.removed || refuses_to_start()) return;
    const Instant started = clock_.since_boot(now);
    scribe_.start(started, {papers_.self, stored_.incarnation, boot_tag_}, papers_.cluster.timing,
                  *onlooker_);
    const Identity identity{.self = papers_.self,
                            .incarnation = stored_.incarnation,
                            .session = stored_.session,
                            .boot_tag = boot_tag_,
                            .seed = seed};
    node_ = std::make_unique<Node>(papers_.cluster, identity, started);
    keeper_.daemon_speaks(node_->will());
    guarding_.daemon_starts(now);
    life_ = stored_;
    told_ = {};
    audience_ = members();
    company_ = {};
    company_.follow(members(), started);
    farewell_until_ = end_of_time;
    emptied_ = started;
    for (Link& link : links_) link.told_good = link.told_broken = false;
}

/// What its disk had under way ends now or never: nobody will hear of it.
void Host::hang() {
    power_ = Power::hung;
    keeper_ = {};
    scribe_.end(Scribe::Ending::cut, *bus_);
}

void Host::crash(Moment now) {
    end_daemon();
    keeper_.daemon_died(clock_.since_boot(now));
}

/// The daemon sees the line to it close.
void Host::crash_guard(Moment now, Actions& out) {
    guarding_.guard_dies(now);
    if (is_member()) node_->step(clock_.since_boot(now), GuestsTold{Guests::unknown}, out);
}

/// What `inquest init` or `join` wrote is on another disk.
void Host::lose_disk() {
    stored_ = {};
    papers_.invitation.reset();
    scribe_.disk().lose();
}

void Host::reset() {
    end_daemon(Scribe::Ending::in_peace);
    keeper_ = {};
    guarding_.stop();
    stored_ = {.incarnation = Incarnation(power_ == Power::on ? 1 : 0), .session = {}};
    papers_ = {};
    take_up_keys();
    scribe_.disk().format();
}

void Host::enroll(Papers papers) {
    papers_ = std::move(papers);
    take_up_keys();
}

void Host::be_removed() {
    papers_.removed = true;
    guarding_.close_if_idle();
    keeper_.daemon_speaks(std::nullopt);
    empty_sockets();
    ++alarm_;
}

agreement::Oneself Host::oneself() const {
    return {.self = papers_.self,
            .incarnation = stored_.incarnation,
            .boot_tag = boot_tag_,
            .invitation = papers_.invitation,
            .watchdog = guarding_.watchdog(),
            .guests = node_->guests(),
            .durable = scribe_.agreement().is_durable()};
}

// ---- Its cluster --------------------------------------------------------------------------------

/// The files are written whenever they say something else, and the keys in them never go back: a
/// state that begins anew after a restart may be older.
bool Host::follow(Moment now, Actions& out) {
    const ClusterState& state = scribe_.agreement().state();
    const AgreedMember* self = state.founded() ? state.member(papers_.self) : nullptr;
    if (self == nullptr || papers_.removed) return false;
    if (self->standing == AgreedMember::Standing::joined) papers_.invitation.reset();
    if (state.index >= papers_.keys_index) {
        papers_.keys_index = state.index;
        if (papers_.keys != state.keys) {
            papers_.keys = state.keys;
            take_up_keys();
        }
    }
    ClusterConfig agreed = configuration(state);
    if (agreed == papers_.cluster) return false;
    papers_.cluster = std::move(agreed);
    farewell_until_ = now + farewell_intervals * papers_.cluster.timing.beat_interval;
    const Instant local = clock_.since_boot(now);
    company_.follow(members(), local);
    for (const MemberId member : members()) audience_.push_back(member);
    std::sort(audience_.begin(), audience_.end());
    audience_.erase(std::unique(audience_.begin(), audience_.end()), audience_.end());
    node_->step(local, Reconfigured{papers_.cluster}, out);
    keeper_.daemon_speaks(node_->will());
    return true;
}

bool Host::tell_core(Moment now, Actions& out) {
    const LedgerTold told = scribe_.agreement().told();
    if (told == told_) return false;
    told_ = told;
    node_->step(clock_.since_boot(now), told, out);
    return true;
}

std::vector<MemberId> Host::members() const {
    std::vector<MemberId> ids;
    for (const MemberConfig& member : papers_.cluster.members) ids.push_back(member.id);
    return ids;
}

void Host::take_up_keys() {
    keys_of_.clear();
    for (const AgreedKey& key : papers_.keys) keys_of_.push_back(keys_->handle(key));
}

bool Host::understands(KeyHandle key) const {
    return std::find(keys_of_.begin(), keys_of_.end(), key) != keys_of_.end();
}

bool Host::knows(MemberId member) const {
    const auto& members = papers_.cluster.members;
    return std::any_of(members.begin(), members.end(),
                       [&](const MemberConfig& known) { return known.id == member; });
}

const std::vector<MemberId>& Host::audience(Moment now) {
    if (now >= farewell_until_) {
        std::erase_if(audience_, [&](MemberId member) { return !knows(member); });
        farewell_until_ = end_of_time;
    }
    return audience_;
}

void Host::end_daemon(Scribe::Ending ending) {
    if (ending == Scribe::Ending::in_peace) guarding_.close_if_idle();
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
    if (!is_member()) return;
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
    leaves_at_ = std::min(leaves_at_, now + 2 * papers_.cluster.timing.beat_interval);
    node_->step(clock_.since_boot(now), Leave{}, out);
    keeper_.daemon_speaks(node_->will());
}

void Host::keep(Moment now, Actions& out) { keeper_.step(clock_.since_boot(now), out); }

Moment Host::keeper_due(Moment now) {
    if (keeper_.next_deadline() == never) return end_of_time;
    return std::max(scheduled(std::max(clock_.when(keeper_.next_deadline()), now)), paused_until_);
}

void Host::wake(Moment now, const Heard& heard, Actions& out) {
    asked_for_ = node_->next_deadline();
    read_links(now, out);
    drain(now, heard, out);
    guarding_.tend(now, clock_.since_boot(now), scribe_.agreement(), papers_.self,
                   life_.incarnation, *node_, out);
    node_->step(clock_.since_boot(now), Wake{clock_.raw(now)}, out);
}

void Host::drain(Moment now, const Heard& heard, Actions& out) {
    const Clocks clocks{clock_.since_boot(now), clock_.realtime(now)};
    for (std::size_t path = 0; path < links_.size(); ++path) {
        Link& link = links_[path];
        const PathId id(static_cast<std::uint8_t>(path));
        for (const Waiting& waiting : link.socket) {
            const bool has_key = understands(post_->key(waiting.letter));
            if (const Beat* beat = has_key ? post_->read(waiting.letter) : nullptr) {
                const bool retired = post_->key(waiting.letter) != signing();
                const BeatHeard event{*beat, id, arrival(waiting.stamp, clocks, emptied_), retired};
                heard(event, waiting.arrived);
                if (beat->via == nobody && !knows(beat->sender))
                    company_.meet(beat->sender, scribe_.agreement(), clocks.now);
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
    asked_for_ = node_->next_deadline();
    const Moment due = std::max(clock_.when(asked_for_), now);
    Moment fires = due + random_.below(wake_jitter);
    fires += random_.below(lag_);  // A draw a statement: the order within one is the compiler's.
    return std::max(fires, paused_until_);
}

Moment Host::agreement_due(Moment now) const {
    const Moment due = scribe_.has_work() ? now : clock_.when(scribe_.agreement().next_deadline());
    return std::max({due, now, paused_until_});
}

Moment Host::scheduled(Moment due) {
    Moment fires = due + scheduler_.below(wake_jitter);
    fires += scheduler_.below(lag_);
    return fires;
}

}  // namespace inquest::sim
