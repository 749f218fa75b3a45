// The world: hosts, wires, one queue of what comes next, and one seed for all that is chance.
//
// It runs the very core and codec that the daemon runs. Nothing in it depends on the machine that
// it runs on: the same setup and events make the same run, to the byte.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/world/bus.hpp"
#include "tests/sim/world/clients.hpp"
#include "tests/sim/world/errand.hpp"
#include "tests/sim/world/event_queue.hpp"
#include "tests/sim/world/fence_yard.hpp"
#include "tests/sim/world/host.hpp"
#include "tests/sim/world/keys.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/network.hpp"
#include "tests/sim/world/post.hpp"
#include "tests/sim/world/timeline.hpp"
#include "tests/sim/world/watcher.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim {

class World {
 public:
    struct Setup {
        ClusterConfig cluster;  ///< all machines
        Nodes outside;          ///< those that are no members at the start
        int guests = 0;         ///< the first of them belongs to the first machine, and so on
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
    /// All machines: what they are called, and the paths that they are on. Which of them are
    /// members, and under which id, is agreed on.
    const ClusterConfig& cluster() const { return setup_.cluster; }
    std::size_t size() const { return hosts_.size(); }
    const Host& host(std::size_t place) const { return hosts_[place]; }
    const Network& network() const { return network_; }
    const Counts& counts() const { return counts_; }
    const Post::Counts& post() const { return post_.counts(); }
    const Bus& bus() const { return bus_; }
    const FenceYard& fences() const { return fences_; }
    /// Who leads the newest term that anyone leads, among those that run.
    std::optional<std::size_t> coordinator() const;
    /// The machine that this member is, or was.
    std::optional<std::size_t> place(MemberId member) const;
    /// What the node of `host` says of another, by its name; nothing where it knows no such member.
    /// Pre: it runs.
    std::optional<Verdict> verdict(std::size_t host, std::size_t of) const;
    /// The same as it is told, with what the ledger makes of it.
    std::optional<Verdict> pronounced(std::size_t host, std::size_t of) const;
    /// Are both running members, each of the other's configuration, that understand each other's
    /// key?
    bool in_touch(std::size_t a, std::size_t b) const;
    /// Does somebody still wait for an answer of the cluster?
    bool has_errands() const {
        return std::any_of(errands_.begin(), errands_.end(),
                           [](const Errand& errand) { return !errand.over; });
    }
    /// Do clients ask for something?
    bool has_clients() const { return clients_ask_; }

 private:
    struct Eye final : agreement::Onlooker {
        World* world = nullptr;
        std::size_t place = 0;
        void stepped(const ledger::Event& event, const ledger::Standing& before,
                     const ledger::Ledger& after, const ledger::Actions& actions) override;
    };

    void begin_hosts();
    void take(const Due& due);
    void put(Due::Kind kind, Moment moment, std::size_t host = 0, std::uint32_t what = 0,
             PathId path = PathId(0));

    void apply_to(const Event& event, std::size_t host);
    std::optional<Event> resolved(const Event& event) const;
    void carry_out(const Event& event);
    void start(std::size_t host);
    void keep(std::size_t host);
    void watch(std::size_t host);
    void look_at_watchdog(std::size_t host);
    void befall(std::size_t host, Verb verb);
    void update_links();
    void wake(std::size_t host);
    void arm(std::size_t host);
    void carry_out(std::size_t from);
    void send(std::size_t from, std::size_t to, PathId path, Post::Letter letter);
    void note(std::uint64_t value);

    // What is agreed (world_agreement.cpp).
    void deliver(std::size_t host, PathId path, Bus::Parcel parcel);
    void attend(std::size_t host);
    void wake_agreement(std::size_t host);
    void arm_agreement(std::size_t host);
    void look_at_disk(std::size_t host);
    void step_agreement(std::size_t host, const agreement::Event& event);
    void carry_out(std::size_t host, const ledger::Persist& persist);
    void carry_out(std::size_t host, const agreement::SendMessage& message);
    void carry_out(std::size_t host, const agreement::Applied& applied);
    void carry_out(std::size_t host, const agreement::StateReplaced&);
    void carry_out(std::size_t host, const agreement::KeysChanged&) { follow(host); }
    void carry_out(std::size_t host, const agreement::Answered& answered);
    void carry_out(std::size_t, const agreement::CoordinatorChanged&) {}
    void carry_out(std::size_t host, const agreement::Dismissed&);
    void carry_out(std::size_t, const agreement::Diverged&) {}
    void carry_out(std::size_t host, const agreement::Unreadable&);
    void carry_out(std::size_t host, const agreement::FenceOrder& order);
    void carry_out(std::size_t host, const agreement::DropFence& drop);
    void follow(std::size_t host);
    void introduce(std::size_t host);
    void ask(std::size_t host, ClusterEntry entry, Duration within);
    void ask_for_something();

    // Fence devices (world_fencing.cpp).
    void switch_off_by_fence(std::uint32_t work);
    void answer_fence(std::uint32_t work);
    void tell_fence(std::size_t host);

    // How members come and go (world_life.cpp).
    void begin_errand(const Event& event);
    void look_after_errands();
    bool attend(Errand& errand);
    std::optional<std::size_t> whom_to_ask(const Errand& errand) const;
    std::optional<ClusterEntry::Body> body_of(const Errand& errand, std::size_t asked,
                                              std::string& why_not);
    std::optional<ClusterEntry::Body> invitation_of(const Errand& errand, std::size_t asked,
                                                    std::string& why_not);
    void answered(Errand& errand, const agreement::Handling& handling);
    void fail(Errand& errand, const std::string& why);
    void hand_token(std::size_t newcomer, std::size_t inviting);
    void meet(const ClusterState& state);
    void meet(MemberId member, const std::string& name);
    void answer_stranger(std::size_t host, const Beat& beat, PathId path);
    void be_removed(std::size_t host, const std::string& word);

    Setup setup_;
    std::vector<Watcher*> watchers_;
    Random random_;
    Keys keys_;
    Post post_;
    Network network_;
    Bus bus_;
    Random bus_random_;
    Random people_;  ///< numbers of requests, secrets
    Clients clients_;
    bool clients_ask_ = false;
    std::vector<Eye> eyes_;                                  ///< [place]
    std::vector<Host> hosts_;                                ///< [place]
    std::vector<std::pair<MemberId, std::size_t>> members_;  ///< all there ever were, and where
    std::vector<Moment>
        strangers_answered_;  ///< [place]: when it last told one that it was removed
    FenceYard fences_;
    std::vector<bool> stays_off_;  ///< [place]: a fence device took its power
    std::vector<Errand> errands_;
    bool errands_due_ = false;
    EventQueue queue_;
    const Events* events_ = nullptr;
    Moment now_ = dawn;
    Actions actions_;
    Counts counts_;
};

}  // namespace inquest::sim
