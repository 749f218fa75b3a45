#include "tests/unit/ledger_trouble.hpp"

#include "tests/unit/ledger_world.hpp"

#include <fmt/format.h>

namespace inquest::test {
namespace {

using namespace ledger;

/// Who does what to the world, and how often: one seed is a storm of crashes, another of cuts.
class Trouble {
 public:
    explicit Trouble(LedgerWorld& world) : world_(world), random_(world.random.next()) {
        crashes_ = below(12);
        cuts_ = below(12);
        stalls_ = below(6);
        leader_crashes_ = below(3) == 0 ? below(40) : 0;
        changes_ = below(3) == 0 ? 0 : below(20);
        proposals_ = 20 + below(80);
        starts_ = below(3) == 0 ? 30 : 3;
        large_ = below(3) == 0 ? 80 : 5;
        world.weather = {
            .delay_max = 1ms + Duration(1ms) * (below(4) == 0 ? below(300) : below(20)),
            .loss_percent = below(3) == 0 ? 0 : below(25),
            .repeat_percent = below(20),
            .write_max = 1us + Duration(1ms) * (below(4) == 0 ? below(200) : below(10))};
    }

    /// What happens in one moment of 10 ms.
    void moment() {
        if (chance(proposals_)) propose();
        if (chance(changes_)) change();
        if (per_mille(crashes_)) world_.crash(any());
        if (per_mille(leader_crashes_) && world_.leader() != nobody) world_.crash(world_.leader());
        if (chance(starts_)) world_.start(any());
        if (per_mille(cuts_)) cut();
        if (chance(1)) world_.heal();
        if (per_mille(stalls_)) world_.stall(any(), Duration(1ms) * below(1500));
    }

 private:
    int below(int limit) { return static_cast<int>(random_.next() % static_cast<unsigned>(limit)); }
    bool chance(int percent) { return below(100) < percent; }
    bool per_mille(int chances) { return below(1000) < chances; }

    MemberId any() {
        const auto servers = world_.servers();
        return servers[random_.next() % servers.size()];
    }
    MemberId leader_or_any() {
        const MemberId leader = world_.leader();
        return leader == nobody || chance(10) ? any() : leader;
    }
    void propose() {
        const MemberId server = leader_or_any();
        const int burst = chance(5) ? 30 : 1;
        for (int i = 0; i < burst; ++i) {
            world_.propose(server, static_cast<std::size_t>(chance(large_) ? 1050 : below(200)));
        }
    }
    void change() {
        const auto kind = static_cast<Change::Kind>(below(4));
        world_.propose(leader_or_any(), {.kind = kind, .member = any()});
    }
    /// One server off, a split in two, or one direction of one pair.
    void cut() {
        const int kind = below(3);
        if (kind == 0) return world_.isolate(any());
        if (kind == 1) return world_.cut(any(), any());
        const std::uint64_t side = random_.next();
        for (const MemberId from : world_.servers()) {
            for (const MemberId to : world_.servers()) {
                if (((side >> from.value) & 1) != ((side >> to.value) & 1)) world_.cut(from, to);
            }
        }
    }

