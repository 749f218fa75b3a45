// What stands for the log's beginning once that is thrown away (5.1), and what a ledger knew when
// its run ended.
#pragma once

#include "heartbeat/ledger/membership.hpp"

#include <vector>

namespace inquest::ledger {

/// The state that all entries up to `index` make, opaque here, and the members as of them. Only
/// applied entries, hence only committed ones, and no configuration that came later.
struct Snapshot {
    Index index;
    Term term;
    Membership membership;
    Bytes bytes;
};

/// What is durable: the sum of all Persist whose Persisted came back, read at the start of a run.
struct Restored {
    Term term;
    MemberId vote;  ///< in `term`; nobody: none given
    Index commit;   ///< the highest known when last written; not past the last entry
    Snapshot snapshot;
    std::vector<Entry> entries;  ///< ascending from snapshot.index + 1, without a gap
};

/// A member that knows nothing yet: it waits for a leader, and neither votes nor campaigns.
Restored blank();
/// The beginning of a cluster. Every first voter must begin with the same ones.
Restored beginning(const Voters& voters);

}  // namespace inquest::ledger
