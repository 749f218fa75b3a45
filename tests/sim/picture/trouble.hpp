// The faults of a run for the picture: each with its words, and with the time when it was over.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/world/timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim::picture {

struct Trouble {
    enum class Kind : std::uint8_t {
        lasting,  ///< it holds until it is undone
        instant,  ///< it happens and is over: a set clock, a lost disk
        mending,  ///< it undoes, but not all of any one fault: those that do end that fault's span
    };
    Kind kind = Kind::lasting;
    Event event;
    std::string text;  ///< the event, and what it means
    Duration from{};
    std::optional<Duration> to;  ///< of `lasting`; nothing: it is never undone
};

/// What one fault does to one direction of one link, one switch, or one node.
struct Effect {
    Verb verb;
    std::size_t from = 0;  ///< the node, too
    std::size_t to = 0;
    std::size_t path = 0;
    std::string fate;
};

class Troubles {
 public:
    /// Pre: is_fault(event.verb).
    void happened(const ClusterConfig& cluster, const Event& event, Duration now);
    /// The daemon of this node runs: what ended it is over.
    void runs_again(std::size_t node, Duration now);

    const std::vector<Trouble>& all() const { return all_; }

 private:
    struct Open {
        std::size_t trouble;
        std::vector<Effect> effects;  ///< that are left
    };
    template <typename Undone>
    bool undo(Duration now, Undone&& undone);

    std::vector<Trouble> all_;
    std::vector<Open> open_;
};

/// What the event means, for somebody who knows no timelines: `n3's beats no longer reach n1`.
std::string meaning(const Event& event, const ClusterConfig& cluster);

}  // namespace inquest::sim::picture
