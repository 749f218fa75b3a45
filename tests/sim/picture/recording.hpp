// What the picture remembers of a run: of each node how it fared and what it said of each other,
// as lists of changes. The ledger's leases and the guests get a list each when they exist.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/core/transition.hpp"
#include "tests/sim/picture/trouble.hpp"
#include "tests/sim/world/timeline.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::sim {

class World;

namespace picture {

/// From `when` on it is `word`, until the next change. An empty word: nothing is said.
struct Change {
    Duration when{};  ///< since the world began
    std::string word;
    std::string reason;
};

class History {
 public:
    void become(Duration when, std::string_view word, std::string_view reason = {});
    const std::vector<Change>& changes() const { return changes_; }
    /// Where the change's word ends: at the next, or at the end of the run.
    Duration until(std::size_t change, Duration end) const;
    bool ever_says_anything() const;

 private:
    std::vector<Change> changes_;
};

/// What one observer says of one other node.
struct Regard {
    History verdict;
    std::vector<History> paths;       ///< [path]
    std::vector<Duration> failovers;  ///< it had seen enough to condemn at
};

struct Mark {
    Duration when{};
    std::string text;
};

struct Lane {
    History condition;            ///< words of condition(): `runs`, `off` and the like
    std::vector<Regard> regards;  ///< by place; that on itself stays empty
    std::vector<Mark> stalls;     ///< it woke late
    std::uint32_t run = 0;        ///< of the host's daemon, when last looked at
    bool unfit = false;           ///< it has said that it cannot testify
};

/// A node that runs and has nothing to complain of.
inline constexpr std::string_view runs = "runs";

class Recording {
 public:
    Recording(const ClusterConfig& cluster, Duration length);

    void happened(const World& world, const Event& event);
    void told(const World& world, std::size_t host, const Transition& transition);
    /// Notices what no callback tells: that a daemon has ended or begun, or a pause is over.
    void look(const World& world);

    const ClusterConfig& cluster() const { return cluster_; }
    Duration length() const { return length_; }
    const std::vector<Lane>& lanes() const { return lanes_; }  ///< by place
    const std::vector<Trouble>& troubles() const { return troubles_.all(); }

 private:
    void look(const World& world, std::size_t host);
    void begin_anew(Lane& lane, std::size_t host, Duration now, bool runs_now);

    ClusterConfig cluster_;
    Duration length_;
    std::vector<Lane> lanes_;
    Troubles troubles_;
};

}  // namespace picture
}  // namespace inquest::sim
