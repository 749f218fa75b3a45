#include "heartbeat/agreement/company.hpp"

#include <algorithm>

namespace inquest::agreement {
namespace {

using namespace std::chrono_literals;

/// The word that somebody was removed is sent but once; it may have to be asked for again.
constexpr Duration linger = 10s;

bool contains(const std::vector<MemberId>& members, MemberId member) {
    return std::find(members.begin(), members.end(), member) != members.end();
}

/// No more than a cluster has; whoever holds the key could make up any number.
constexpr std::size_t passing_max = members_max;

}  // namespace

void Company::follow(std::vector<MemberId> members, Instant now) {
    for (const MemberId member : members_) {
        if (!contains(members, member)) passing_.push_back({member, now + linger});
    }
    std::erase_if(passing_, [&](const Passing& who) { return contains(members, who.member); });
    members_ = std::move(members);
}

/// An id that was given before is a member's, or that of one who was removed. While somebody leads,
/// the log comes from there, and the newcomer with it.
bool Company::meet(MemberId stranger, const Agreement& agreement, Instant now) {
    if (stranger <= agreement.state().newest_id || contains(members_, stranger)) return false;
    const auto met = std::find_if(passing_.begin(), passing_.end(),
                                  [&](const Passing& who) { return who.member == stranger; });
    if (met != passing_.end()) {
        met->until = std::max(met->until, now + linger);
        return true;
    }
    if (agreement.coordinator() != nobody || passing_.size() >= passing_max) return false;
    passing_.push_back({stranger, now + linger});
    return true;
}

bool Company::let_go(const ledger::Ledger& ledger, Instant now) {
    for (Passing& who : passing_) {
        if (ledger.takes_part(who.member)) who.until = now + linger;
    }
    return std::erase_if(passing_, [&](const Passing& who) { return now >= who.until; }) > 0;
}

bool Company::has(MemberId member) const {
    return contains(members_, member) ||
           std::any_of(passing_.begin(), passing_.end(),
                       [&](const Passing& who) { return who.member == member; });
}

}  // namespace inquest::agreement
