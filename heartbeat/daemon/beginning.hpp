// How this node's part in the ledger begins: with the founding of a cluster, with an invitation, or
// with the ledger that is there; or not at all, where only files say who the members are.
//
//   STATE/begin      `inquest init` or `join` has written what is to be begun: "found UUID", or
//                    "join MEMBER SECRET", or "restore WALL PERSON" with a backup in STATE/restore;
//                    gone when that is done
//   STATE/member     this node has a ledger: which member it is. Where this is there and ledger.db
//                    is not, the ledger is lost, and the node gives no vote
//   STATE/removed    the others have removed this node; nothing begins until it is reset
#pragma once

#include "heartbeat/config/host_config.hpp"
#include "heartbeat/ledger/snapshot.hpp"
#include "heartbeat/store/database.hpp"
#include "heartbeat/wire/join_token.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace inquest::daemon {

struct BeginFounding {
    ClusterUuid uuid{};
};
struct BeginJoining {
    MemberId member;
    wire::Secret secret{};
};
struct BeginRestoring {
    std::int64_t wall_seconds = 0;  ///< since 1970: when a person confirmed it
    std::string person;
};
using Begin = std::variant<BeginFounding, BeginJoining, BeginRestoring>;

/// What STATE/begin says, or what is wrong with it.
tl::expected<Begin, std::string> parse_begin(std::string_view text);

/// The first entries of a cluster whose only member is this node, as its files describe it.
/// `keys` is the text of cluster.keys. `wall_seconds` is told to people with each entry.
ledger::Restored founding(const config::HostConfig& here, const ClusterUuid& uuid,
                          std::string_view keys, std::int64_t wall_seconds);

/// This node's ledger as the start finds it.
struct Membership {
    enum class Mode : std::uint8_t {
        files_only,  ///< there is no ledger and there shall be none: members are those of the files
        ledger,
        ledger_lost,  ///< it had one: it beats, and takes no part in what is agreed
        removed,      ///< the others have removed it
    };
    Mode mode = Mode::files_only;
    std::optional<store::Database::Opened> opened;  ///< of mode `ledger`
    std::optional<wire::Secret> secret;             ///< to be shown, where it has not joined yet
    /// For a person: why the ledger is lost, or since when it is removed; of mode `ledger`, what
    /// has become of a recovery.
    std::string word;
    bool generation_began = false;  ///< at this start: a recovery, or a restored backup
};

/// Looks, and begins what is to be begun. Error: one line for a person; nothing may start.
tl::expected<Membership, std::string> begin_membership(const std::filesystem::path& state,
                                                       const config::HostConfig& here,
                                                       std::string_view keys,
                                                       std::int64_t wall_seconds);

/// The invitation was accepted, or the founding is done: nothing is to be begun any more.
void end_beginning(const std::filesystem::path& state);
/// Durable on return, as far as the disk lets us.
void mark_removed(const std::filesystem::path& state, std::string_view word);

}  // namespace inquest::daemon
