#include "tests/sim/judges/lease_oracle.hpp"

#include "heartbeat/core/lease.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

/// A lease counts by the faster of two clocks, the slower of which an oscillator's error and no
/// more slows down.
Duration longest(Duration lease) {
    return lease + lease / (1'000'000 / (2 * HostClock::oscillator_drift_max));
}

}  // namespace

const LeaseOracle::Receipt* LeaseOracle::receipt(std::size_t host, MemberId speaker) const {
    const auto& receipts = hosts_[host].receipts;
    const auto found = std::find_if(receipts.begin(), receipts.end(), [&](const Receipt& receipt) {
        return receipt.speaker == speaker;
    });
    return found == receipts.end() ? nullptr : &*found;
}

void LeaseOracle::heard(const World& world, std::size_t host, const BeatHeard& heard,
                        Moment arrived) {
    const Beat& beat = heard.beat;
    const Receipt fresh{world.host(host).self(), beat.sender, beat.incarnation, beat.session,
                        arrived};
    auto& receipts = hosts_[host].receipts;
    const auto known = std::find_if(receipts.begin(), receipts.end(), [&](const Receipt& receipt) {
        return receipt.speaker == beat.sender;
    });
    if (known == receipts.end()) {
        receipts.push_back(fresh);
        return;
    }
    const auto life = [](const Receipt& receipt) {
        return std::pair(receipt.incarnation, receipt.session);
    };
    if (life(fresh) < life(*known)) return;
    const bool same = life(fresh) == life(*known);
    const Moment newest = same ? std::max(known->arrived, arrived) : arrived;
    *known = fresh;
    known->arrived = newest;
}

bool LeaseOracle::has_grounds(const World& world, std::size_t host, const Electorate& voters,
                              Moment since) const {
    if (voters.empty()) return false;
    const Host& machine = world.host(host);
    std::size_t granting = 0;
    for (const MemberId voter : voters) {
        if (voter == machine.self()) {
            ++granting;
            continue;
        }
        bool granted = false;
        for (std::size_t other = 0; other < hosts_.size(); ++other) {
            const Receipt* told = receipt(other, machine.self());
            granted =
                granted || (told != nullptr && told->host == voter &&
                            told->incarnation == machine.stored().incarnation &&
                            told->session == machine.stored().session && told->arrived >= since);
        }
        granting += granted ? 1 : 0;
    }
    return granting >= blocking(voters.size());
}

void LeaseOracle::woke(const World& world, std::size_t host) {
    const Host& machine = world.host(host);
    Known& known = hosts_[host];
    if (known.run != machine.run()) known.among.clear();
    known.run = machine.run();
    const Electorate voters = machine.scribe().agreement().grants().voters;
    if (known.among.empty() || known.among.back().voters != voters) {
        if (!known.among.empty()) known.among.back().until = world.now();
        known.among.push_back({voters, end_of_time});
    }
    const Moment since = std::max(dawn, world.now() - longest(machine.node().lease().length()));
    std::erase_if(known.among, [&](const Among& among) { return among.until < since; });
    if (machine.lease_remaining(world.now()) == Duration::zero() || !violations_.empty()) return;
    const bool granted = std::any_of(
        known.among.begin(), known.among.end(),
        [&](const Among& among) { return has_grounds(world, host, among.voters, since); });
    if (granted) return;
    violations_.push_back({world.now(), "lease-is-granted",
                           fmt::format("{} holds a lease, and too few voters have heard it lately",
                                       world.cluster().members[host].name)});
}

}  // namespace inquest::sim
