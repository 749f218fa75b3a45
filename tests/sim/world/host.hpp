// One machine: power, clocks, links, what it has stored, and the daemon around the core.
//
// The daemon is the loop of core/node.hpp as heartbeat/daemon runs it: sockets that fill, a drain
// before every judgement, arrival stamps by the clock of day, overruns, the goodbye. Beside it
// stands the agreement (scribe.hpp) with its disk, and what was agreed becomes the configuration
// that the core follows. When the daemon dies its keeper speaks (core/keeper.hpp). The guests and
// the watchdog behind them are the machine's (guarding.hpp).
#pragma once

#include "heartbeat/agreement/company.hpp"
#include "heartbeat/agreement/introduction.hpp"
#include "heartbeat/base/random.hpp"
#include "heartbeat/core/keeper.hpp"
#include "heartbeat/core/node.hpp"
#include "tests/sim/world/guarding.hpp"
#include "tests/sim/world/host_clock.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/papers.hpp"
#include "tests/sim/world/post.hpp"
#include "tests/sim/world/scribe.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace inquest::sim {

/// What survives a power cut.
struct Stored {
    Incarnation incarnation;
    Session session;
};

class Host {
 public:
    enum class Power : std::uint8_t { off, on, hung };

    struct Parts {
        std::size_t paths;  ///< how many there are
        std::uint64_t seed = 0;
        Papers papers;
        ledger::Restored ledger;
        Keys* keys;
        Post* post;
        Bus* bus;
        agreement::Onlooker* onlooker;
        bool has_guests = false;
    };
    explicit Host(Parts parts);

    // What happens to it.
    void power_on(Moment now);  ///< a new incarnation, with its daemon
    void power_off();
    void hang();
    void pause(Moment until) { paused_until_ = std::max(paused_until_, until); }
    void start_daemon(Moment now);  ///< a new session. Pre: the power is on
    /// Without a word: sockets gone. In peace its writes are done first.
    void end_daemon(Scribe::Ending ending = Scribe::Ending::cut);
    void crash(Moment now);  ///< its daemon dies under its keeper
    void crash_guard(Moment now, Actions& out);
    void lose_disk();
    /// A bare machine: nothing on it speaks of any cluster.
    void reset();
    /// What `inquest join` writes. Pre: it is bare, or had this very invitation before.
    void enroll(Papers papers);
    void be_removed();
    void lag(Duration longest) { lag_ = longest; }
    void drift(Moment now, std::int64_t ppm);
    void step_clock(Duration by);

    /// A datagram reaches its network card.
    void receive(Moment now, PathId path, Post::Letter letter);

    /// What its link does now; the daemon learns of it with read_links(). True: that is a change.
    bool set_carrier(PathId path, bool carrier) {
        return std::exchange(links_[path.value].carrier, carrier) != carrier;
    }

    // The daemon at work. Each appends the core's actions.
    void read_links(Moment now, Actions& out);
    void leave(Moment now, Actions& out);
    /// Drains all sockets and judges. `heard` sees each beat before the core does.
    using Heard = std::function<void(const BeatHeard&, Moment)>;
    void wake(Moment now, const Heard& heard, Actions& out);

    /// What its keeper says, as long as no daemon speaks.
    void keep(Moment now, Actions& out);
    /// When it has something to say again; end_of_time: never.
    Moment keeper_due(Moment now);

    // Its guests, and its watchdog.
    void feed_watchdog(Moment now) { guarding_.feed(now); }
    /// When its watchdog resets it, unless it is fed; end_of_time: it has none open.
    Moment resets_at() const { return guarding_.resets_at(); }
    /// Are there guests that execute, or would when it goes on?
    bool runs_guests() const { return power_ == Power::on && guarding_.runs_guests(); }
    /// What it owes to the others as soon as they can hear it.
    agreement::Oneself oneself() const;

    // Its cluster.
    MemberId self() const { return papers_.self; }
    const Papers& papers() const { return papers_; }
    /// Runs with what was agreed; true where that is another configuration than before. Pre: runs()
    bool follow(Moment now, Actions& out);
    /// What its ledger says now; true where that is news to its core. Pre: runs()
    bool tell_core(Moment now, Actions& out);
    KeyHandle signing() const { return keys_of_.front(); }  ///< Pre: it is not bare
    bool understands(KeyHandle key) const;
    /// Is this a member of its configuration?
    bool knows(MemberId member) const;
    /// Is this one of those that its bus reaches?
    bool reaches(MemberId member) const { return company_.has(member); }
    void let_go(Moment now) { company_.let_go(scribe_.ledger(), clock_.since_boot(now)); }
    /// Members that it follows as such, and those that have gone so lately that it beats to them
    /// still: by that they learn it. Ascending.
    const std::vector<MemberId>& audience(Moment now);

