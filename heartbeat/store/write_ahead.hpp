// Is a write-ahead log whole? SQLite itself ends reading it at the first frame whose checksum is
// wrong and says nothing, so a flipped bit would take back every write behind it, votes among them.
//
// A crash can leave a torn end too, but only of the one transaction that was being written: each
// commit is on the disk before the next begins. Where a frame is wrong and a commit stands behind
// it that another frame follows, acknowledged writes would be lost (Alagappan and others,
// "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018, section 3.3.1). What cannot be
// told from a torn end is damage in the very last transaction.
//
// Source: sqlite.org/fileformat2.html#walformat.
#pragma once

#include "heartbeat/base/result.hpp"

#include <cstdint>
#include <filesystem>

namespace inquest::store {

struct WriteAhead {
    enum class State : std::uint8_t {
        absent,    ///< no file, or one without a header
        headless,  ///< the header is wrong: SQLite would ignore all of it
        whole,     ///< or torn at its very end
        broken,    ///< acknowledged writes stand behind a wrong frame
    };
    State state = State::absent;
    std::uint64_t frames = 0;  ///< good ones, from the first
};

/// Reads only. Error: the file is there and cannot be read.
[[nodiscard]] Result<WriteAhead> inspect_write_ahead(const std::filesystem::path& file);

}  // namespace inquest::store
