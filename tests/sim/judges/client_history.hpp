// What was asked of the cluster and what came of it, and whether one order explains it (Herlihy,
// Wing, "Linearizability", 1990). The ledger's order is the only candidate, so it is simply
// checked: a request has one outcome at one place, on every member, and is done once; one that was
// asked for after another was answered stands behind it; nothing stands that nobody asked for.
//
// Refused may be done all the same: a late copy of the question can find it acceptable by then
// (heartbeat/agreement, Decisions).
#pragma once

#include "heartbeat/agreement/agreement.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace inquest::sim {

class ClientHistory {
 public:
    /// Each appends to what is wrong.
    using Faults = std::vector<std::string>;

    void asked(const ClusterEntry& entry);
    void answered(const agreement::Answered& answer, Faults& faults);
    /// An entry had its turn on some member.
    void applied(const agreement::Applied& applied, Faults& faults);

    /// Requests whose askers know that they were done.
    std::uint64_t acknowledged() const { return acknowledged_; }

 private:
    struct Request {
        ClusterEntry::Body body;
        std::uint64_t floor = 0;  ///< the highest place that was answered when it was asked
        std::uint64_t index = 0;  ///< where it had its turn; 0: nowhere so far
        EntryRefusal outcome = EntryRefusal::none;
        bool acknowledged = false;
    };

    std::map<RequestId, Request> requests_;
    std::uint64_t highest_ = 0;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace inquest::sim
