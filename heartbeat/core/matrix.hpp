// The matrix: what every member that this node can reach says of every other (docs/verdicts.md).
//
// A view is one node's word about all others, taken from its newest beat. A view that is not
// current says nothing. Claims age in our hands: "I hear n3", said some time ago, wears off.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/core/roster.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace inquest {

/// What one observer says of one peer, from the evidence of all its paths.
enum class Testimony : std::uint8_t {
    hears,   ///< a path is fresh
    doubts,  ///< none is fresh, one is late
    silent,  ///< none is fresh or late, at least one is silent: "I do not hear it"
    none,    ///< blind on all: it does not testify
};

Testimony testimony(const FixedVector<Cell, paths_max>& cells);

/// What one view says of one peer.
struct Claim {
    bool made = false;                ///< its observer knows the peer, and speaks of it
    Incarnation incarnation;          ///< newest heard, 0 = never
    std::optional<Instant> heard_at;  ///< its newest beat on a path of its own, on our clock
    bool relayed = false;
    bool left = false;
    Testimony testimony = Testimony::none;
    bool all_fresh =
        false;  ///< every path on which its observer can testify is fresh, one at least
    FixedVector<Cell, paths_max> cells;
};

struct View {
    bool present = false;     ///< a beat of its observer was heard
    bool left = false;        ///< its observer said goodbye
    bool stalled = false;     ///< its observer woke late and testifies nothing yet
    Incarnation incarnation;  ///< of the observer
    Session session;
    Sequence sequence;
    MemberId via = nobody;  ///< who passed it on
    Instant received{};
    Instant counted_from{};             ///< received, plus own stalls since
    std::array<Claim, members_max> of;  ///< by the peer's place in the roster
};

/// Is "not heard yet" an excuse? For others it is; of its own paths a node knows that one is
/// missing.
enum class Unheard : std::uint8_t { excused, counted };

/// The claim that a row makes, said at `said`.
Claim claim(const PeerRow& row, std::size_t paths, Instant said, Unheard unheard);

class Matrix {
 public:
    Matrix(const Roster& roster, Duration view_limit);

    /// A beat's row becomes its sender's view. A beat older than the view is ignored.
    void heard(std::size_t observer, const Beat& beat, Instant arrived);
    /// This node's own view, written anew before each judgement.
    View& own() { return views_[self_]; }
    void extend(Duration stall, Instant now);
    /// Another configuration: the views and claims of members that stay are kept, of others none.
    void follow(const Roster& roster, const Places& before);
    /// From now on a view ends at this age.
    void end_views_after(Duration view_limit) { view_limit_ = view_limit; }

    const View& view(std::size_t observer) const { return views_[observer]; }
    /// Own view, or one that is recent and whose owner has not said goodbye.
    bool current(std::size_t observer, Instant now) const;
    /// When the next view stops being current.
    Instant next_deadline(Instant now) const;

    /// What a current view says of a peer now. An "I hear it" that has grown old says nothing, and
    /// one of an incarnation that has ended is a doubt.
    Testimony says(std::size_t observer, std::size_t peer, Incarnation newest, Instant now) const;

    /// It misses somebody and hears nobody at all: it is isolated, and accuses nobody.
    bool isolated(std::size_t observer) const;

    /// Votes of the members that I hear and that hear me, mine included.
    int votes_together(const Roster& roster, Incarnation own, Instant now) const;

 private:
    Duration view_limit_;
    std::size_t self_;
    std::size_t paths_;
    std::vector<MemberId> ids_;
    std::vector<View> views_;
};

}  // namespace inquest
