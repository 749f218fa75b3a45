// A lost majority is given up: this node's ledger begins a new generation with this node alone.
//
//   STATE/recover    a person has confirmed it to the inquestd that ran then, which ended at once;
//                    the next start carries it out
//   STATE/restore    the backup that a new ledger begins with; STATE/begin says so
//
// Steps of a start that finds STATE/recover, after each of which it may be killed:
//   1. the new ledger is made beside the old one: all that the old one has, the removal of all
//      others, a new key
//   2. it takes the old one's place in one step; the old one is kept as ledger.db-old
//   3. cluster.keys and cluster.toml are written anew
//   4. the event is told, and STATE/recover goes
// Killed before 2 the old generation goes on where nothing was carried out, killed after it the new
// one. What was confirmed is only carried out in the boot in which it was, and on the very ledger
// that was shown: a node that voted or followed since then may have found its majority again.
#pragma once

#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/ledger/snapshot.hpp"
#include "heartbeat/store/database.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace inquest::daemon {

/// What was confirmed, and the ledger as it was then.
struct ConfirmedRecovery {
    std::uint32_t generation = 0;  ///< the one to begin
    ledger::Term term;
    MemberId vote;
    ledger::Index last;  ///< the last entry of its log
    Incarnation incarnation;
    std::uint32_t boot_tag = 0;
    std::int64_t wall_seconds = 0;  ///< since 1970
    std::string person;

    friend bool operator==(const ConfirmedRecovery&, const ConfirmedRecovery&) = default;
};

std::string recovery_text(const ConfirmedRecovery& confirmed);
tl::expected<ConfirmedRecovery, std::string> parse_recovery(std::string_view text);

std::filesystem::path recover_file(const std::filesystem::path& state);
std::filesystem::path restore_file(const std::filesystem::path& state);

/// All that a ledger makes of its entries, those included of which it does not know that they are
/// agreed on: a majority that is gone may have agreed on them. Error: one line for a person.
tl::expected<ClusterState, std::string> whole_state(MemberId self, ledger::Restored restored);

/// A ledger that goes on behind `base` with the recovered member alone. Error: why the rules
/// refuse.
tl::expected<ledger::Restored, EntryRefusal> new_generation(const ClusterState& base,
                                                            ledger::Term term,
                                                            const Recovered& recovered);

/// The ledger as it is after a start has looked at STATE/recover.
struct Recovering {
    store::Database::Opened opened;
    /// For log and events, where a generation has begun, or was given up; empty: nothing was asked.
    std::string word;
    bool began = false;
};

/// Carries out what was confirmed. Error: one line for a person; nothing may start.
tl::expected<Recovering, std::string> recover(const std::filesystem::path& state,
                                              const Identity& identity,
                                              const config::HostConfig& here,
                                              store::Database::Opened opened);

/// Step 4: nothing is to be recovered any more.
void end_recovery(const std::filesystem::path& state);

/// A new ledger from STATE/restore; `keys` is the text of cluster.keys, so that those who return
/// with its key can be told that they are members no more. Error: one line for a person.
tl::expected<ledger::Restored, std::string> restored_ledger(const std::filesystem::path& state,
                                                            const config::HostConfig& here,
                                                            std::string_view keys,
                                                            std::int64_t wall_seconds,
                                                            const std::string& person);

/// What happened, for people: "generation 2 began with n1 alone, ...".
std::string recovery_sentence(const ClusterState& state);

}  // namespace inquest::daemon
