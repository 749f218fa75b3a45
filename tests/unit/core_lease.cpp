// A node's lease: whose grants are needed, when they were worth something, and until when.
#include "heartbeat/core/lease.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace inquest {
namespace {

using namespace std::chrono_literals;

constexpr Duration length = 30s;
constexpr Session session{7};

Electorate voters(int count) {
    Electorate voters;
    for (int id = 1; id <= count; ++id) voters.push_back(MemberId(static_cast<std::uint16_t>(id)));
    return voters;
}

/// Both clocks run alike.
Reading reading(Duration passed) { return {at(1000s + passed), 400s + passed}; }

MemberId member(int id) { return MemberId(static_cast<std::uint16_t>(id)); }

/// The lease of member 1, which has sent beat number k at k seconds.
struct Holder {
    explicit Holder(int count, bool grants = true) : lease(member(1), session, length) {
        lease.follow(voters(count), grants, reading(0s));
        for (std::uint64_t second = 0; second <= 60; ++second)
            lease.sent(Sequence(second), reading(std::chrono::seconds(second)));
        electorate = voters(count);
    }
    void granted(int voter, std::uint64_t second) {
        lease.granted(member(voter), electorate, {session, Sequence(second)});
    }
    Duration remaining(Duration at) const { return lease.remaining(reading(at)); }

