// A small world for tests of the agreement: members, disks, keys, a network and virtual time. One
// seed, one run.
//
// Messages may be lost, delayed, repeated, reordered, cut off, and are heard only by those who
// understand the key that signs them. Writes take time; a crash keeps any number of those under
// way. After each step the members' states are compared wherever they stand at the same place, and
// it is seen whether so many voters grant leases to a condemned member that it could hold one, and
// whether a member could hold one that is longer than what its terms say.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/base/random.hpp"
#include "tests/sim/world/ledger_disk.hpp"
#include "tests/unit/core_cluster_states.hpp"

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

using sim::LedgerDisk;

class AgreementWorld {
 public:
    using Space = agreement::SpaceTold::Space;

    struct Weather {
        Duration delay_max{2ms};
        int loss_percent = 0;
        int repeat_percent = 0;
        Duration write_max{3ms};
    };

    /// Begins with member 1, which has just founded its cluster.
    explicit AgreementWorld(std::uint64_t seed, const agreement::Settings& settings = {});

    void run(Duration length);
    /// Runs until `done()`, at most so long. Result: was it done?
    template <typename Done>
    bool run_until(Duration longest, const Done& done) {
        for (const Instant end = now_ + longest; now_ < end && !done();) run(10ms);
        return done();
    }

    // Faults.
    void crash(MemberId member);
    void start(MemberId member);
    bool runs(MemberId member) const { return members_.at(member).agreement != nullptr; }
    void cut(MemberId from, MemberId to) { cuts_.insert({from, to}); }
    void isolate(MemberId member);
    void heal() { cuts_.clear(); }
    /// From now on its clock of day is so far ahead of the world's.
    void set_clock(MemberId member, std::int64_t seconds) {
        members_.at(member).day_ahead = seconds;
    }
    void tell_space(MemberId member, Space space);
    /// What its core would have decided, as far as it has a say.
    void move(MemberId member, const Motions& motions);
    /// A device has answered to it. Pre: it runs.
    void reply(MemberId member, const agreement::FenceReply& reply) { step(member, reply); }
    /// What a core says that has missed these for long: those voters testify that run.
    Motions missed(const std::vector<MemberId>& members) const;
    /// Hands bytes over as if they had just come.
    void inject(MemberId to, MemberId from, agreement::Channel channel, const wire::Bytes& body);
    /// What somebody else wrote in its log stands on its disk from now on. Pre: it does not run.
    LedgerDisk& disk(MemberId member) { return members_.at(member).disk; }

    // Requests.
    RequestId ask(MemberId member, ClusterEntry::Body body, Duration within = 20s);
    void ask_again(MemberId member, const ClusterEntry& entry, Duration within = 20s);
    std::optional<agreement::Handling> answer(RequestId request) const;
    /// Runs until it is answered: "accepted", a refusal's word, "refused: " and one, or "expired".
    std::string fate(RequestId request, Duration longest = 25s);

    // Stories that others begin with.
    /// Members 2..count are invited, join, and have got what votes they are to have.
    void grow_to(int count);
    bool all_settled() const;
    /// Whose standing, vote or place is not yet what it is to be, by the coordinator's state.
    std::vector<MemberId> unsettled() const;
    void give_token(MemberId newcomer, MemberId inviting);
    /// Its file of keys, and how that is made to be an older one: the disk was full, or the end
    /// came before it was written. Pre of the second: the member does not run.
    const std::vector<AgreedKey>& keys(MemberId member) const { return members_.at(member).keys; }
    void put_back_keys(MemberId member, const std::vector<AgreedKey>& keys);
    /// It signs with a key that the other one understands no more.
    bool is_shut_out(MemberId member, MemberId by) const;

