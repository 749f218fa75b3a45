// The world: hosts, wires, one queue of what comes next, and one seed for all that is chance.
//
// It runs the very core and codec that the daemon runs. Nothing in it depends on the machine that
// it runs on: the same setup and events make the same run, to the byte.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/world/bus.hpp"
#include "tests/sim/world/clients.hpp"
#include "tests/sim/world/event_queue.hpp"
#include "tests/sim/world/host.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/network.hpp"
#include "tests/sim/world/post.hpp"
#include "tests/sim/world/timeline.hpp"
#include "tests/sim/world/watcher.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace inquest::sim {

class World {
 public:
    struct Setup {
        ClusterConfig cluster;
        std::uint64_t seed = 1;
        Authentication authentication = Authentication::every;
    };

    struct Counts {
        std::uint64_t steps = 0;      ///< things that came out of the queue
        std::uint64_t datagrams = 0;  ///< that reached a host
        std::uint64_t ledger_steps = 0;
        /// Of everything that happened, in order: two runs with the same digest were the same.
        std::uint64_t digest = 0;
    };

    /// All hosts are off. The watchers must outlive the world.
    World(Setup setup, std::vector<Watcher*> watchers);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Every host on, at moments a little apart.
    void power_on_all();
    /// Has these happen at their times. They must live as long as the world. Once.
    void plan(const Events& events);
    /// Carries out one event now.
    void apply(const Event& event);
    void run(Moment until);

    Moment now() const { return now_; }
    const ClusterConfig& cluster() const { return setup_.cluster; }
    std::size_t size() const { return hosts_.size(); }
    const Host& host(std::size_t place) const { return hosts_[place]; }
    const Network& network() const { return network_; }
    const Counts& counts() const { return counts_; }
    const Post::Counts& post() const { return post_.counts(); }
    const Bus& bus() const { return bus_; }
    /// Who leads the newest term that anyone leads, among those that run.
    std::optional<std::size_t> coordinator() const;

 private:
    void take(const Due& due);
    void put(Due::Kind kind, Moment moment, std::size_t host = 0, std::uint32_t what = 0,
             PathId path = PathId(0));

    void apply_to(const Event& event, std::size_t host);
    std::optional<Event> resolved(const Event& event) const;
    void carry_out(const Event& event);
    void start(std::size_t host);
    void update_links();
    void wake(std::size_t host);
    void arm(std::size_t host);
    void carry_out(std::size_t from);
    void send(std::size_t from, std::size_t to, PathId path, Post::Letter letter);
    void note(std::uint64_t value);

    // The ledgers (world_ledger.cpp).
    void deliver(std::size_t host, PathId path, Bus::Parcel parcel);
    void attend(std::size_t host);
    void wake_ledger(std::size_t host);
    void arm_ledger(std::size_t host);
    void look_at_disk(std::size_t host);
    void step_ledger(std::size_t host, const ledger::Event& event);
    void carry_out(std::size_t host, const ledger::Persist& persist);
    void carry_out(std::size_t host, const ledger::Send& sending);
    void carry_out(std::size_t host, const ledger::Committed& committed);
    void carry_out(std::size_t host, const ledger::Restore& restore);
    void carry_out(std::size_t host, const ledger::TakeSnapshot& asked);
    void carry_out(std::size_t host, const ledger::Proposed& proposed);
    void carry_out(std::size_t host, const ledger::Standing& standing);
    void carry_out(std::size_t, const ledger::Dismissed&) {}
    void ask_for_something();
    void propose(std::size_t host, const ledger::Propose& command);

    Setup setup_;
    std::vector<Watcher*> watchers_;
    Random random_;
    Post post_;
    Network network_;
    Bus bus_;
    Random bus_random_;
    Clients clients_;
    MemberId asked_instead_;  ///< whom the last one asked has named
    std::vector<Host> hosts_;
    EventQueue queue_;
    const Events* events_ = nullptr;
    Moment now_ = dawn;
    Actions actions_;
    Counts counts_;
};

}  // namespace inquest::sim
