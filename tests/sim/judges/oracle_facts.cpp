#include "tests/sim/judges/oracle_facts.hpp"

#include "heartbeat/core/quorum.hpp"
#include "tests/sim/judges/membership.hpp"
#include "tests/sim/world/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// What it needs to start a daemon anew after a crash.
constexpr Duration restart_delay = 1s;

}  // namespace

Facts::Facts(const ClusterConfig& cluster)
    : cluster_(cluster), hosts_(cluster.members.size()), on_(cluster.members.size()) {
    for (std::size_t place = 0; place < hosts_.size(); ++place) {
        on_[place].assign(cluster.paths.size(), false);
        for (const PathId path : cluster.members[place].paths) on_[place][path.value] = true;
        hosts_[place].links.resize(cluster.paths.size());
        hosts_[place].ears.resize(hosts_.size());
    }
}

bool Facts::connects(std::size_t path, std::size_t a, std::size_t b) const {
    return on_[a][path] && on_[b][path] && cluster_.paths[path].admin == Switched::on;
}

std::optional<std::size_t> Facts::place(const std::string& name) const {
    for (std::size_t i = 0; i < cluster_.members.size(); ++i) {
        if (cluster_.members[i].name == name) return i;
    }
    return std::nullopt;
}

std::optional<std::size_t> Facts::path(const std::string& name) const {
    for (std::size_t i = 0; i < cluster_.paths.size(); ++i) {
        if (cluster_.paths[i].name == name) return i;
    }
    return std::nullopt;
}

// ---- The timeline -------------------------------------------------------------------------------

void Facts::happened(const World& world, const Event& event) {
    if (!is_fault(event.verb)) return;
    const Moment now = world.now();
    disturbed_ = std::max(disturbed_, now + (event.verb == Verb::crash ? restart_delay : 0s));
    for (const std::size_t place : event.nodes) {
        HostFacts& host = hosts_[place];
        if (event.verb == Verb::lag) host.lag = event.length;
        if (event.verb == Verb::lose_disk) host.disk_lost = true;
        if (event.verb == Verb::drift) drift_ = std::max(drift_, std::abs(event.millionths));
        if (event.verb == Verb::drift || event.verb == Verb::clock_step) host.clock_changed = now;
    }
    note_runs(world, event);
    note_delay(world);
    note_links(world);
}

/// A daemon that is to come again after a crash does so by itself, whenever it is told to start.
void Facts::note_runs(const World& world, const Event& event) {
    for (const std::size_t place : event.nodes) {
        HostFacts& host = hosts_[place];
        const std::uint32_t run = world.host(place).run();
        const bool new_run = std::exchange(host.run_seen, run) != run;
        if (event.verb == Verb::crash) host.crashed = true;
        if (event.verb == Verb::crash || (event.verb == Verb::start && new_run && !host.crashed))
            host.started_after = world.now();
    }
}

void Facts::note_delay(const World& world) {
    const Duration longest = world.network().delay_max();
    if (longest == delay_) return;
    // What was slow may still be under way.
    const Duration before = delay(world.now());
    delay_before_ = std::max(before, delay_);
    delay_until_ = world.now() + delay_before_;
    delay_ = longest;
    delay_before_ = std::max(delay_before_, longest);
}

void Facts::note_links(const World& world) {
    for (std::size_t place = 0; place < hosts_.size(); ++place) {
        HostFacts& host = hosts_[place];
        for (std::size_t path = 0; path < host.links.size(); ++path) {
            const bool carrier =
                world.network().carrier(place, PathId(static_cast<std::uint8_t>(path)));
            if (carrier == host.links[path].carrier) continue;
            host.links[path] = {carrier, world.now()};
        }
    }
}

// ---- Daemons at work ----------------------------------------------------------------------------

void Facts::begin_run(const World& world, std::size_t place) {
    HostFacts& host = hosts_[place];
    host.run = world.host(place).run();
    host.run_seen = host.run;
    host.crashed = false;
    host.begun = true;
    host.promised.reset();
    host.surely_mute_until.reset();
    // How late its first wake is cannot be seen from here.
    host.may_have_slept = world.now();
    host.slept = {};
    host.told = {};
    host.busy = 0;
    host.woken = world.now();
    host.woken_local = world.host(place).clock().since_boot(world.now());
    // When its sockets were opened cannot be seen either.
    host.woken_before = {};
    host.moment_before = dawn;
    for (Ear& ear : host.ears) {
        ear = {};
        ear.paths.resize(cluster_.paths.size());
    }
    meet_members(world, place);
}

/// Of one that has come back as another member nothing has been heard yet.
void Facts::meet_members(const World& world, std::size_t place) {
    const Roster& roster = world.host(place).node().roster();
    for (std::size_t peer = 0; peer < hosts_.size(); ++peer) {
        const auto known = roster.place(std::string_view(cluster_.members[peer].name));
        const MemberId id = known ? roster.id(*known) : nobody;
        Ear& ear = hosts_[place].ears[peer];
        if (ear.of == id) continue;
        ear = {};
        ear.of = id;
        ear.paths.resize(cluster_.paths.size());
    }
}