    Lease lease;
    Electorate electorate;
};

TEST_SUITE("core: lease") {
    TEST_CASE("it ends its length after the beat that a blocking set has granted had left") {
        struct Grant {
            int voter;
            std::uint64_t second;
        };
        struct Row {
            const char* why;
            int voters;
            bool own;
            std::vector<Grant> grants;
            Duration remaining;  ///< at 40 s
        };
        const Row rows[] = {
            {"alone, it needs nobody", 1, true, {}, 30s},
            {"one of two blocks the other", 2, true, {}, 30s},
            {"one of three blocks nobody", 3, true, {}, 0s},
            {"with another it does", 3, true, {{2, 35}}, 25s},
            {"the newest counts", 3, true, {{2, 35}, {3, 39}}, 29s},
            {"an older one that comes later takes nothing away", 3, true, {{2, 39}, {2, 20}}, 29s},
            {"long ago is over", 3, true, {{2, 10}}, 0s},
            {"a moment less is not", 3, true, {{2, 11}}, 1s},
            {"who grants nothing to itself needs two others", 3, false, {{2, 39}}, 0s},
            {"and is worth the older of the two", 3, false, {{2, 39}, {3, 30}}, 20s},
            {"two of four block: a half stops nobody", 4, true, {{2, 38}}, 28s},
            {"two of five do not", 5, true, {{2, 38}}, 0s},
            {"three do, as of the oldest of them", 5, true, {{2, 38}, {3, 22}, {4, 33}}, 23s},
            {"a stranger's grant is none", 3, true, {{9, 39}}, 0s},
            {"nor is one for a beat that never left", 3, true, {{2, 61}}, 0s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Holder holder(row.voters, row.own);
            for (const Grant& grant : row.grants) holder.granted(grant.voter, grant.second);
            CHECK(holder.remaining(40s) == row.remaining);
        }
    }

    TEST_CASE("a node that has no vote counts the others alone") {
        Lease lease(member(9), session, length);
        lease.follow(voters(3), false, reading(0s));
        lease.sent(Sequence(1), reading(1s));
        lease.granted(member(1), voters(3), {session, Sequence(1)});
        CHECK(lease.remaining(reading(2s)) == 0s);
        lease.granted(member(2), voters(3), {session, Sequence(1)});
        CHECK(lease.remaining(reading(2s)) == 29s);
    }

    TEST_CASE("a grant counts for its own session and its own voters alone") {
        Holder holder(3);
        holder.lease.granted(member(2), voters(3), {Session(6), Sequence(39)});
        CHECK(holder.remaining(40s) == 0s);
        holder.lease.granted(member(2), voters(4), {session, Sequence(39)});
        CHECK(holder.remaining(40s) == 0s);
        holder.granted(2, 39);
        CHECK(holder.remaining(40s) == 29s);
    }

    TEST_CASE("without a ledger there is none") {
        Lease lease(member(1), session, length);
        lease.sent(Sequence(1), reading(1s));
        lease.granted(member(2), Electorate{}, {session, Sequence(1)});
        CHECK_FALSE(lease.expected());
        CHECK(lease.remaining(reading(1s)) == 0s);
    }

    TEST_CASE("other voters begin with nothing, and what was granted before keeps its end") {
        Holder holder(4);
        holder.granted(2, 40);
        CHECK(holder.remaining(45s) == 25s);
        // n5 is a voter from now on: three of five are needed.
        holder.lease.follow(voters(5), true, reading(45s));
        CHECK(holder.remaining(46s) == 24s);
        holder.granted(2, 50);  // among the four of before
        CHECK(holder.remaining(50s) == 20s);
        holder.electorate = voters(5);
        holder.granted(2, 50);
        CHECK(holder.remaining(50s) == 20s);
        holder.granted(3, 48);
        CHECK(holder.remaining(50s) == 28s);
    }

    TEST_CASE("who stops granting to itself keeps what it had, and gets no more of it") {
        Holder holder(2);
        CHECK(holder.remaining(20s) == 30s);
        holder.lease.follow(voters(2), false, reading(20s));
        CHECK(holder.remaining(20s) == 30s);
        CHECK(holder.remaining(49s) == 1s);
        CHECK(holder.remaining(50s) == 0s);
        holder.lease.follow(voters(2), true, reading(55s));
        CHECK(holder.remaining(55s) == 30s);
    }

    TEST_CASE("the faster of the two clocks ends it") {
        const Reading sent{at(1000s), 400s};
        struct Row {
            const char* why;
            Reading now;
            Duration remaining;
        };
        const Row rows[] = {
            {"both alike", {at(1010s), 410s}, 20s},
            {"BOOTTIME is slewed and slow", {at(1027s), 430s}, 0s},
            {"MONOTONIC_RAW stood still in suspend", {at(1029s), 401s}, 1s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Lease lease(member(1), session, length);
            lease.follow(voters(3), false, sent);
            lease.sent(Sequence(1), sent);
            lease.granted(member(2), voters(3), {session, Sequence(1)});
            lease.granted(member(3), voters(3), {session, Sequence(1)});
            CHECK(lease.remaining(row.now) == row.remaining);
        }
    }

    TEST_CASE("another length holds at once") {
        Holder holder(3);
        holder.granted(2, 40);
        holder.lease.last(5s);
        CHECK(holder.remaining(44s) == 1s);
        CHECK(holder.remaining(45s) == 0s);
        holder.lease.last(30s);
        CHECK(holder.remaining(45s) == 25s);
    }

    TEST_CASE(
        "however many beats leave, each is known for longer than a lease, and never as later") {
        Departures departures(length);
        static constexpr Duration step = 3333333ns;
        const auto when = [](std::uint64_t number) {
            return reading(step * static_cast<Duration::rep>(number));
        };
        constexpr std::uint64_t beats = 20000;  // 66 s
        for (std::uint64_t number = 0; number <= beats; ++number)
            departures.sent(Sequence(number), when(number));
        CHECK_FALSE(departures.of(Sequence(beats + 1)).has_value());
        CHECK_FALSE(departures.of(Sequence(0)).has_value());
        for (std::uint64_t number = beats - 9000; number <= beats; ++number) {  // 30 s
            const auto found = departures.of(Sequence(number));
            REQUIRE(found.has_value());
            CHECK(found->now <= when(number).now);
            CHECK(when(number).now - found->now < length / 250);
        }
    }
}

}  // namespace
}  // namespace inquest
