// Matrices made by hand for tests: who says what of whom, as strings of path states.
#pragma once

#include "heartbeat/core/matrix.hpp"
#include "heartbeat/core/roster.hpp"
#include "tests/unit/cluster.hpp"

#include <string_view>
#include <vector>

namespace inquest::test {

/// `f`resh, `l`ate, `s`ilent, `b`roken link, `u`nheard yet, `o`ff, s`t`alled, o`v`errun, fro`z`en.
inline FixedVector<Cell, paths_max> cells(std::string_view letters) {
    FixedVector<Cell, paths_max> result;
    for (const char letter : letters) {
        Cell cell{PathState::blind, BlindReason::none};
        switch (letter) {
            case 'f': cell.state = PathState::fresh; break;
            case 'l': cell.state = PathState::late; break;
            case 's': cell.state = PathState::silent; break;
            case 'z': cell.state = PathState::frozen; break;
            case 'b': cell.reason = BlindReason::link_down; break;
            case 'u': cell.reason = BlindReason::not_heard_yet; break;
            case 'o': cell.reason = BlindReason::off; break;
            case 't': cell.reason = BlindReason::stall; break;
            case 'v': cell.reason = BlindReason::overrun; break;
            default: INQUEST_ASSERT(false);
        }
        result.push_back(cell);
    }
    return result;
}

/// The views of nodes n1.. as n1 has them. At first everybody hears everybody on every path.
class Views {
 public:
    static constexpr Instant now = at(100s);

    Views(int nodes, int paths) : Views(cluster_config(nodes, paths)) {}
    explicit Views(const ClusterConfig& cluster)
        : roster_(cluster, MemberId(1)), beats_(roster_.size()) {
        const auto paths = cluster.paths.size();
        for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
            Beat& beat = beats_[observer];
            beat.sender = roster_.id(observer);
            beat.incarnation = Incarnation(1);
            beat.session = Session(1);
            beat.sequence = Sequence(1);
            beat.paths = static_cast<std::uint8_t>(paths);
            for (std::size_t peer = 0; peer < roster_.size(); ++peer) {
                PeerRow row;
                row.peer = roster_.id(peer);
                row.incarnation = Incarnation(1);
                row.age_ms = 10;
                row.cells = cells(std::string(paths, 'f'));
                beat.row.push_back(row);
            }
        }
    }

    /// What one says of another; both counted from 1, as in `n1`.
    PeerRow& row(int observer, int peer) {
        return beats_[static_cast<std::size_t>(observer - 1)]
            .row[static_cast<std::size_t>(peer - 1)];
    }
    Views& says(int observer, int peer, std::string_view letters) {
        row(observer, peer).cells = cells(letters);
        return *this;
    }
    Beat& beat(int observer) { return beats_[static_cast<std::size_t>(observer - 1)]; }
    /// Nothing has ever been heard of this one's view.
    Views& absent(int observer) {
        beat(observer).sender = nobody;
        return *this;
    }

    Matrix matrix(Instant received = now) const {
        Matrix matrix(roster_, Timing{}.path_limit);
        for (std::size_t i = 1; i < beats_.size(); ++i) {
            if (beats_[i].sender != nobody) matrix.heard(i, beats_[i], received);
        }
        View& own = matrix.own();
        own.incarnation = Incarnation(1);
        own.received = now;
        own.counted_from = now;
        for (std::size_t peer = 1; peer < beats_.size(); ++peer) {
            own.of[peer] = claim(beats_[0].row[peer], roster_.path_count(), now, Unheard::counted);
        }
        return matrix;
    }
    const Roster& roster() const { return roster_; }

 private:
    Roster roster_;
    std::vector<Beat> beats_;
};

}  // namespace inquest::test