    // What there is.
    const agreement::Agreement& member(int number) const {
        return *members_.at(id(number)).agreement;
    }
    const ClusterState& state(int number) const { return member(number).state(); }
    std::vector<MemberId> running() const;
    bool knows(MemberId member) const { return members_.contains(member); }
    /// Who coordinates in the newest term that anyone does; nobody, if none does.
    MemberId coordinator() const;
    /// One that runs and does not coordinate.
    MemberId follower() const;
    Instant now() const { return now_; }
    const std::string& fault() const { return fault_; }
    std::uint64_t steps() const { return steps_; }
    /// Messages that were dropped since their receiver did not understand their key.
    std::uint64_t unheard() const { return unheard_; }
    /// Told by a member, in all its runs.
    struct Heard {
        int dismissed = 0;
        int replaced = 0;
        std::vector<agreement::Diverged> diverged;
        std::vector<std::uint64_t> unreadable;
        std::vector<agreement::Applied> applied;
        std::vector<agreement::FenceOrder> orders;
        std::vector<agreement::FenceOrderId> dropped;
    };
    const Heard& heard(int number) const { return members_.at(id(number)).heard; }
    std::vector<ClusterEntry> asked() const;

    Weather weather;
    Random random;

 private:
    struct Member {
        std::unique_ptr<agreement::Agreement> agreement;  ///< none while it is down
        std::uint64_t run = 0;
        std::int64_t day_ahead = 0;  ///< seconds; of its clock of day
        Duration clock{};            ///< its clock shows the world's time plus this
        LedgerDisk disk;
        std::deque<ledger::Persist> writes;  ///< under way
        Instant last_write{};
        std::vector<AgreedKey> keys;  ///< its file of keys; the first signs
        std::optional<RequestId> shown;
        std::optional<Duration> lease;  ///< by which it goes, in this run
        Heard heard;
    };
    struct Datagram {
        MemberId from;
        KeyNumber key;
        agreement::SendMessage message;
    };
    struct Written {
        MemberId member;
        std::uint64_t run;
    };
    struct Happening {
        std::optional<Datagram> datagram;
        std::optional<Written> written;
    };

    void happen(Instant when, Happening happening);
    void handle(const Happening& happening);
    void finish_write(const Written& written);
    void wake_due();
    void step(MemberId id, const agreement::Event& event);
    void show_oneself(MemberId id);
    void follow(MemberId id);
    void carry_out(MemberId id, const ledger::Persist& persist);
    void carry_out(MemberId id, const agreement::SendMessage& message);
    void carry_out(MemberId id, const agreement::Applied& applied);
    void carry_out(MemberId id, const agreement::StateReplaced&);
    void carry_out(MemberId id, const agreement::KeysChanged&) { follow(id); }
    void carry_out(MemberId id, const agreement::Answered& answered);
    void carry_out(MemberId, const agreement::CoordinatorChanged&) {}
    void carry_out(MemberId id, const agreement::Dismissed&);
    void carry_out(MemberId id, const agreement::Diverged& diverged);
    void carry_out(MemberId id, const agreement::Unreadable& unreadable);
    void carry_out(MemberId id, const agreement::FenceOrder& order);
    void carry_out(MemberId id, const agreement::DropFence& drop);
    static void read_keys(Member& started);
    void compare(MemberId id);
    void compare_members(MemberId id);
    void note_condemnations(const agreement::Applied& applied);
    void compare_grants(MemberId id);
    void compare_leases(MemberId id);
    void violated(MemberId id, const std::string& what);
    Instant wake_time(const Member& member) const;
    bool chance(int percent) { return random.next() % 100 < static_cast<std::uint64_t>(percent); }

    agreement::Settings settings_;
    Instant now_ = at(1s);
    std::map<MemberId, Member> members_;
    std::set<std::pair<MemberId, MemberId>> cuts_;
    std::map<std::pair<Instant, std::uint64_t>, Happening> queue_;
    std::uint64_t queued_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t unheard_ = 0;
    std::map<RequestId, ClusterEntry> asked_;
    std::map<RequestId, agreement::Handling> answers_;
    std::map<std::uint64_t, std::uint64_t> hashes_;  ///< by index
    std::map<RequestId, HandledRequest> handled_;    ///< as first seen on any member
    std::map<MemberId, Condemnation> condemned_;     ///< those that stand, as first seen on any
    std::map<MemberId, Duration> terms_;  ///< their leases, by the newest state that anybody has
    std::uint64_t terms_index_ = 0;       ///< of that state
    std::uint64_t told_of_ = 0;           ///< the newest entry that changed those
    std::string fault_;
};

}  // namespace inquest::test
