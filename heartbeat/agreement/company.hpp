// Whom a member's bus reaches: the members, and those who have gone, until their going is over.
//
// A removal is settled by a majority of those who voted before it. Whoever hangs up on the removed
// one as soon as the removal is agreed on may lack the last vote for that, and a coordinator that
// removes itself would leave the others without one for an election.
#pragma once

#include "heartbeat/ledger/ledger.hpp"

#include <vector>

namespace inquest::agreement {

class Company {
 public:
    /// The members from now on. Whoever is none any more is leaving.
    void follow(std::vector<MemberId> members, Instant now);
    /// Lets go of those whom the ledger has not needed for a while. True: somebody went.
    bool let_go(const ledger::Ledger& ledger, Instant now);
    bool has(MemberId member) const;

 private:
    struct Leaving {
        MemberId member;
        Instant until;
    };

    std::vector<MemberId> members_;
    std::vector<Leaving> leaving_;
};

}  // namespace inquest::agreement
