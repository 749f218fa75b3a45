// Whom a member's bus reaches: the members, those who have gone, until their going is over, and
// those who have come while it was away.
//
// A removal is settled by a majority of those who voted before it. Whoever hangs up on the removed
// one as soon as the removal is agreed on may lack the last vote for that, and a coordinator that
// removes itself would leave the others without one for an election.
//
// A node that was away does not know whom the others have invited meanwhile, and only a coordinator
// tells it. When that is the newcomer, or can be nobody else, the two must talk before the node
// knows. The newcomer knows the node and beats to it, under the cluster's key: so a node that hears
// of no coordinator lets its bus reach whoever beats with an id that nobody has had yet as far as
// it knows. It believes nothing by that: Raft's servers answer strangers (4.1), and who the members
// are it learns from the log.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/ledger/ledger.hpp"

#include <vector>

namespace inquest::agreement {

class Company {
 public:
    /// The members from now on. Whoever is none any more is leaving.
    void follow(std::vector<MemberId> members, Instant now);
    /// An authentic beat came straight from somebody who is no member as far as this node knows.
    /// True: the bus has to reach it. Call it for each such beat: who falls silent is let go.
    bool meet(MemberId stranger, const Agreement& agreement, Instant now);
    /// Lets go of those whom the ledger has not needed, and who have not been heard, for a while.
    /// True: somebody went.
    bool let_go(const ledger::Ledger& ledger, Instant now);
    bool has(MemberId member) const;

 private:
    struct Passing {
        MemberId member;
        Instant until;
    };

    std::vector<MemberId> members_;
    std::vector<Passing> passing_;  ///< who leaves, or was met
};

}  // namespace inquest::agreement
