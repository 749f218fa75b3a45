// What a daemon and its keeper say of the watchdog comes through whole, or not at all; and no
// message of their line is taken for one of another sort.
#include "heartbeat/wire/testament.hpp"
#include "heartbeat/wire/watchdog_line.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

using namespace inquest;
using namespace inquest::wire;
using namespace std::chrono_literals;

namespace {

/// No text of the line is longer.
constexpr std::size_t text_max = 200;

OpenWatchdog device_order() {
    return {.door = WatchdogDoor::device,
            .path = "/dev/watchdog",
            .timeout = 4s,
            .reset_time = 1s,
            .behind = 0s,
            .trusted_because = "",
            .mark = "/var/lib/inquest/watchdog.boot",
            .boot_id = "0f5a-11"};
}

OpenWatchdog mux_order() {
    return {.door = WatchdogDoor::mux,
            .path = "/run/watchdog-mux.sock",
            .timeout = 10s,
            .reset_time = 2s,
            .behind = 60s,
            .trusted_because = "tested",
            .mark = "m",
            .boot_id = "b"};
}

OpenWatchdog longest_order() {
    const std::string longest(text_max, 'p');
    return {.door = WatchdogDoor::mux,
            .path = longest,
            .timeout = Duration::max(),
            .reset_time = Duration::max() - 1ns,
            .behind = Duration::max() - 2ns,
            .trusted_because = longest,
            .mark = longest,
            .boot_id = longest};
}

WatchdogIsOpen shared_one() {
    return {.kind = WatchdogKind::shared,
            .timeout = 10s,
            .identity = "watchdog-mux",
            .reset_time = 2s,
            .behind = 60s,
            .trusted_because = "tested"};
}

WatchdogIsOpen longest_news() {
    const std::string longest(text_max, 'i');
    return {.kind = WatchdogKind::software,
            .timeout = Duration::max(),
            .identity = longest,
            .reset_time = Duration::max() - 1ns,
            .behind = Duration::max() - 2ns,
            .trusted_because = longest};
}

/// Behind the tag: the door of an order, and of which kind the open watchdog is.
constexpr std::size_t word_at = 1;

std::vector<WatchdogOrder> orders() {
    return {device_order(), mux_order(), longest_order(), OpenWatchdog{}, CloseWatchdog{}};
}

std::vector<WatchdogNews> news() {
    return {WatchdogIsOpen{.kind = WatchdogKind::hardware, .timeout = 4s, .identity = "iTCO_wdt"},
            shared_one(),
            longest_news(),
            WatchdogIsOpen{},
            WatchdogRefused{"/dev/watchdog: cannot be opened"},
            WatchdogRefused{std::string(text_max, 'w')},
            WatchdogRefused{}};
}

std::vector<Bytes> order_bytes() {
    std::vector<Bytes> all;
    for (const WatchdogOrder& order : orders()) all.push_back(encode(order));
    return all;
}

std::vector<Bytes> news_bytes() {
    std::vector<Bytes> all;
    for (const WatchdogNews& told : news()) all.push_back(encode(told));
    return all;
}

/// What else comes over the line: a testament, that there is none, and the word before a death.
std::vector<Bytes> other_bytes() {
    Will will{.self = MemberId(3),
              .incarnation = Incarnation(5),
              .session = Session(2),
              .beat_interval = 100ms,
              .restart_grace = 3s,
              .paths = 1};
    will.speaks_on.push_back(PathId(0));
    will.peers.push_back(MemberId(1));
    Testament left{.will = will, .cluster = cluster_tag("prod"), .key_id = KeyId(4)};
    left.ways = {{PathId(0), "eth0", "192.0.2.3", 7740, {"192.0.2.1"}}};
    return {encode(left), encode(std::optional<Testament>()), Bytes{last_word}};
}

/// Has `check` look at each message of both directions, with the decoder that it is meant for.
template <typename Check>
void each_message(Check check) {
    for (const Bytes& bytes : order_bytes()) check(bytes, decode_watchdog_order);
    for (const Bytes& bytes : news_bytes()) check(bytes, decode_watchdog_news);
}

TEST_SUITE("watchdog line") {
    TEST_CASE("each order comes through as it was given") {
        for (const WatchdogOrder& order : orders()) {
            const auto read = decode_watchdog_order(encode(order));
            REQUIRE(read.has_value());
            CHECK(*read == order);
        }
    }

    TEST_CASE("each news comes through as it was told") {
        for (const WatchdogNews& told : news()) {
            const auto read = decode_watchdog_news(encode(told));
            REQUIRE(read.has_value());
            CHECK(*read == told);
        }
    }

    TEST_CASE("the longest message fits into what its reader has room for") {
        for (const Bytes& bytes : order_bytes()) CHECK(bytes.size() <= testament_bytes_max);
        for (const Bytes& bytes : news_bytes()) CHECK(bytes.size() <= watchdog_message_bytes_max);
    }

    TEST_CASE("news are told though a text of others is too long: by its beginning") {
        for (const std::size_t length :
             {text_max, text_max + 1, std::size_t{255}, std::size_t{256}, std::size_t{5000}}) {
            CAPTURE(length);
            WatchdogIsOpen open = shared_one();
            open.identity = std::string(length, 'x');
            const auto read = decode_watchdog_news(encode(WatchdogNews(open)));
            open.identity.resize(text_max);
            REQUIRE(read.has_value());
            CHECK(*read == WatchdogNews(open));
            WatchdogRefused refused{std::string(length, 'x')};
            const auto why = decode_watchdog_news(encode(WatchdogNews(refused)));
            refused.why.resize(text_max);
            REQUIRE(why.has_value());
            CHECK(*why == WatchdogNews(refused));
        }
    }

    TEST_CASE("an order is never carried out in part: too long a name makes it none") {
        for (const std::size_t length : {text_max + 1, std::size_t{255}, std::size_t{256}}) {
            for (const auto text :
                 {&OpenWatchdog::path, &OpenWatchdog::mark, &OpenWatchdog::boot_id}) {
                CAPTURE(length);
                OpenWatchdog order = device_order();
                order.*text = std::string(length, 'p');
                CHECK_FALSE(decode_watchdog_order(encode(WatchdogOrder(order))).has_value());
            }
        }
    }

    TEST_CASE("no part of a message is one, nor anything longer") {
        each_message([](const Bytes& whole, auto decode) {
            for (std::size_t length = 0; length < whole.size(); ++length) {
                CAPTURE(length);
                CHECK_FALSE(decode(std::span(whole).first(length)).has_value());
            }
            for (int byte = 0; byte < 256; ++byte) {
                Bytes longer = whole;
                longer.push_back(static_cast<std::byte>(byte));
                CHECK_FALSE(decode(longer).has_value());
            }
        });
    }

    TEST_CASE("under any other tag a message is none") {
        each_message([](const Bytes& whole, auto decode) {
            for (int bits = 1; bits < 256; ++bits) {
                CAPTURE(bits);
                Bytes changed = whole;
                changed[0] ^= static_cast<std::byte>(bits);
                CHECK_FALSE(decode(changed).has_value());
            }
        });
    }

    TEST_CASE("words out of their range are none") {
        const auto taken = [](const Bytes& whole, auto decode) {
            int count = 0;
            for (int word = 0; word < 256; ++word) {
                Bytes changed = whole;
                changed[word_at] = static_cast<std::byte>(word);
                if (decode(changed)) ++count;
            }
            return count;
        };
        CHECK(taken(encode(WatchdogOrder(device_order())), decode_watchdog_order) == 2);
        CHECK(taken(encode(WatchdogNews(WatchdogIsOpen{})), decode_watchdog_news) ==
              static_cast<int>(watchdog_kinds));
    }

    TEST_CASE("a damaged byte makes another message, of one form, or none") {
        each_message([](const Bytes& whole, auto decode) {
            if (whole.size() > text_max) return;  // it only has more of the same letters
            for (std::size_t place = 0; place < whole.size(); ++place) {
                for (int bits = 1; bits < 256; ++bits) {
                    Bytes changed = whole;
                    changed[place] ^= static_cast<std::byte>(bits);
                    if (const auto read = decode(changed)) CHECK(encode(*read) == changed);
                }
            }
        });
    }

    TEST_CASE("a message of one sort is none of another") {
        for (const Bytes& bytes : other_bytes()) {
            CHECK_FALSE(decode_watchdog_order(bytes).has_value());
            CHECK_FALSE(decode_watchdog_news(bytes).has_value());
        }
        for (const Bytes& bytes : order_bytes()) {
            CHECK_FALSE(decode_testament(bytes).has_value());
            CHECK_FALSE(decode_watchdog_news(bytes).has_value());
            CHECK(bytes != Bytes{last_word});
        }
        for (const Bytes& bytes : news_bytes()) {
            CHECK_FALSE(decode_testament(bytes).has_value());
            CHECK_FALSE(decode_watchdog_order(bytes).has_value());
        }
    }
}

}  // namespace
