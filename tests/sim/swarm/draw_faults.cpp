#include "tests/sim/swarm/draw_faults.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace inquest::sim {
namespace {

constexpr std::int64_t percent = 10'000;  ///< in millionths
/// In so long a calm a majority has certainly elected somebody, and done something.
constexpr Duration election = 13s;
constexpr std::size_t mtu_least = 68;  ///< RFC 791: any link passes it, and hardly a beat fits
constexpr std::size_t ethernet_mtu = 1500;

class FaultDrawer {
 public:
    FaultDrawer(Dice& dice, const ClusterConfig& cluster, Duration length)
        : dice_(dice),
          cluster_(cluster),
          timing_(cluster.timing),
          length_(length),
          off_(cluster.members.size(), false),
          lost_(cluster.members.size(), false) {}

    Events draw();

 private:
    void fault(Duration when);
    void node_fault(Duration when);
    void disk_fault(Duration when, const Nodes& nodes);
    void lose_disks(Duration when, const Nodes& nodes);
    void mark_off(const Nodes& nodes);
    void clock_fault(Duration when);
    void switch_fault(Duration when);
    void link_fault(Duration when);
    void degradation(Duration when);
    void partition(Duration when);
    void mend(Duration when);
    void calm();

    Event& add(Duration when, Verb verb, Nodes nodes = {});
    Event& add_link(Duration when, Verb verb);
    std::size_t node() { return dice_.below(cluster_.members.size()); }
    Nodes some_nodes();
    Nodes those_that_fail();
    Nodes all_nodes() const;
    std::vector<PathId> one_path();
    const std::string& fate() { return cluster_.paths[dice_.below(cluster_.paths.size())].fate; }
    std::int64_t share();

