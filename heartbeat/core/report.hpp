// All that a node knows, as plain data with names: for `status`, `paths`, metrics and tests.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/guests.hpp"
#include "heartbeat/core/path_state.hpp"
#include "heartbeat/core/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest {

struct PathReport {
    std::size_t path = 0;
    Cell cell;
    std::string reason;  ///< empty while fresh
    Instant since{};
    std::optional<Duration> age;  ///< of the newest beat; nothing: never heard
    std::optional<Duration> rtt;
    double loss = 0;  ///< 0..1, of what the peer sent
    std::uint64_t flaps = 0;
};

struct PeerReport {
    std::string name;
    Verdict verdict = Verdict::unknown;
    Instant since{};
    std::string reason;
    Incarnation incarnation;
    Session session;
    bool votes = false;
    bool relayed = false;  ///< its beats come through another member
    bool config_differs = false;
    std::optional<Duration> self_fence_left;  ///< condemned: until its own reset is a proof
    std::vector<PathReport> paths;            ///< only those that both nodes are on
};

struct RowReport {
    std::string peer;
    std::optional<Duration> age;
    bool relayed = false;
    std::vector<Cell> cells;
};

struct ViewReport {
    std::string observer;
    bool current = false;
    bool stalled = false;
    std::string via;  ///< who relays it, empty if it comes straight
    Duration age{};
    std::vector<RowReport> rows;
};

struct Stalls {
    std::uint64_t count = 0;
    Duration total{};
    Duration longest{};
    bool cannot_testify = false;  ///< three in a row
};

/// What one voter has granted: when the newest beat left that it has said to have heard.
struct GrantReport {
    std::string voter;
    std::optional<Duration> age;  ///< of that beat; nothing: none in this session
};

struct LeaseReport {
    std::optional<Duration> remaining;  ///< nothing: no voters are known that could grant one
    Duration length{};
    std::vector<GrantReport> grants;
};

struct WatchdogReport {
    bool open = false;
    Duration reset_within{};  ///< of the last feed that a lease allowed
    bool fed = false;
    std::optional<Duration> starved_for;
    Guests guests = Guests::unknown;
};

struct NodeReport {
    std::string name;
    Incarnation incarnation;
    Session session;
    bool quorate = false;
    int votes_together = 0;
    int voters = 0;
    bool isolated = false;
    Stalls stalls;
    LeaseReport lease;
    WatchdogReport watchdog;
    std::vector<std::string> faults;  ///< a sentence for each fault, naming the side that it is on
    std::vector<PeerReport> peers;
    std::vector<ViewReport> views;
};

}  // namespace inquest
