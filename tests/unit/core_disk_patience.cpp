// How much silence a path over a disk is granted, and that it judges no network.
#include "heartbeat/core/disk_patience.hpp"
#include "heartbeat/core/peer_evidence.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace inquest {
namespace {

using namespace std::chrono_literals;

constexpr PathId lan{0}, san{1};

ClusterConfig cluster(const Timing& timing) {
    ClusterConfig config{.name = "lab", .timing = timing};
    config.paths = {{"lan", PathKind::udp, "sw", Switched::on},
                    {"san", PathKind::disk, "array", Switched::on}};
    return config;
}

/// What one node hears of another on a network and on a disk.
class Ears {
 public:
    explicit Ears(const Timing& timing)
        : evidence_(cluster(timing), {true, true}, at(0ms)), halves_(2) {}

    void hear(PathId path, Duration arrived, std::uint64_t sequence, Duration now) {
        Beat beat{.sender = MemberId(2), .path = path};
        beat.incarnation = Incarnation(1);
        beat.session = Session(1);
        beat.sequence = Sequence(sequence);
        beat.paths = 2;
        refusal_ = evidence_.heard(beat, path, at(arrived), at(now));
    }
    BeatRefusal refusal() const { return refusal_; }
    PathState state(PathId path, Duration now) {
        evidence_.judge(at(now), halves_, {});
        return evidence_.path(path.value).cell.state;
    }
    double loss(PathId path) const { return evidence_.path(path.value).loss.ratio(0); }
    Instant late_after(PathId path) const {
        return evidence_.path(path.value).detector->late_after();
    }

 private:
    PeerEvidence evidence_;
    std::vector<LocalHalf> halves_;
    BeatRefusal refusal_ = BeatRefusal::none;
};

}  // namespace

TEST_SUITE("core.disk_patience") {
    TEST_CASE("a disk is granted what the cluster's timings grant, and no less than its floor") {
        struct Row {
            const char* why;
            Timing timing;
            Duration late_after;
            Duration limit;
        };
        Timing slow;
        slow.beat_interval = 1s;
        slow.path_limit = 3s;
        const Row rows[] = {
            {"default: its own limit", Timing{}, 300ms, 400ms},
            {"fast: the floor", Timing::fast(), 150ms, 200ms},
            {"slow: three intervals are enough", slow, 3s, 3s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Ears ears(row.timing);
            ears.hear(san, 0ms, 1, 0ms);
            CHECK(ears.state(san, row.late_after) ==
                  (row.late_after < row.limit ? PathState::fresh : PathState::silent));
            CHECK(ears.state(san, row.limit - 1ns) ==
                  (row.late_after < row.limit ? PathState::late : PathState::fresh));
            CHECK(ears.state(san, row.limit) == PathState::silent);
        }
    }

    TEST_CASE("a network beside a disk is judged as without it") {
        Ears alone{Timing{}}, beside{Timing{}};
        for (std::uint64_t beat = 0; beat < 20; ++beat) {
            const Duration sent = 100ms * static_cast<int>(beat);
            alone.hear(lan, sent, 2 * beat, sent);
            beside.hear(lan, sent, 2 * beat, sent);
            beside.hear(san, sent + 90ms, 2 * beat + 1, sent + 95ms);
        }
        CHECK(alone.late_after(lan) == beside.late_after(lan));
        CHECK(beside.state(lan, 1900ms + 400ms) == PathState::silent);
    }

    TEST_CASE("beats that a disk had no time for are overtaken, and not lost") {
        Ears ears{Timing{}};
        for (std::uint64_t beat = 0; beat < 20; ++beat) {
            const Duration sent = 100ms * static_cast<int>(beat);
            for (const PathId path : {lan, san}) ears.hear(path, sent, 6 * beat + path.value, sent);
        }
        CHECK(ears.loss(lan) > 0.5);
        CHECK(ears.loss(san) == 0.0);
    }

    TEST_CASE(
        "a beat that a disk held back is old by its floor, where a network's is by the limit") {
        struct Row {
            const char* why;
            PathId path;
            std::uint64_t behind;  ///< slots of 5 ms
            BeatRefusal expect;
        };
        const Row rows[] = {
            {"a network: within 40ms", lan, 8, BeatRefusal::none},
            {"a network: beyond", lan, 10, BeatRefusal::replayed},
            {"a disk: within 200ms", san, 39, BeatRefusal::none},
            {"a disk: beyond", san, 41, BeatRefusal::replayed},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Ears ears(Timing::fast());
            ears.hear(row.path == lan ? san : lan, 0ms, 1000, 0ms);
            ears.hear(row.path, 1ms, 1000 - row.behind, 1ms);
            CHECK(ears.refusal() == row.expect);
        }
    }
}

}  // namespace inquest
