// A small world for tests of the ledger: servers, disks, a network and virtual time. One seed, one
// run.
//
// A message travels as the wire's codec writes it, and may be lost, delayed, repeated, reordered,
// cut off. A write takes time, and a crash keeps any number of the writes under way, from none to
// all, so that every instant before and after each of them is met. After each step the invariants
// are checked.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/ledger/ledger.hpp"
#include "tests/unit/ledger_audit.hpp"
#include "tests/unit/ledger_disk.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace inquest::test {

using namespace std::chrono_literals;

class LedgerWorld {
 public:
    struct Weather {
        Duration delay_max{2ms};
        int loss_percent = 0;
        int repeat_percent = 0;
        Duration write_max{3ms};
    };

    struct Options {
        int servers = 3;       ///< ids 1..
        int first_voters = 3;  ///< the others begin blank
        std::uint64_t seed = 1;
        ledger::Settings settings{};  ///< but for id and seed
    };

    /// Small bounds, so that short runs meet snapshots and full windows.
    static ledger::Settings small_bounds();

    explicit LedgerWorld(const Options& options);

    void run(Duration length);
    /// Runs until `done()`, at most so long. Result: was it done?
    template <typename Done>
    bool run_until(Duration longest, const Done& done) {
        for (const Instant end = now_ + longest; now_ < end && !done();) run(10ms);
        return done();
    }

    // Faults.
    void crash(MemberId server);
    void start(MemberId server);
    bool runs(MemberId server) const { return servers_.at(server).ledger != nullptr; }
    void stall(MemberId server, Duration length);
    void cut(MemberId from, MemberId to) { cuts_.insert({from, to}); }
    void isolate(MemberId server);
    void heal() { cuts_.clear(); }

    // Requests; a proposal has a number of its own, which is returned.
    std::uint64_t propose(MemberId server, std::size_t bytes = 40);
    std::uint64_t propose(MemberId server, const ledger::Change& change);
    /// What was last said of a proposal; nothing yet: it was not answered.
    std::optional<ledger::Proposed> fate(std::uint64_t proposal) const;
    /// Hands a message over as if it had just come.
    void inject(const ledger::Message& message);

    // What there is.
    /// Who leads the newest term that anyone leads; nobody, if none does.
    MemberId leader() const;
    const ledger::Ledger& ledger(MemberId server) const { return *servers_.at(server).ledger; }
    ledger::Index applied(MemberId server) const { return servers_.at(server).applied; }
    const LedgerDisk& disk(MemberId server) const { return disks_.at(server); }
    std::vector<MemberId> servers() const;
    LedgerAudit& audit() { return audit_; }
    Instant now() const { return now_; }
    std::uint64_t snapshots_installed() const { return snapshots_installed_; }
    std::uint64_t steps() const { return steps_; }
    std::uint64_t dropped(MemberId server, ledger::Dropped reason) const;

    Weather weather;
    Random random;
    bool answers_snapshots = true;

 private:
    struct Server {
        std::unique_ptr<ledger::Ledger> ledger;  ///< none while it is down
        std::uint64_t run = 0;
        Duration clock{};  ///< its clock shows the world's time plus this
        Instant stalled_until{};
        std::deque<ledger::Persist> writes;  ///< under way
        Instant last_write{};
        ledger::Index applied;
        std::uint64_t state = 0;
        std::deque<ledger::Index> snapshots;  ///< asked for
    };
    struct Written {
        MemberId server;
        std::uint64_t run;
    };
    struct Happening {
        std::optional<ledger::Message> message;
        std::optional<Written> written;
    };

    void happen(Instant when, Happening happening);
    void handle(const Happening& happening);
    void finish_write(const Written& written);
    void wake_due();
    void step(MemberId id, const ledger::Event& event);
    void carry_out(MemberId id, const ledger::Actions& actions);
    void carry_out(MemberId id, const ledger::Persist& persist);
    void carry_out(MemberId id, const ledger::Send& sending);
    void carry_out(MemberId id, const ledger::Committed& committed);
    void carry_out(MemberId id, const ledger::Restore& restore);
    void carry_out(MemberId id, const ledger::TakeSnapshot& asked);
    void carry_out(MemberId id, const ledger::Proposed& proposed);
    void carry_out(MemberId, const ledger::Standing&) {}
    void carry_out(MemberId, const ledger::Dismissed&) {}
    void take_snapshots(MemberId id);
    void load(Server& server, const ledger::Snapshot& snapshot);
    Instant wake_time(const Server& server) const;
    bool chance(int percent) { return random.next() % 100 < static_cast<std::uint64_t>(percent); }

    ledger::Settings settings_;
    Instant now_ = at(1s);
    std::map<MemberId, Server> servers_;
    LedgerAudit::Disks disks_;
    std::set<std::pair<MemberId, MemberId>> cuts_;
    std::map<std::pair<Instant, std::uint64_t>, Happening> queue_;
    std::uint64_t queued_ = 0;
    std::uint64_t proposals_ = 0;
    std::map<std::uint64_t, ledger::Proposed> fates_;
    std::uint64_t snapshots_installed_ = 0;
    std::uint64_t steps_ = 0;
    LedgerAudit audit_;
};

}  // namespace inquest::test