void Facts::followed(const World& world, std::size_t place) {
    waking(world, place);
    meet_members(world, place);
    disturbed_ = std::max(disturbed_, world.now());
}

void Facts::waking(const World& world, std::size_t place) {
    HostFacts& host = hosts_[place];
    const Moment now = world.now();
    if (!host.begun || host.run != world.host(place).run()) return begin_run(world, place);
    if (host.woken == now) return;
    const Instant local = world.host(place).clock().since_boot(now);
    const Duration limit = cluster_.timing.stall_limit();
    // What it was told since it woke last may have made it ask for an earlier wake.
    const bool overslept = local - world.host(place).asked_for() > limit;
    if (host.promised && overslept) host.surely_mute_until = local + cluster_.timing.beat_interval;
    if (!host.promised || overslept) {
        host.may_have_slept = now;
        host.slept += local - host.woken_local;
    }
    host.moment_before = host.woken;
    host.woken_before = host.woken_local;
    host.woken = now;
    host.woken_local = local;
}

void Facts::woke(const World& world, std::size_t place) {
    HostFacts& host = hosts_[place];
    host.promised = world.host(place).node().next_deadline();
    host.busy = *host.promised <= host.woken_local ? host.busy + 1 : 0;
}

bool Facts::hears_majority(const World& world, std::size_t host, std::size_t without) const {
    if (!world.host(host).runs()) return false;
    int together = 0;
    for (std::size_t member = 0; member < hosts_.size(); ++member) {
        if (member == without || !votes(world, host, world.host(member).self())) continue;
        const News* news = hosts_[host].begun ? hosts_[host].ears[member].latest() : nullptr;
        const bool heard =
            news != nullptr && world.now() - news->handed < 2 * cluster_.timing.path_limit;
        together += heard || member == host ? 1 : 0;
    }
    return has_quorum(together, world.host(host).node().roster().voters());
}

void Facts::note_last_word(const World& world, std::size_t place, const Beat& beat) {
    HostFacts& speaker = hosts_[place];
    const auto number = std::tie(beat.sender, beat.incarnation, beat.session, beat.sequence);
    if (number < std::tie(speaker.spoke_by, speaker.spoke_as, speaker.spoke_in, speaker.spoke_last))
        return;
    if (beat.sender != speaker.spoke_by) speaker.said_goodbye = false;
    const bool leaves_now = beat.goodbye && !speaker.said_goodbye;
    speaker.spoke_by = beat.sender;
    speaker.spoke_as = beat.incarnation;
    speaker.spoke_in = beat.session;
    speaker.spoke_last = beat.sequence;
    speaker.said_goodbye = beat.goodbye;
    if (!leaves_now) return;
    speaker.majority_then.clear();
    for (std::size_t host = 0; host < hosts_.size(); ++host) {
        if (host != place && hears_majority(world, host, place))
            speaker.majority_then.push_back(host);
    }
}

void Facts::heard(const World& world, std::size_t place, const BeatHeard& event, Moment arrived) {
    const auto peer = world.place(event.beat.sender);
    if (!peer || *peer == place || hosts_[place].ears[*peer].of != event.beat.sender) return;
    const Beat& beat = event.beat;
    const bool straight = beat.via == nobody;
    if (straight && (beat.path != event.path || !connects(event.path.value, place, *peer))) return;
    HostFacts& host = hosts_[place];
    Ear& ear = host.ears[*peer];
    PathEar& path = ear.paths[event.path.value];
    const Handed handed{host.woken_local, host.slept};
    if (straight) path.any = handed;

    const bool same_boot =
        !ear.ever || beat.incarnation > ear.incarnation || beat.boot_tag == ear.boot_tag;
    if (!same_boot || beat.incarnation < ear.incarnation) return;
    if (straight) path.newest = handed;
    const auto number = std::tie(beat.incarnation, beat.session, beat.sequence);
    const auto newest = std::tie(ear.incarnation, ear.session, ear.sequence);
    // The same beat by another way says once more what its sender sees.
    if (!ear.ever || number >= newest) ear.newest = handed;
    if (ear.ever && number <= newest) return;
    if (beat.incarnation > ear.incarnation) {
        for (PathEar& other : ear.paths) {
            other.newest.reset();
            other.news.reset();
        }
        if (straight) path.newest = handed;
    }
    ear.ever = true;
    ear.incarnation = beat.incarnation;
    ear.session = beat.session;
    ear.sequence = beat.sequence;
    ear.boot_tag = beat.boot_tag;
    ear.goodbye = beat.goodbye;
    note_last_word(world, *peer, beat);

    // A datagram's stamp is of the clock of day: once that is set, only its bounds are sure.
    const Instant local = world.host(place).clock().since_boot(arrived);
    const bool doubtful = host.clock_changed >= arrived;
    const News news{.handed = world.now(),
                    .arrived = doubtful ? std::min(arrived, host.moment_before) : arrived,
                    .local = doubtful ? std::min({local, event.arrived, host.woken_before}) : local,
                    .path = event.path,
                    .straight = straight,
                    .incarnation = beat.incarnation};
    ear.keep(news);
    if (straight)
        path.news = news;
    else
        ear.passed_on = news;
}

}  // namespace inquest::sim