    // The agreement beside it.
    Scribe& scribe() { return scribe_; }
    const Scribe& scribe() const { return scribe_; }
    bool has_carrier(PathId path) const { return links_[path.value].carrier; }
    /// When the agreement has something to do; end_of_time: never by itself. Pre: runs()
    Moment agreement_due(Moment now) const;
    /// When its scheduler lets it, if it asks for that moment.
    Moment scheduled(Moment due);
    bool lags() const { return lag_ > Duration{}; }

    // What it is.
    Power power() const { return power_; }
    const HostClock& clock() const { return clock_; }
    bool runs() const { return node_ != nullptr && power_ == Power::on; }  ///< its daemon
    /// Its disk is damaged: the daemon says so and ends, until the node is reset.
    bool refuses_to_start() const {
        return power_ == Power::on && node_ == nullptr && papers_.self != nobody &&
               !papers_.removed && scribe_.disk().damaged();
    }
    /// One that was removed beats no more, and answers nobody but those who settle its removal.
    bool is_member() const { return runs() && !papers_.removed; }
    bool awake(Moment now) const { return runs() && now >= paused_until_; }
    Moment paused_until() const { return paused_until_; }
    const Node& node() const { return *node_; }  ///< Pre: runs()
    /// By its own clocks; zero: it has none. Pre: runs()
    Duration lease_remaining(Moment now) const {
        return node_->lease().remaining({clock_.since_boot(now), clock_.raw(now)});
    }
    const Stored& stored() const { return stored_; }
    /// Under which numbers its daemon runs, or ran last; a disk that is lost meanwhile changes
    /// none.
    const Stored& life() const { return life_; }
    std::uint32_t boot_tag() const { return boot_tag_; }
    /// When the daemon has said goodbye long enough to end; end_of_time: it is not leaving.
    Moment leaves_at() const { return leaves_at_; }
    /// Changes with each start of the daemon.
    std::uint32_t run() const { return run_; }
    std::uint32_t alarm() const { return alarm_; }
    /// When the daemon will wake, as its scheduler pleases. A new alarm voids the one before.
    Moment set_alarm(Moment now);
    /// When its node last asked to be woken, before it wakes or was woken now: what it is told in
    /// between brings that forward.
    Instant asked_for() const { return asked_for_; }

 private:
    struct Waiting {
        Post::Letter letter;
        Duration stamp;  ///< clock of day
        Moment arrived;
    };
    struct Link {
        bool carrier = true;
        bool told_good = false;  ///< what the daemon has told the core
        bool told_broken = false;
        std::vector<Waiting> socket;
        bool overran = false;
    };

    std::vector<MemberId> members() const;
    void take_up_keys();
    void drain(Moment now, const Heard& heard, Actions& out);
    void empty_sockets();

    Papers papers_;
    Keys* keys_;
    Post* post_;
    Bus* bus_;
    agreement::Onlooker* onlooker_;
    Random random_;
    Random scheduler_;  ///< of the agreement's alarms
    HostClock clock_;
    Power power_ = Power::off;
    Stored stored_;
    Stored life_;
    std::uint32_t boot_tag_ = 0;
    std::unique_ptr<Node> node_;  ///< none while no daemon runs
    Keeper keeper_;
    Guarding guarding_;
    Scribe scribe_;
    std::vector<KeyHandle> keys_of_;  ///< what its papers say; the first signs
    std::vector<MemberId> audience_;
    agreement::Company company_;
    Moment farewell_until_ = end_of_time;  ///< then the audience is shorter
    std::vector<Link> links_;              ///< [path]
    Moment paused_until_{};
    Moment leaves_at_ = end_of_time;
    Duration lag_{};
    Instant emptied_{};  ///< when the sockets were last empty
    LedgerTold told_;    ///< as the core knows it
    std::uint32_t run_ = 0;
    std::uint32_t alarm_ = 0;
    Instant asked_for_{};
    Duration realtime_error_{};  ///< of the clock of day; a reboot does not mend it
};

}  // namespace inquest::sim
