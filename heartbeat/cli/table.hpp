// Columns that line up.
#pragma once

#include "heartbeat/cli/screen.hpp"

#include <string>
#include <vector>

namespace inquest::cli {

struct Column {
    std::string title;
    std::vector<std::string> cells;  ///< may be painted
};

/// One line a row, two spaces between columns, none at a line's end. The last column wraps within
/// the screen's width; an empty column is left out.
std::string table(const Screen& screen, const std::vector<Column>& all_columns);

}  // namespace inquest::cli
