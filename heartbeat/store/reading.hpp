// Reads a whole ledger.db, and believes nothing that its checksums do not confirm.
#pragma once

#include "heartbeat/ledger/snapshot.hpp"
#include "heartbeat/store/database.hpp"

#include <string>

namespace inquest::store {

struct Contents {
    Identity identity;
    State state;
    ledger::Restored restored;
    Checksum base_chain{};  ///< where the log goes on from the snapshot
};

/// What is wrong with the contents: of the file, or as SQLite puts it.
struct Misread {
    std::error_code error;  ///< none: the rows were read, and are wrong
    std::string what;
};

tl::expected<Contents, Misread> read_contents(Connection& connection);

}  // namespace inquest::store
