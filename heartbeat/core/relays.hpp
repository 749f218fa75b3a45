// Who passes whose beats on to whom.
//
// A member that hears n3 sends n3's beats on to a member that does not: so every node that can be
// reached at all gets all views, and a cut between two nodes splits nobody's matrix. Nothing is
// relayed while everybody hears everybody. To keep a wide cluster from shouting, only the first two
// members that could relay a beat do; news travels on over several hops where none hears directly.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/action.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/core/matrix.hpp"
#include "heartbeat/core/roster.hpp"

#include <array>
#include <optional>
#include <vector>

namespace inquest {

class Relays {
 public:
    Relays(const Roster& roster, Duration interval);

    /// Keeps the newest beat of each member, whichever way it came.
    void heard(std::size_t sender, const Beat& beat, Instant arrived);
    /// Asks for what is to be passed on over `path` now, each beat once and at most one an
    /// interval.
    void send(std::size_t path, const Matrix& matrix, const Roster& roster, Instant now,
              Actions& out);

    /// Another configuration: what is known of members that stay is kept.
    void follow(const Places& before);
    /// From now on each beat is passed on at most once in this time.
    void pace(Duration interval) { interval_ = interval; }

 private:
    struct Newest {
        bool present = false;
        Instant arrived{};
        Beat beat;
    };
    struct Passed {
        Session session;
        Sequence sequence;
        Incarnation incarnation;
        std::optional<Instant> when;
    };

    bool is_my_turn(std::size_t from, std::size_t to, const Matrix& matrix, const Roster& roster,
                    Instant now) const;
    bool already_passed(const Passed& passed, const Beat& beat, Instant now) const;

    Duration interval_;
    std::vector<Newest> newest_;
    std::vector<std::vector<Passed>> passed_;  ///< passed_[to][from]
};

}  // namespace inquest
