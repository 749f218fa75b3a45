#include "heartbeat/core/matrix.hpp"

#include <algorithm>
#include <utility>

namespace inquest {

Testimony testimony(const FixedVector<Cell, paths_max>& cells) {
    bool late = false;
    bool silent = false;
    for (const Cell& cell : cells) {
        switch (cell.state) {
            case PathState::fresh: return Testimony::hears;
            case PathState::late: late = true; break;
            case PathState::silent:
            case PathState::frozen: silent = true; break;
            case PathState::blind: break;
        }
    }
    if (late) return Testimony::doubts;
    return silent ? Testimony::silent : Testimony::none;
}

namespace {

/// Does this cell say anything of the path, rather than of its observer's state of mind?
bool counts(const Cell& cell, Unheard unheard) {
    if (cell.state != PathState::blind) return true;
    switch (cell.reason) {
        case BlindReason::off:
        case BlindReason::stall: return false;
        case BlindReason::overrun:
        case BlindReason::not_heard_yet: return unheard == Unheard::counted;
        case BlindReason::none:
        case BlindReason::link_down: return true;
    }
    return true;
}

/// The place of the peer's row, looked for from `expected` on and around the end.
std::optional<std::size_t> find_row(const Beat& beat, MemberId peer, std::size_t expected) {
    const std::size_t rows = beat.row.size();
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t place = (expected + i) % rows;
        if (beat.row[place].peer == peer) return place;
    }
    return std::nullopt;
}

}  // namespace

Claim claim(const PeerRow& row, std::size_t paths, Instant said, Unheard unheard) {
    Claim made;
    made.made = true;
    made.incarnation = row.incarnation;
    if (row.age_ms != age_unknown_ms) made.heard_at = said - std::chrono::milliseconds(row.age_ms);
    made.relayed = row.relayed;
    made.left = row.left;
    bool all_fresh = true;
    for (std::size_t i = 0; i < std::min(paths, row.cells.size()); ++i) {
        const Cell cell = row.cells[i];
        made.cells.push_back(cell);
        if (counts(cell, unheard)) all_fresh = all_fresh && cell.state == PathState::fresh;
    }
    made.testimony = testimony(made.cells);
    made.all_fresh = all_fresh && made.testimony == Testimony::hears;
    return made;
}

Matrix::Matrix(const Roster& roster, Duration view_limit)
    : view_limit_(view_limit),
      self_(roster.self()),
      paths_(roster.path_count()),
      views_(roster.size()) {
    for (std::size_t i = 0; i < roster.size(); ++i) ids_.push_back(roster.id(i));
    views_[self_].present = true;
}

void Matrix::heard(std::size_t observer, const Beat& beat, Instant arrived) {
    View& view = views_[observer];
    const bool same_session =
        view.present && view.incarnation == beat.incarnation && view.session == beat.session;
    if (same_session && beat.sequence < view.sequence) return;
    view.present = true;
    view.left = beat.goodbye;
    view.stalled = beat.stalled;
    view.incarnation = beat.incarnation;
    view.session = beat.session;
    view.sequence = beat.sequence;
    view.via = beat.via;
    view.received = arrived;
    view.counted_from = arrived;
    // A sender with another configuration may speak of more paths than there are here.
    const std::size_t paths = std::min<std::size_t>(beat.paths, paths_);
    // Rows come in the roster's order, as a rule; so the search for the next begins behind the
    // last.
    std::size_t expected = 0;
    for (std::size_t peer = 0; peer < ids_.size(); ++peer) {
        const std::optional<std::size_t> found = find_row(beat, ids_[peer], expected);
        const Claim before = view.of[peer];
        view.of[peer] = found ? claim(beat.row[*found], paths, arrived, Unheard::excused) : Claim{};
        // An age too long to be said grows no shorter: its instant is known from before.
        Claim& made = view.of[peer];
        if (same_session && !made.heard_at && made.incarnation == before.incarnation)
            made.heard_at = before.heard_at;
        if (found) expected = *found + 1;
    }
}

void Matrix::extend(Duration stall, Instant now) {
    for (View& view : views_) view.counted_from = std::min(view.counted_from + stall, now);
}

void Matrix::follow(const Roster& roster, const Places& before) {
    std::vector<View> views(roster.size());
    for (std::size_t observer = 0; observer < views.size(); ++observer) {
        if (!before[observer]) continue;
        View& view = views[observer];
        const View& kept = views_[*before[observer]];
        view = kept;
        view.of = {};
        for (std::size_t peer = 0; peer < views.size(); ++peer) {
            if (before[peer]) view.of[peer] = kept.of[*before[peer]];
        }
        if (view.via != nobody && !roster.place(view.via)) view.via = nobody;
    }
    views_ = std::move(views);
    self_ = roster.self();
    paths_ = roster.path_count();
    ids_.clear();
    for (std::size_t i = 0; i < roster.size(); ++i) ids_.push_back(roster.id(i));
}

bool Matrix::current(std::size_t observer, Instant now) const {
    if (observer == self_) return true;
    const View& view = views_[observer];
    return view.present && !view.left && now - view.counted_from < view_limit_;
}

Instant Matrix::next_deadline(Instant now) const {
    Instant next = never;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (i == self_ || !views_[i].present) continue;
        const Instant ends = views_[i].counted_from + view_limit_;
        if (ends > now) next = std::min(next, ends);
    }
    return next;
}

bool Matrix::isolated(std::size_t observer) const {
    bool misses_somebody = false;
    for (std::size_t peer = 0; peer < views_.size(); ++peer) {
        if (peer == observer) continue;
        const Claim& made = views_[observer].of[peer];
        const bool heard = made.relayed || made.testimony == Testimony::hears ||
                           made.testimony == Testimony::doubts;
        if (heard) return false;
        misses_somebody = misses_somebody || made.testimony == Testimony::silent;
    }
    return misses_somebody;
}

Testimony Matrix::says(std::size_t observer, std::size_t peer, Incarnation newest,
                       Instant now) const {
    const View& view = views_[observer];
    const Claim& made = view.of[peer];
    if (made.testimony == Testimony::silent && (view.stalled || isolated(observer)))
        return Testimony::none;
    if (made.testimony != Testimony::hears || observer == self_) return made.testimony;
    // Own stalls have put off the view's end; they put off the wearing off by the same length.
    const Instant stale = made.heard_at
                              ? *made.heard_at + (view.counted_from - view.received) + view_limit_
                              : view.counted_from + view_limit_;
    // A doubt would be more than it said, and would tarnish a third member when its observer is
    // lost.
    if (now >= stale) return Testimony::none;
    return made.incarnation < newest ? Testimony::doubts : Testimony::hears;
}

int Matrix::votes_together(const Roster& roster, Incarnation own, Instant now) const {
    int votes = roster.votes(self_) ? 1 : 0;
    const auto hears = [](const Claim& claim) {
        return claim.relayed || claim.testimony == Testimony::hears ||
               claim.testimony == Testimony::doubts;
    };
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (i == self_ || !roster.votes(i) || !current(i, now)) continue;
        // A view that has not ended yet is no hearing: who is blind on all paths hears nobody.
        const Claim& of_me = views_[i].of[self_];
        const bool together =
            hears(views_[self_].of[i]) && hears(of_me) && of_me.incarnation == own;
        votes += together ? 1 : 0;
    }
    return votes;
}

}  // namespace inquest
