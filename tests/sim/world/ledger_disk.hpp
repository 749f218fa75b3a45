// What a ledger's disk holds across a crash: exactly the Persist that reached it, each whole or not
// at all.
#pragma once

#include "heartbeat/ledger/ledger.hpp"

#include <algorithm>
#include <utility>

namespace inquest::sim {

struct LedgerDisk {
    ledger::Restored kept = ledger::blank();
    bool lost = false;  ///< once; what it had acknowledged before cannot be seen any more

    void write(const ledger::Persist& persist) {
        auto& entries = kept.entries;
        if (persist.ballot) {
            kept.term = persist.ballot->term;
            kept.vote = persist.ballot->vote;
        }
        if (persist.truncate_from) {
            std::erase_if(entries,
                          [&](const auto& e) { return e.index >= *persist.truncate_from; });
        }
        if (persist.snapshot) {
            kept.snapshot = *persist.snapshot;
            std::erase_if(entries,
                          [&](const auto& e) { return e.index <= persist.snapshot->index; });
        }
        entries.insert(entries.end(), persist.appended.begin(), persist.appended.end());
        if (persist.commit) kept.commit = *persist.commit;
    }

    ledger::Index last() const { return kept.snapshot.index + kept.entries.size(); }

    /// Is this entry here, itself or in the snapshot, or was it perhaps?
    bool holds(ledger::Index index, ledger::Term term) const {
        if (lost) return true;
        if (index <= kept.snapshot.index) return true;
        if (index > last()) return false;
        return kept.entries[static_cast<std::size_t>(index - kept.snapshot.index - 1)].term == term;
    }
};

}  // namespace inquest::sim
