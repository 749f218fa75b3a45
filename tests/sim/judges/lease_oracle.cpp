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
    if (beat.restarting) return;  // a keeper's beat is granted nothing
    const Receipt fresh{.host = world.host(host).self(),
                        .speaker = beat.sender,
                        .incarnation = beat.incarnation,
                        .session = beat.session,
                        .boot_tag = beat.boot_tag,
                        .arrived = arrived,
                        .run = world.host(host).run()};
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
    // A daemon that has started anew has forgotten who was there.
    if (life(fresh) < life(*known) && fresh.run == known->run) return;
    // Another boot under a number that is known is refused.
    const bool same_number = fresh.incarnation == known->incarnation && fresh.run == known->run;
    if (same_number && fresh.boot_tag != known->boot_tag) return;
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
            granted = granted || (told != nullptr && told->host == voter &&
                                  told->incarnation == machine.life().incarnation &&
                                  told->session == machine.life().session &&
                                  told->boot_tag == machine.boot_tag() && told->arrived >= since);
        }
        granting += granted ? 1 : 0;
    }
    return granting >= blocking(voters.size());
}

/// Each entry as the first member tells of it.
void LeaseOracle::agreed(const World& world, std::size_t, const agreement::Action& action) {
    const auto* told = std::get_if<agreement::Applied>(&action);
    if (told == nullptr || told->outcome != EntryRefusal::none || told->index <= told_of_) return;
    told_of_ = told->index;
    const auto& body = told->entry.body;
    const auto ends = [&](MemberId member) {
        std::erase_if(condemned_, [&](const Condemned& known) { return known.member == member; });
    };
    if (const auto* said = std::get_if<inquest::Condemned>(&body)) {
        condemned_.push_back({said->member, said->incarnation, world.now()});
        judge_haste(world, said->member, said->incarnation);
    }
    if (const auto* said = std::get_if<Acquitted>(&body)) ends(said->member);
    if (const auto* said = std::get_if<IncarnationBegun>(&body)) ends(said->member);
    if (const auto* said = std::get_if<Removed>(&body)) ends(said->member);
}

/// Whoever has booted a moment ago cannot have been silent for long.
void LeaseOracle::judge_haste(const World& world, MemberId member, Incarnation incarnation) {
    const auto place = world.place(member);
    if (!place || !violations_.empty()) return;
    const Known& known = hosts_[*place];
    const Duration least = world.host(*place).papers().cluster.timing.condemn_after * 9 / 10;
    const bool is_it = world.host(*place).runs() && known.boot == incarnation;
    if (is_it && world.now() - known.booted < least)
        violations_.push_back({world.now(), "boots-have-time",
                               fmt::format("{} is condemned a moment after it has booted",
                                           world.cluster().members[*place].name)});
}

void LeaseOracle::judge_condemned(const World& world, std::size_t host) {
    const Host& machine = world.host(host);
    for (const Condemned& known : condemned_) {
        if (known.member != machine.self() || known.incarnation < machine.life().incarnation ||
            world.now() - known.since < longest(machine.node().lease().length()) ||
            machine.lease_remaining(world.now()) == Duration::zero())
            continue;
        violations_.push_back(
            {world.now(), "condemned-has-no-lease",
             fmt::format("{} holds a lease, and is condemned for longer than one lasts",
                         world.cluster().members[host].name)});
    }
}

void LeaseOracle::woke(const World& world, std::size_t host) {
    const Host& machine = world.host(host);
    if (violations_.empty()) judge_condemned(world, host);
    Known& known = hosts_[host];
    if (known.boot != machine.life().incarnation) {
        known.boot = machine.life().incarnation;
        known.booted = world.now();
    }
    if (known.run != machine.run()) known.among.clear();
    known.run = machine.run();
    const Electorate voters = machine.scribe().agreement().told().voters;
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
