#include "heartbeat/cli/table.hpp"

#include <algorithm>
#include <cstddef>

namespace inquest::cli {
namespace {

constexpr std::string_view gap = "  ";

std::size_t width_of(const Column& column) {
    std::size_t width = columns(column.title);
    for (const std::string& cell : column.cells) width = std::max(width, columns(cell));
    return width;
}

bool is_empty(const Column& column) {
    return std::all_of(column.cells.begin(), column.cells.end(),
                       [](const std::string& cell) { return cell.empty(); });
}

std::string without_trailing_spaces(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

}  // namespace

std::string table(const Screen& screen, const std::vector<Column>& all_columns) {
    std::vector<const Column*> shown;
    std::size_t rows = 0;
    for (const Column& column : all_columns) {
        rows = std::max(rows, column.cells.size());
        if (!is_empty(column)) shown.push_back(&column);
    }
    if (shown.empty()) return "";

    std::string titles;
    std::vector<std::string> lines(rows);
    for (std::size_t c = 0; c + 1 < shown.size(); ++c) {
        const std::size_t width = width_of(*shown[c]);
        titles += padded(shown[c]->title, width) + std::string(gap);
        for (std::size_t r = 0; r < rows; ++r) {
            const std::string cell = r < shown[c]->cells.size() ? shown[c]->cells[r] : "";
            lines[r] += padded(cell, width) + std::string(gap);
        }
    }
    const Column& last = *shown.back();
    std::string text = paint(screen, Tone::faint, titles + last.title) + "\n";
    for (std::size_t r = 0; r < rows; ++r) {
        const std::string cell = r < last.cells.size() ? last.cells[r] : "";
        text += cell.empty() ? without_trailing_spaces(lines[r])
                             : paragraph(lines[r], cell, screen.width);
    }
    return text;
}

}  // namespace inquest::cli
