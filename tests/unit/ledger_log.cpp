#include "heartbeat/ledger/log.hpp"
#include "tests/unit/ledger_one.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace inquest::test {

using namespace ledger;

namespace {

/// Entries 1.. of these terms.
Log log_of(const std::vector<std::uint64_t>& terms) {
    Log log({Index(), Term(), {}});
    for (const std::uint64_t term : terms) log.append(command(log.last().value + 1, term));
    return log;
}

Entry change(std::uint64_t index, Voters now) {
    return {.index = Index(index),
            .term = Term(1),
            .kind = EntryKind::membership,
            .members = {.voters = now, .learners = {}},
            .bytes = {}};
}

}  // namespace

TEST_CASE("ledger: the entry before an append must be the leader's") {
    struct Row {
        const char* why;
        std::uint64_t index;
        std::uint64_t term;
        bool expect;
    };
    constexpr Row rows[] = {
        {"what was committed before the base is the same everywhere", 2, 9, true},
        {"the base itself", 3, 1, true},
        {"the base in another term cannot be", 3, 2, false},
        {"an entry in its term", 5, 2, true},
        {"an entry in another term", 5, 3, false},
        {"the last entry", 6, 4, true},
        {"past the end nothing matches", 7, 4, false},
    };
    Log log = log_of({1, 1, 1, 2, 2, 4});
    log.compact_through(Index(3));
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(log.matches(Index(row.index), Term(row.term)) == row.expect);
    }
}

TEST_CASE("ledger: a vote goes to a log that lacks nothing") {
    struct Row {
        const char* why;
        std::uint64_t index;
        std::uint64_t term;
        bool expect;
    };
    constexpr Row rows[] = {
        {"the same end", 3, 2, true},
        {"longer in the same term", 4, 2, true},
        {"shorter in the same term", 2, 2, false},
        {"a later term counts more than length", 1, 3, true},
        {"an earlier term, however long", 9, 1, false},
    };
    const Log log = log_of({1, 1, 2});
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(log.no_newer_than(Index(row.index), Term(row.term)) == row.expect);
    }
}

TEST_CASE("ledger: a leader steps back over a whole term") {
    Log log = log_of({1, 1, 2, 2, 2, 3});
    CHECK(log.before_term_at(Index(5)) == Index(2));
    CHECK(log.before_term_at(Index(6)) == Index(5));
    CHECK(log.before_term_at(Index(2)) == Index(0));
    log.compact_through(Index(4));
    CHECK_MESSAGE(log.before_term_at(Index(5)) == Index(4), "the base is committed");
}

TEST_CASE("ledger: the members are what the log holds, whatever is cut off at either end") {
    Log log = log_of({1});
    log.append(change(2, voters({1})));
    log.append({Index(3), Term(1), EntryKind::settled, {}, {}});
    log.append(change(4, voters({1, 2})));
    CHECK(log.membership().now.voters == voters({1, 2}));
    CHECK(log.membership().before == voters({1}));
    CHECK(log.membership().changed == Index(4));
    CHECK(log.membership().settled == Index(3));

    SUBCASE("truncated") {
        log.truncate_from(Index(4));
        CHECK(log.membership().now.voters == voters({1}));
        CHECK(log.membership().changed == Index(2));
    }
    SUBCASE("compacted behind the change, then truncated") {
        log.compact_through(Index(3));
        log.truncate_from(Index(4));
        CHECK(log.membership().now.voters == voters({1}));
        CHECK(log.membership().settled == Index(3));
    }
    SUBCASE("as of an index before the last change") {
        CHECK(log.membership_at(Index(3)).now.voters == voters({1}));
        CHECK(log.membership_at(Index(2)).settled == Index(0));
    }
    SUBCASE("compacted through the change") {
        log.compact_through(Index(4));
        CHECK(log.membership().now.voters == voters({1, 2}));
        CHECK(log.membership().before == voters({1}));
    }
}

TEST_CASE("ledger: the log knows its size") {
    Log log = log_of({1, 1, 1});
    const std::size_t three_bytes = log.bytes();
    log.append(command(4, 1, 500));
    CHECK(log.bytes() >= three_bytes + 500);
    log.truncate_from(Index(4));
    CHECK(log.bytes() == three_bytes);
    log.compact_through(Index(3));
    CHECK(log.bytes() == 0);
}

}  // namespace inquest::test
