#include "tests/sim/picture/rows.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace inquest::sim::picture {
namespace {

using namespace std::chrono_literals;

/// A node that starts is met within this, beside path_limit.
constexpr Duration meeting = 1s;

Duration greeting_max(const Recording& recording) {
    return recording.cluster().timing.path_limit + meeting;
}

/// Of a path that not both are on, or that is switched off, nothing else is ever said.
bool is_never_used(const History& path) {
    return std::all_of(path.changes().begin(), path.changes().end(), [](const Change& change) {
        return change.word.empty() || change.word == "blind";
    });
}

/// Is it `good` all the time, but for `greeting` after each beginning?
bool is_quiet(const History& history, std::string_view greeting, std::string_view good,
              Duration greeting_limit, Duration end) {
    const std::vector<Change>& changes = history.changes();
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const std::string& word = changes[i].word;
        if (word.empty() || word == good) continue;
        const bool begins = i == 0 || changes[i - 1].word.empty();
        const bool brief = history.until(i, end) - changes[i].when <= greeting_limit;
        if (word != greeting || !begins || !brief) return false;
    }
    return true;
}

bool is_quiet(const Regard& regard, const Recording& recording) {
    return regard.failovers.empty() &&
           is_quiet(regard.verdict, "unknown", "alive", greeting_max(recording),
                    recording.length()) &&
           std::all_of(regard.paths.begin(), regard.paths.end(), [&](const History& path) {
               return is_never_used(path) || is_quiet_path(path, recording);
           });
}

bool is_alike(const History& a, const History& b, Duration tolerance) {
    return std::equal(a.changes().begin(), a.changes().end(), b.changes().begin(),
                      b.changes().end(), [&](const Change& one, const Change& other) {
                          return one.word == other.word &&
                                 std::chrono::abs(one.when - other.when) <= tolerance;
                      });
}

bool is_alike(const Regard& a, const Regard& b, Duration tolerance) {
    const auto near = [&](Duration one, Duration other) {
        return std::chrono::abs(one - other) <= tolerance;
    };
    return is_alike(a.verdict, b.verdict, tolerance) &&
           std::equal(a.failovers.begin(), a.failovers.end(), b.failovers.begin(),
                      b.failovers.end(), near) &&
           std::equal(a.paths.begin(), a.paths.end(), b.paths.begin(), b.paths.end(),
                      [&](const History& one, const History& other) {
                          return is_alike(one, other, tolerance);
                      });
}

void add(LaneRows& lane, std::size_t peer, const Regard& regard, Duration tolerance) {
    const auto same = std::find_if(lane.rows.begin(), lane.rows.end(), [&](const Row& row) {
        return is_alike(*row.regard, regard, tolerance);
    });
    if (same != lane.rows.end())
        same->peers.push_back(peer);
    else
        lane.rows.push_back({{peer}, &regard});
}

LaneRows rows_of(const Recording& recording, std::size_t observer, Duration tolerance) {
    LaneRows rows{.observers = {observer}};
    const Lane& lane = recording.lanes()[observer];
    for (std::size_t peer = 0; peer < lane.regards.size(); ++peer) {
        const Regard& regard = lane.regards[peer];
        if (peer == observer || !regard.verdict.ever_says_anything()) continue;
        if (is_quiet(regard, recording))
            rows.quiet.push_back(peer);
        else
            add(rows, peer, regard, tolerance);
    }
    return rows;
}

bool always_ran(const Lane& lane) {
    return lane.stalls.empty() && lane.condition.changes().size() == 1 &&
           lane.condition.changes().front().word == runs;
}

// ---- Observers that say the same ----------------------------------------------------------------

using Places = std::vector<std::size_t>;  ///< in order

bool has(const Places& places, std::size_t place) {
    return std::binary_search(places.begin(), places.end(), place);
}

Places united(const Places& a, const Places& b) {
    Places both;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both;
}

Places without(const Places& all, const Places& some) {
    Places rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

/// Do `ours`, of which these observers say something, and `theirs` mean the same nodes? Where the
/// observers themselves are among them, it must be all of them.
bool mean_the_same(const LaneRows& us, const Places& ours, const LaneRows& them,
                   const Places& theirs) {
    const Places all = united(us.observers, them.observers);
    if (without(ours, all) != without(theirs, all)) return false;
    const bool mutual = has(ours, them.observers.front());
    const bool alone = us.observers.size() == 1;
    return std::all_of(us.observers.begin(), us.observers.end(), [&](std::size_t observer) {
        return has(theirs, observer) == mutual && (alone || has(ours, observer) == mutual);
    });
}

/// The row of ours that says what this row of theirs says.
std::vector<Row>::iterator counterpart(LaneRows& us, const LaneRows& them, const Row& theirs,
                                       Duration tolerance) {
    return std::find_if(us.rows.begin(), us.rows.end(), [&](const Row& ours) {
        return mean_the_same(us, ours.peers, them, theirs.peers) &&
               is_alike(*ours.regard, *theirs.regard, tolerance);
    });
}

/// Makes one lane of two, if they say the same. Pre: `them` has one observer.
bool join(LaneRows& us, const LaneRows& them, Duration tolerance) {
    const bool same = us.rows.size() == them.rows.size() &&
                      mean_the_same(us, us.quiet, them, them.quiet) &&
                      std::all_of(them.rows.begin(), them.rows.end(), [&](const Row& row) {
                          return counterpart(us, them, row, tolerance) != us.rows.end();
                      });
    if (!same) return false;
    std::vector<Row> rows = us.rows;
    for (const Row& row : them.rows) {
        const auto ours = counterpart(us, them, row, tolerance) - us.rows.begin();
        Places& peers = rows[static_cast<std::size_t>(ours)].peers;
        peers = united(peers, row.peers);
    }
    us.rows = std::move(rows);
    us.quiet = united(us.quiet, them.quiet);
    us.observers = united(us.observers, them.observers);
    return true;
}

}  // namespace

bool is_quiet_path(const History& path, const Recording& recording) {
    return is_quiet(path, "blind", "fresh", greeting_max(recording), recording.length());
}

Arrangement arrange(const Recording& recording, Duration tolerance) {
    Arrangement all;
    const auto ran = [&](const LaneRows& rows) {
        return always_ran(recording.lanes()[rows.observers.front()]);
    };
    for (std::size_t observer = 0; observer < recording.lanes().size(); ++observer) {
        LaneRows rows = rows_of(recording, observer, tolerance);
        if (rows.rows.empty() && ran(rows)) {
            all.quiet.push_back(observer);
            continue;
        }
        const auto same = std::find_if(all.lanes.begin(), all.lanes.end(), [&](LaneRows& lane) {
            return ran(lane) && ran(rows) && join(lane, rows, tolerance);
        });
        if (same == all.lanes.end()) all.lanes.push_back(std::move(rows));
    }
    return all;
}

}  // namespace inquest::sim::picture
