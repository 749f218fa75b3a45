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

}  // namespace

void Company::follow(std::vector<MemberId> members, Instant now) {
    for (const MemberId member : members_) {
        if (!contains(members, member)) leaving_.push_back({member, now + linger});
    }
    std::erase_if(leaving_, [&](const Leaving& who) { return contains(members, who.member); });
    members_ = std::move(members);
}

bool Company::let_go(const ledger::Ledger& ledger, Instant now) {
    for (Leaving& who : leaving_) {
        if (ledger.takes_part(who.member)) who.until = now + linger;
    }
    return std::erase_if(leaving_, [&](const Leaving& who) { return now >= who.until; }) > 0;
}

bool Company::has(MemberId member) const {
    return contains(members_, member) ||
           std::any_of(leaving_.begin(), leaving_.end(),
                       [&](const Leaving& who) { return who.member == member; });
}

}  // namespace inquest::agreement
