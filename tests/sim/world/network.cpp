#include "tests/sim/world/network.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t million = 1'000'000;
/// A wire's own delay, and up to so much more at random.
constexpr Duration wire_delay = 60us;
constexpr Duration wire_jitter = 120us;
/// IP and UDP, version 4, in front of a datagram.
constexpr std::size_t packet_header_bytes = 28;

bool happens(std::int64_t millionths, Random& random) {
    return millionths > 0 && random.next() % million < static_cast<std::uint64_t>(millionths);
}

}  // namespace

Network::Network(const ClusterConfig& cluster, std::uint64_t seed)
    : hosts_(cluster.members.size()), interval_(cluster.timing.beat_interval), random_(seed) {
    for (const PathConfig& path : cluster.paths) {
        const auto known = std::find(fates_.begin(), fates_.end(), path.fate);
        switch_of_.push_back(static_cast<std::size_t>(known - fates_.begin()));
        if (known == fates_.end()) fates_.push_back(path.fate);
    }
    switches_.assign(fates_.size(), Switch::works);
    links_.resize(hosts_ * hosts_ * switch_of_.size());
    unplugged_.assign(hosts_ * switch_of_.size(), false);
}

bool Network::carrier(std::size_t host, PathId path) const {
    return switches_[switch_of_[path.value]] != Switch::off &&
           !unplugged_[host * switch_of_.size() + path.value];
}

bool Network::passes(std::size_t from, std::size_t to, PathId path) const {
    return switches_[switch_of_[path.value]] == Switch::works && carrier(from, path) &&
           carrier(to, path) && !links_[link(from, to, path)].cut;
}

bool Network::is_well(std::size_t from, std::size_t to, PathId path) const {
    return passes(from, to, path) && links_[link(from, to, path)] == Conditions{};
}

std::optional<std::size_t> Network::most_bytes(std::size_t from, std::size_t to,
                                               PathId path) const {
    const std::size_t mtu = links_[link(from, to, path)].mtu;
    if (mtu == 0) return std::nullopt;
    return mtu - std::min(mtu, packet_header_bytes);
}

Duration Network::delay_max() const {
    Duration longest{};
    for (const Conditions& conditions : links_) {
        longest =
            std::max(longest, conditions.delay + (conditions.reorder > 0 ? 3 * interval_ : 0ns));
    }
    return longest + wire_delay + wire_jitter;
}

Duration Network::delay_of(const Conditions& conditions, Random& random) const {
    Duration delay = wire_delay + random.below(wire_jitter) + conditions.delay;
    if (happens(conditions.reorder, random)) delay += interval_ + random.below(2 * interval_);
    return delay;
}

Network::Passages Network::carry(std::size_t from, std::size_t to, PathId path,
                                 Random& random) const {
    Passages passages;
    if (!passes(from, to, path)) return passages;
    const Conditions& conditions = links_[link(from, to, path)];
    const int copies = happens(conditions.duplicate, random) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
        if (happens(conditions.loss, random)) continue;
        const auto bytes =
            happens(conditions.corrupt, random) ? Passage::Bytes::damaged : Passage::Bytes::sound;
        passages.push_back({delay_of(conditions, random), bytes});
    }
    return passages;
}

void Network::set_switch(const std::string& fate, Switch state) {
    const auto known = std::find(fates_.begin(), fates_.end(), fate);
    if (known != fates_.end()) switches_[static_cast<std::size_t>(known - fates_.begin())] = state;
}

template <typename Change>
void Network::change(const Event& event, Change&& change) {
    const auto wanted = [&](std::size_t path) {
        return event.paths.empty() ||
               std::any_of(event.paths.begin(), event.paths.end(),
                           [&](PathId named) { return named.value == path; });
    };
    for (std::size_t path = 0; path < switch_of_.size(); ++path) {
        if (!wanted(path)) continue;
        const PathId id(static_cast<std::uint8_t>(path));
        for (const std::size_t from : event.nodes) {
            for (const std::size_t to : event.to) {
                if (from == to) continue;
                change(links_[link(from, to, id)]);
                if (event.ways == Ways::both) change(links_[link(to, from, id)]);
            }
            if (event.verb == Verb::plug || event.verb == Verb::unplug)
                unplugged_[from * switch_of_.size() + path] = event.verb == Verb::unplug;
        }
    }
}

void Network::set(const Event& event, Conditions& conditions) const {
    if (event.verb == Verb::cut) conditions.cut = true;
    if (event.verb == Verb::heal) conditions = {};
    if (event.verb == Verb::loss) conditions.loss = event.millionths;
    if (event.verb == Verb::duplicate) conditions.duplicate = event.millionths;
    if (event.verb == Verb::reorder) conditions.reorder = event.millionths;
    if (event.verb == Verb::corrupt) conditions.corrupt = event.millionths;
    if (event.verb == Verb::delay) conditions.delay = event.length;
    if (event.verb == Verb::mtu) conditions.mtu = event.bytes;
}

void Network::apply(const Event& event) {
    if (event.verb == Verb::switch_off) return set_switch(event.fate, Switch::off);
    if (event.verb == Verb::switch_hang) return set_switch(event.fate, Switch::hangs);
    if (event.verb == Verb::switch_on) return set_switch(event.fate, Switch::works);
    if (event.verb == Verb::heal && event.nodes.empty()) {
        // `heal all`: every wire and every switch and plug.
        links_.assign(links_.size(), {});
        switches_.assign(switches_.size(), Switch::works);
        unplugged_.assign(unplugged_.size(), false);
        return;
    }
    change(event, [&](Conditions& conditions) { set(event, conditions); });
}

}  // namespace inquest::sim