    LedgerWorld& world_;
    Random random_;
    int crashes_;  ///< in 1,000 moments; so cuts and stalls
    int cuts_;
    int stalls_;
    int leader_crashes_;
    int changes_;  ///< in 100 moments; so proposals
    int starts_;
    int large_;  ///< in 100 proposals
    int proposals_;
};

/// Do all who take part hold, and know to be committed, what the leader does?
bool agree(const LedgerWorld& world) {
    const MemberId leader = world.leader();
    if (leader == nobody) return false;
    const Ledger& ledger = world.ledger(leader);
    if (ledger.committed() != ledger.log().last()) return false;
    const Members& members = ledger.membership().now;
    const auto holds = [&](MemberId member) { return world.applied(member) == ledger.committed(); };
    return std::all_of(members.voters.begin(), members.voters.end(), holds) &&
           std::all_of(members.learners.begin(), members.learners.end(), holds);
}

/// After the last trouble a leader is found, a command commits, and everybody has it.
std::string liveness_fault(LedgerWorld& world) {
    world.heal();
    world.weather = {};
    for (const MemberId server : world.servers()) world.start(server);
    if (!world.run_until(20s, [&] { return agree(world); })) return "no agreement after healing";
    // What was under way when the trouble ended may yet depose a leader.
    world.run(3s);
    if (!world.run_until(5s, [&] { return agree(world); })) return "no agreement that lasts";
    const std::uint64_t proposal = world.propose(world.leader());
    const Index before = world.audit().committed();
    if (!world.run_until(5s, [&] { return agree(world) && world.audit().committed() > before; })) {
        return "nothing commits after healing";
    }
    const auto fate = world.fate(proposal);
    if (!fate || fate->outcome != Proposed::Outcome::accepted) return "a proposal is not accepted";
    const MemberId leader = world.leader();
    const Term term = world.ledger(leader).term();
    world.run(5s);
    const bool stable = world.leader() == leader && world.ledger(leader).term() == term;
    return stable ? "" : "leaders change without a reason";
}

/// A server that was cut off, and asked for votes in vain, comes back and deposes nobody.
std::string return_fault(LedgerWorld& world) {
    const MemberId leader = world.leader();
    const Term term = world.ledger(leader).term();
    for (const MemberId voter : world.ledger(leader).membership().now.voters) {
        if (voter == leader || world.ledger(leader).membership().now.voters.size() < 3) continue;
        world.isolate(voter);
        break;
    }
    world.run(3s);
    world.heal();
    world.run(2s);
    const bool stable = world.leader() == leader && world.ledger(leader).term() == term;
    return stable ? "" : "a leader is deposed by one who comes back";
}

/// After a power cut of everything, a bare majority of the voters goes on by itself, and needs none
/// that has just been removed.
std::string recovery_fault(LedgerWorld& world) {
    const MemberId leader = world.leader();
    Voters voters = world.ledger(leader).membership().now.voters;
    if (voters.size() > 1) {
        const MemberId gone = voters[world.random.next() % voters.size()];
        world.propose(leader, {Change::Kind::remove, gone});
        world.run_until(
            5s, [&] { return !world.ledger(leader).membership().votes(gone) && agree(world); });
        if (!agree(world)) return "a removal does not settle";
        world.run(100ms);
        voters = world.ledger(world.leader()).membership().now.voters;
    }
    for (const MemberId server : world.servers()) world.crash(server);
    for (std::size_t i = voters.size(); i > 1; --i) {
        std::swap(voters[i - 1], voters[world.random.next() % i]);
    }
    for (std::size_t i = 0; i < majority(voters.size()); ++i) world.start(voters[i]);
    const Index before = world.audit().committed();
    const auto commits = [&] { return world.audit().committed() > before; };
    if (!world.run_until(20s, commits)) return "nothing commits after a power cut";
    return "";
}

}  // namespace

LedgerLife live(std::uint64_t seed) {
    Random shape(seed);
    const int servers = 1 + static_cast<int>(shape.next() % 7);
    const int voters =
        1 + static_cast<int>(shape.next() % static_cast<unsigned>(std::min(servers, 5)));
    LedgerWorld world({.servers = servers,
                       .first_voters = voters,
                       .seed = seed,
                       .settings = LedgerWorld::small_bounds()});
    Trouble trouble(world);
    const auto& violations = world.audit().violations();
    for (int moment = 0; moment < 1200 && violations.empty(); ++moment) {
        trouble.moment();
        world.run(10ms);
    }
    LedgerLife life;
    if (violations.empty()) life.fault = liveness_fault(world);
    if (violations.empty() && life.fault.empty()) life.fault = return_fault(world);
    if (violations.empty() && life.fault.empty()) life.fault = recovery_fault(world);
    if (!violations.empty()) life.fault = text(violations.front());
    life.committed = world.audit().committed().value;
    life.terms = world.audit().newest_term().value;
    life.changes = world.audit().changes_settled();
    life.snapshots = world.snapshots_installed();
    life.steps = world.steps();
    return life;
}

}  // namespace inquest::test
