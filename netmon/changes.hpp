// From judgements to changes: what the daemon has to tell the core, and when it has to open a
// path's socket anew. Pure.
#pragma once

#include "heartbeat/core/event.hpp"
#include "netmon/local_half.hpp"

#include <span>
#include <string>
#include <vector>

namespace inquest::netmon {

struct Change {
    PathId path;
    bool good = false;
    std::string reason;   ///< why not good, for a person; empty when good
    bool reopen = false;  ///< good, and a socket opened before would be deaf: open it (anew)
};

/// The core's event for `change`, whose reason it borrows.
inline Event event_of(const Change& change) {
    if (change.good) return LocalHalfGood{change.path};
    return LocalHalfBroken{change.path, change.reason};
}

/// Remembers what was said of every path, so that only news are told.
class Changes {
 public:
    /// Addresses of `wanted` need not be canonical. Nothing is told yet, so every path is news.
    explicit Changes(std::vector<Wanted> wanted);

    /// Other paths. What was said of one that is wanted as before stays said.
    void follow(std::vector<Wanted> wanted);

    /// Judges all paths, and appends what is new to `changes`.
    void judge(const Table& table, std::vector<Change>& changes);

 private:
    struct Told {
        Wanted wanted;
        bool ever = false;
        Fault fault = Fault::none;
        std::string reason{};
        LinkIndex opened_on{};  ///< where a socket opened on our word is bound; no_link: it is void
    };

    std::vector<Told> told_;
};

}  // namespace inquest::netmon
