// The record of a run: one sector of text, whose lines are written over in place.
#include "heartbeat/endings/run_record.hpp"
#include "tests/unit/endings_files.hpp"

#include <csignal>

namespace inquest::endings {
namespace {

std::string replaced(std::string text, const std::string& old, const std::string& by) {
    const auto place = text.find(old);
    REQUIRE(place != std::string::npos);
    return text.replace(place, old.size(), by);
}

TEST_SUITE("endings: record") {
    TEST_CASE("what is written is read back, and fills one sector") {
        for (const Ending ending : {Ending{}, Ending{Word::told, SIGTERM}, Ending{Word::left, 15},
                                    Ending{Word::died, SIGSEGV}, Ending{Word::died, 64}}) {
            const RunRecord record = run_of("0f5a-11", 3, 7, ending);
            const std::string text = record_text(record);
            CHECK(text.size() == record_bytes);
            const auto read = parse_record(text);
            REQUIRE(read.has_value());
            CHECK(*read == record);
        }
        const auto longest = parse_record(record_text(run_of(std::string(64, 'f').c_str(), 1, 1)));
        CHECK(longest.has_value());
    }

    TEST_CASE("a piece written over its place changes that line alone") {
        std::string text = record_text(run_of("a", 1, 2));
        for (const Piece& piece :
             {alive_piece(clock_at(90)), ending_piece({Word::died, SIGABRT})}) {
            text.replace(piece.place, piece.text.size(), piece.text);
        }
        CHECK(text.size() == record_bytes);
        const auto read = parse_record(text);
        REQUIRE(read.has_value());
        CHECK(*read == run_of("a", 1, 2, {Word::died, SIGABRT}, 90));
    }

    TEST_CASE("what is damaged is refused with one reason") {
        const std::string good = record_text(run_of("a", 1, 2, {Word::told, 15}));
        struct Row {
            const char* why;
            std::string text;
            const char* complaint;
        };
        const Row rows[] = {
            {"empty", "", "0 bytes"},
            {"cut off", good.substr(0, 400), "400 bytes"},
            {"longer", good + " ", "513 bytes"},
            {"zeros, as after a power cut", std::string(record_bytes, '\0'), "line 1"},
            {"a number that is none", replaced(good, "incarnation = 1", "incarnation = x"),
             "line 5"},
            {"a count from nothing", replaced(good, "session     = 2", "session     = 0"),
             "line 6"},
            {"a number with a tail", replaced(good, "session     = 2", "session     = 2,3"),
             "line 6"},
            {"a word that is none", replaced(good, "told 15", "gone 15"), "line 2"},
            {"a word without its signal", replaced(good, "told 15", "told   "), "line 2"},
            {"a signal that is none", replaced(good, "told 15", "told 65"), "line 2"},
            {"running with a signal", replaced(good, "told 15", "running 15"), "line 2"},
            {"a key that is none", replaced(good, "session ", "sessoin "), "line 6"},
            {"a missing line", replaced(good, "session     = 2", "#"), "missing"},
            {"a boot id for a terminal", replaced(good, "= a", "= \x1b"), "line 7"},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            std::string text = row.text;
            if (text.size() > 450 && row.complaint[0] != '5') text.resize(record_bytes, ' ');
            const auto read = parse_record(text);
            REQUIRE_FALSE(read.has_value());
            CHECK(read.error().find(row.complaint) != std::string::npos);
        }
    }

    TEST_CASE("a record with any byte changed is read or refused, and never more") {
        const std::string good = record_text(run_of("a", 1, 2));
        int refused = 0;
        for (std::size_t place = 0; place < good.size(); ++place) {
            for (const char byte : {'\0', '\n', '9', '=', ' ', '\xff'}) {
                std::string text = good;
                text[place] = byte;
                const auto read = parse_record(text);
                if (read) CHECK(record_text(*read).size() == record_bytes);
                refused += read ? 0 : 1;
            }
        }
        CHECK(refused > 100);
    }

    TEST_CASE("signals have their names") {
        CHECK(signal_name(SIGTERM) == "SIGTERM");
        CHECK(signal_name(SIGXCPU) == "SIGXCPU");
        CHECK(signal_name(64) == "signal 64");
    }

    TEST_CASE("the clock on the wall as text") {
        CHECK(wall_text(clock_at(0)) == "2026-11-22T14:00:00.000000Z");
        CHECK(wall_phrase(clock_at(3661)) == "2026-11-22T15:01:01Z");
    }
}

}  // namespace
}  // namespace inquest::endings
