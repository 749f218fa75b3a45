#include "fence/schedule.hpp"

#include <algorithm>
#include <utility>

namespace inquest::fence {

bool Schedule::add(Ticket ticket, Kind kind, std::string device) {
    if (entries_.size() >= orders_max) return false;
    entries_.push_back({ticket, kind, std::move(device), Entry::State::waiting});
    return true;
}

void Schedule::ended(Ticket ticket) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.ticket == ticket; });
}

Schedule::Turn Schedule::turn() {
    turn_ = {};
    for (const Kind kind : {Kind::off, Kind::question, Kind::notice}) {
        for (Entry& entry : entries_) {
            if (entry.kind != kind || entry.state != Entry::State::waiting || !may_begin(entry))
                continue;
            entry.state = Entry::State::running;
            turn_.begin.push_back(entry.ticket);
        }
    }
    return std::exchange(turn_, {});
}

/// Ends what must make way, and then it may begin another time.
bool Schedule::may_begin(const Entry& entry) {
    if (entry.kind == Kind::notice) return running(Kind::notice) < notices_max;
    if (!device_is_free(entry)) return false;
    if (running(Kind::off) + running(Kind::question) < agents_max) return true;
    // One place a turn is enough: each end of an order has a turn of its own.
    const bool makes_place = std::any_of(entries_.begin(), entries_.end(), [](const Entry& other) {
        return other.kind == Kind::question && other.state == Entry::State::ending;
    });
    if (entry.kind == Kind::off && !makes_place) {
        if (Entry* const other = somebody_who_asks()) {
            other->state = Entry::State::ending;
            turn_.end.push_back(other->ticket);
        }
    }
    return false;
}

bool Schedule::device_is_free(const Entry& entry) {
    bool is_free = true;
    for (Entry& other : entries_) {
        const bool in_the_way = other.kind != Kind::notice && other.device == entry.device &&
                                other.state != Entry::State::waiting;
        if (!in_the_way) continue;
        is_free = false;
        if (entry.kind != Kind::off || other.kind == Kind::off ||
            other.state == Entry::State::ending)
            continue;
        other.state = Entry::State::ending;
        turn_.end.push_back(other.ticket);
    }
    return is_free;
}

std::size_t Schedule::running(Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.kind == kind && entry.state != Entry::State::waiting;
        }));
}

/// The one that came last.
Schedule::Entry* Schedule::somebody_who_asks() {
    const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [](const Entry& entry) {
        return entry.kind == Kind::question && entry.state == Entry::State::running;
    });
    return found == entries_.rend() ? nullptr : &*found;
}

}  // namespace inquest::fence
