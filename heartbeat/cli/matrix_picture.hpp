// The matrix of a status reply as a picture's parts: listeners, speakers, and a mark for each path.
#pragma once

#include "heartbeat/cli/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inquest::cli {

enum class Mark : std::uint8_t { fresh, some, late, silent, frozen, blind, off, unknown, self };

struct Cell {
    Mark mark = Mark::unknown;
    std::string reason;
};

/// One listener's row: what it says of every speaker, on every path.
struct View {
    bool known = false;
    bool current = false;
    std::string age;                       ///< in words, empty where unknown
    std::vector<std::vector<Cell>> cells;  ///< [speaker][path]
};

struct Picture {
    std::vector<std::string> members;
    std::vector<std::string> paths;
    std::vector<View> views;  ///< [listener], in the order of members
};

/// Whatever the reply says of views that cannot be, the picture has members x members x paths
/// cells.
Picture picture_of(const Json& matrix);

/// What the picture means, one sentence a finding: the sides at fault as the daemon found them
/// (`faults`) or, without that, who does not hear whom; and who is blind, where and why.
std::vector<std::string> findings(const Json& matrix, const Picture& picture);

}  // namespace inquest::cli
