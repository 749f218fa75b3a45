#include "heartbeat/core/relays.hpp"

#include <tuple>
#include <utility>

namespace inquest {
namespace {

constexpr int relaying_members = 2;

bool hears(const Matrix& matrix, std::size_t listener, std::size_t speaker) {
    return matrix.view(listener).of[speaker].testimony == Testimony::hears;
}

bool hears_on(const Matrix& matrix, std::size_t listener, std::size_t speaker, std::size_t path) {
    const auto& cells = matrix.view(listener).of[speaker].cells;
    return path < cells.size() && cells[path].state == PathState::fresh;
}

}  // namespace

Relays::Relays(const Roster& roster, Duration interval)
    : interval_(interval),
      newest_(roster.size()),
      passed_(roster.size(), std::vector<Passed>(roster.size())) {}

void Relays::heard(std::size_t sender, const Beat& beat, Instant arrived) {
    Newest& newest = newest_[sender];
    const auto place = [](const Beat& b) { return std::tie(b.incarnation, b.session, b.sequence); };
    if (newest.present && place(beat) <= place(newest.beat)) return;
    newest.present = true;
    newest.arrived = arrived;
    newest.beat = beat;
}

void Relays::send(std::size_t path, const Matrix& matrix, const Roster& roster, Instant now,
                  Actions& out) {
    const std::size_t self = roster.self();
    for (std::size_t to = 0; to < roster.size(); ++to) {
        if (to == self || !matrix.current(to, now) || !hears_on(matrix, to, self, path)) continue;
        for (std::size_t from = 0; from < roster.size(); ++from) {
            const Newest& newest = newest_[from];
            if (from == self || from == to || !newest.present || hears(matrix, to, from)) continue;
            // Who does not know the sender, because it has another configuration, would refuse it.
            if (!matrix.view(to).of[from].made) continue;
            if (now - newest.arrived >= 2 * interval_) continue;  // no news is not passed on
            Passed& passed = passed_[to][from];
            if (already_passed(passed, newest.beat, now)) continue;
            if (!is_my_turn(from, to, matrix, roster, now)) continue;
            passed = {newest.beat.session, newest.beat.sequence, newest.beat.incarnation, now};
            Beat& beat =
                std::get<RelayBeat>(
                    out.emplace_back(RelayBeat{
                        roster.id(to), PathId(static_cast<std::uint8_t>(path)), newest.beat}))
                    .beat;
            beat.via = roster.id(self);
        }
    }
}

void Relays::follow(const Places& before) {
    const std::size_t members = before.size();
    std::vector<Newest> newest(members);
    std::vector<std::vector<Passed>> passed(members, std::vector<Passed>(members));
    for (std::size_t to = 0; to < members; ++to) {
        if (!before[to]) continue;
        newest[to] = newest_[*before[to]];
        for (std::size_t from = 0; from < members; ++from) {
            if (before[from]) passed[to][from] = passed_[*before[to]][*before[from]];
        }
    }
    newest_ = std::move(newest);
    passed_ = std::move(passed);
}

bool Relays::already_passed(const Passed& passed, const Beat& beat, Instant now) const {
    if (!passed.when) return false;
    const auto newest = std::tie(passed.incarnation, passed.session, passed.sequence);
    if (std::tie(beat.incarnation, beat.session, beat.sequence) <= newest) return true;
    return now - *passed.when < interval_;
}

bool Relays::is_my_turn(std::size_t from, std::size_t to, const Matrix& matrix,
                        const Roster& roster, Instant now) const {
    const bool i_hear_it = hears(matrix, roster.self(), from);
    int before_me = 0;
    for (std::size_t other = 0; other < roster.size(); ++other) {
        if (other == roster.self() || other == from || other == to) continue;
        if (!matrix.current(other, now) || !hears(matrix, other, from) ||
            !hears(matrix, to, other)) {
            continue;
        }
        if (!i_hear_it || other < roster.self()) ++before_me;
    }
    return i_hear_it ? before_me < relaying_members : before_me == 0;
}

}  // namespace inquest