    Dice& dice_;
    const ClusterConfig& cluster_;
    Timing timing_;
    Duration length_;
    std::vector<bool> off_;   ///< as the drawer knows it: needs a start
    std::vector<bool> lost_;  ///< its disk was
    Events events_;
};

Event& FaultDrawer::add(Duration when, Verb verb, Nodes nodes) {
    Event event;
    event.when = std::min(when, length_);
    event.verb = verb;
    event.nodes = std::move(nodes);
    return events_.emplace_back(std::move(event));
}

Nodes FaultDrawer::all_nodes() const {
    Nodes all;
    for (std::size_t place = 0; place < cluster_.members.size(); ++place) all.push_back(place);
    return all;
}

Nodes FaultDrawer::some_nodes() {
    const std::size_t count = dice_.chance(75) ? 1 : 1 + dice_.below(cluster_.members.size() / 2);
    return dice_.places(count, cluster_.members.size());
}

/// Some; whoever leads, which many schemes lean on; seldom all at once.
Nodes FaultDrawer::those_that_fail() {
    const auto kind = dice_.below(100);
    if (kind < 25) return {whoever_leads};
    if (kind < 30) return all_nodes();
    return some_nodes();
}

std::vector<PathId> FaultDrawer::one_path() {
    return {PathId(static_cast<std::uint8_t>(dice_.below(cluster_.paths.size())))};
}

/// Mostly a little, now and then all of it.
std::int64_t FaultDrawer::share() {
    return dice_.chance(10) ? 100 * percent : dice_.between(1, 30) * percent;
}

// ---- One fault ----------------------------------------------------------------------------------

void FaultDrawer::node_fault(Duration when) {
    const Nodes nodes = those_that_fail();
    switch (dice_.below(9)) {
        case 0:
            add(when, Verb::power_off, nodes);
            mark_off(nodes);
            // Lost for good with the machine's disk: seldom, and seen only when it boots.
            if (dice_.chance(8)) lose_disks(when, nodes);
            // It boots at once: what its former life has sent may still be under way.
            if (dice_.chance(40)) add(when + dice_.length(1ms, 5s), Verb::start, nodes);
            break;
        case 1:
            add(when, Verb::hang, nodes);
            mark_off(nodes);
            break;
        case 2:
            add(when, Verb::stop, nodes);
            mark_off(nodes);
            break;
        case 3: add(when, Verb::crash, nodes); break;
        case 4:
            add(when, Verb::lag, nodes).length = dice_.length(1ms, 3 * timing_.beat_interval);
            break;
        case 5:
        case 6: disk_fault(when, nodes); break;
        default: add(when, Verb::pause, nodes).length = dice_.length(10ms, 20s); break;
    }
}

/// A disk that stalls, and often a machine or daemon that dies meanwhile: of what waits for the
/// disk some is there afterwards.
void FaultDrawer::disk_fault(Duration when, const Nodes& nodes) {
    const Duration length = dice_.length(10ms, 10s);
    add(when, Verb::disk_stall, nodes).length = length;
    if (dice_.chance(40)) return;
    const Verb ways[] = {Verb::power_off, Verb::hang, Verb::crash};
    const Verb way = ways[dice_.below(3)];
    const Duration then = when + dice_.between(1, length / 1ms) * 1ms;
    add(then, way, nodes);
    if (way == Verb::crash) return;
    mark_off(nodes);
    if (dice_.chance(60)) add(then + dice_.length(1ms, 5s), Verb::start, nodes);
}

/// A majority of the voters keeps its disks: no ledger survives more.
void FaultDrawer::lose_disks(Duration when, const Nodes& nodes) {
    std::vector<bool> lost = lost_;
    for (const std::size_t place : nodes) {
        if (place == whoever_leads) return;
        lost[place] = cluster_.members[place].votes;
    }
    const auto gone = std::count(lost.begin(), lost.end(), true);
    if (2 * gone >= voters(cluster_)) return;
    lost_ = std::move(lost);
    add(when, Verb::lose_disk, nodes);
}

void FaultDrawer::mark_off(const Nodes& nodes) {
    for (const std::size_t place : nodes) {
        if (place != whoever_leads) off_[place] = true;
    }
}

void FaultDrawer::clock_fault(Duration when) {
    if (dice_.chance(50)) {
        const std::int64_t most = dice_.chance(15) ? 50'000 : 1000;
        const std::int64_t rate = dice_.between(-most, most);
        add(when, Verb::drift, some_nodes()).millionths = rate;
        return;
    }
    const Duration by = dice_.length(1ms, 72h);
    const Duration step = dice_.chance(50) ? by : -by;
    add(when, Verb::clock_step, some_nodes()).length = step;
}

void FaultDrawer::switch_fault(Duration when) {
    if (dice_.chance(40)) {
        // Drawn one by one: the order in which arguments are evaluated is the compiler's choice.
        const Verb verb = dice_.chance(60) ? Verb::unplug : Verb::plug;
        Event& event = add(when, verb, some_nodes());
        event.paths = one_path();
        return;
    }
    const Verb verbs[] = {Verb::switch_off, Verb::switch_hang, Verb::switch_on, Verb::switch_on};
    const std::string& hit = fate();
    add(when, verbs[dice_.below(4)]).fate = hit;
}

Event& FaultDrawer::add_link(Duration when, Verb verb) {
    const std::size_t from = node();
    std::size_t to = dice_.below(cluster_.members.size() - 1);
    if (to >= from) ++to;
    Event& event = add(when, verb, {from});
    event.to = {to};
    event.ways = dice_.chance(50) ? Ways::both : Ways::one;
    return event;
}

void FaultDrawer::link_fault(Duration when) {
    if (dice_.chance(30)) return partition(when);
    Event& event = add_link(when, Verb::cut);
    if (dice_.chance(50)) event.paths = one_path();
}

void FaultDrawer::partition(Duration when) {
    const std::size_t size = cluster_.members.size();
    Nodes side = dice_.places(1 + dice_.below(size - 1), size);
    Nodes other;
    for (const std::size_t place : all_nodes()) {
        if (std::find(side.begin(), side.end(), place) == side.end()) other.push_back(place);
    }
    Event& event = add(when, Verb::cut, std::move(side));
    event.to = std::move(other);
    event.ways = dice_.chance(80) ? Ways::both : Ways::one;
    if (dice_.chance(20)) event.paths = one_path();
}

void FaultDrawer::degradation(Duration when) {
    constexpr std::array verbs = {Verb::loss,    Verb::loss,      Verb::delay, Verb::reorder,
                                  Verb::corrupt, Verb::duplicate, Verb::mtu};
    const Verb verb = verbs[dice_.below(verbs.size())];
    Event& event = add_link(when, verb);
    if (dice_.chance(30)) event.nodes = event.to = all_nodes();
    event.paths = one_path();
    if (verb == Verb::delay)
        event.length = dice_.length(1ms, 5 * timing_.path_limit);
    else if (verb == Verb::mtu)
        event.bytes = mtu_least + dice_.below(ethernet_mtu - mtu_least);
    else
        event.millionths = share();
}

void FaultDrawer::mend(Duration when) {
    if (dice_.chance(40)) {
        const auto off = std::find(off_.begin(), off_.end(), true);
        const auto place =
            off == off_.end() ? node() : static_cast<std::size_t>(off - off_.begin());
        add(when, Verb::start, {place});
        off_[place] = false;
        return;
    }
    if (dice_.chance(40)) {
        add(when, Verb::heal);
        return;
    }
    add(when, Verb::lag, all_nodes());
}

void FaultDrawer::fault(Duration when) {
    const auto kind = dice_.below(100);
    if (kind < 27) return node_fault(when);
    if (kind < 35) return clock_fault(when);
    if (kind < 49) return switch_fault(when);
    if (kind < 66) return link_fault(when);
    if (kind < 80) return degradation(when);
    mend(when);
}

// ---- The whole ----------------------------------------------------------------------------------

/// Faults come alone, and in bursts within 50 ms; between them it may be calm for long.
Events FaultDrawer::draw() {
    std::int64_t left = dice_.between(3, 25);
    while (left > 0) {
        const Duration when = dice_.between(0, length_ / 1ms) * 1ms;
        const std::int64_t burst = dice_.chance(30) ? std::min(left, dice_.between(2, 5)) : 1;
        for (std::int64_t i = 0; i < burst; ++i) fault(when + dice_.between(0, 50) * 1ms * (i > 0));
        left -= burst;
    }
    const auto earlier = [](const Event& a, const Event& b) { return a.when < b.when; };
    std::stable_sort(events_.begin(), events_.end(), earlier);
    calm();
    return std::move(events_);
}

/// All is mended; some that are gone may stay so. A pause that reaches beyond ends by itself.
void FaultDrawer::calm() {
    Duration over = length_;
    for (const Event& event : events_) {
        const bool lasts = event.verb == Verb::pause || event.verb == Verb::disk_stall;
        if (lasts) over = std::max(over, event.when + event.length);
    }
    add(length_, Verb::heal);
    add(length_, Verb::lag, all_nodes());
    add(length_, Verb::drift, all_nodes());
    Nodes started = all_nodes();
    if (dice_.chance(35)) {
        const std::size_t some = 1 + dice_.below(started.size() / 2);
        const Nodes gone = dice_.places(some, started.size());
        const Verb ways[] = {Verb::power_off, Verb::hang, Verb::stop};
        if (dice_.chance(60)) add(length_, ways[dice_.below(3)], gone);
        for (auto place = gone.rbegin(); place != gone.rend(); ++place)
            started.erase(started.begin() + static_cast<std::ptrdiff_t>(*place));
    }
    add(length_, Verb::start, std::move(started));
    const Duration settled = 1s + 20 * timing_.path_limit;
    length_ = over + std::max(settled + timing_.condemn_after + timing_.boot_grace, election);
    add(length_, Verb::end);
}

}  // namespace

Events draw_events(Dice& dice, const ClusterConfig& cluster, Duration length) {
    return FaultDrawer(dice, cluster, length).draw();
}

}  // namespace inquest::sim
