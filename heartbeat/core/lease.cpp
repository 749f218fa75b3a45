#include "heartbeat/core/lease.hpp"

#include <algorithm>

namespace inquest {
namespace {

std::optional<Reading> later(const std::optional<Reading>& a, const std::optional<Reading>& b) {
    if (!a || !b) return a ? a : b;
    return a->now >= b->now ? a : b;
}

}  // namespace

void Departures::sent(Sequence sequence, const Reading& when) {
    newest_ = sequence;
    if (kept_ > 0 && when.now - back(0).when.now < spacing_) return;
    ring_[next_] = {sequence, when};
    next_ = (next_ + 1) % places;
    kept_ = std::min(kept_ + 1, places);
}

std::optional<Reading> Departures::of(Sequence sequence) const {
    if (sequence > newest_) return std::nullopt;
    for (std::size_t steps = 0; steps < kept_; ++steps) {
        if (back(steps).first <= sequence) return back(steps).when;
    }
    return std::nullopt;
}

void Lease::follow(const Electorate& voters, bool grants, const Reading& when) {
    kept_ = later(kept_, anchor(when));
    if (voters != voters_) newest_ = {};
    voters_ = voters;
    grants_ = grants;
}

void Lease::last(Duration length) {
    length_ = length;
    departures_.keep(length);
}

void Lease::granted(MemberId voter, const Electorate& voters, const Grant& grant) {
    if (grant.session != session_ || voters != voters_) return;
    const auto* const found = std::find(voters_.begin(), voters_.end(), voter);
    if (found == voters_.end()) return;
    std::optional<Reading>& newest = newest_[static_cast<std::size_t>(found - voters_.begin())];
    newest = later(newest, departures_.of(grant.sequence));
}

/// What this node grants to itself is as new as can be.
FixedVector<GrantHeld, voters_max> Lease::grants(const Reading& now) const {
    FixedVector<GrantHeld, voters_max> grants;
    for (std::size_t i = 0; i < voters_.size(); ++i) {
        const bool own = voters_[i] == self_ && grants_;
        grants.push_back({voters_[i], own ? std::optional(now) : newest_[i]});
    }
    return grants;
}

/// The latest instant such that a blocking set has granted beats sent at or after it.
std::optional<Reading> Lease::anchor(const Reading& now) const {
    if (voters_.empty()) return std::nullopt;
    const FixedVector<GrantHeld, voters_max> held = grants(now);
    const std::size_t needed = blocking(voters_.size());
    std::optional<Reading> latest;
    for (const GrantHeld& grant : held) {
        const auto as_new = [&](const GrantHeld& other) {
            return grant.sent && other.sent && other.sent->now >= grant.sent->now;
        };
        const auto blockers = std::count_if(held.begin(), held.end(), as_new);
        if (static_cast<std::size_t>(blockers) >= needed) latest = later(latest, grant.sent);
    }
    return latest;
}

Duration Lease::remaining(const Reading& now) const {
    const std::optional<Reading> from = later(kept_, anchor(now));
    if (!from) return Duration::zero();
    return std::max(Duration::zero(), length_ - at_most_between(*from, now));
}

}  // namespace inquest
