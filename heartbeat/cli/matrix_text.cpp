#include "heartbeat/cli/matrix_text.hpp"

#include "heartbeat/cli/matrix_picture.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <vector>

namespace inquest::cli {
namespace {

/// How a mark looks, and what it tells a person who never saw the picture.
struct Look {
    Mark mark;
    const char* symbol;
    const char* letter;
    const char* name;
    Tone tone;
    const char* meaning;
};
constexpr std::array<Look, 9> looks{{
    {Mark::fresh, "●", "f", "fresh", Tone::good, "fresh: heard in time"},
    {Mark::some, "◑", "h", "some", Tone::warning, "heard, but not on every path"},
    {Mark::late, "◐", "l", "late", Tone::warning, "late: overdue, the limit not yet reached"},
    {Mark::silent, "✕", "S", "SILENT", Tone::bad, "silent: beats should arrive and do not"},
    {Mark::frozen, "◆", "Z", "FROZEN", Tone::bad,
     "frozen: the card answers, the software does not"},
    {Mark::blind, "○", "b", "blind", Tone::warning, "blind: the listener itself cannot tell"},
    {Mark::off, "–", "-", "-", Tone::faint, "not in use between the two"},
    {Mark::unknown, "?", "?", "?", Tone::faint, "the listener's view is not known here"},
    {Mark::self, "╲", "\\", "\\", Tone::faint, "the node itself"},
}};

const Look& look_of(Mark mark) { return looks[static_cast<std::size_t>(mark)]; }

// ---- Layout ------------------------------------------------------------------------------------

enum class Detail : std::uint8_t {
    paths_named,  ///< path names stand over their marks
    marks,        ///< one mark a path, side by side
    digest,       ///< one mark for all paths, columns numbered
};

struct Layout {
    Detail detail = Detail::paths_named;
    std::vector<std::size_t> path_widths;  ///< [path]
    std::size_t block = 0;                 ///< columns of one speaker
    std::string gap;                       ///< before each speaker
    std::size_t label = 0;                 ///< columns of a row's beginning
};

std::size_t widest(const std::vector<std::string>& texts) {
    std::size_t width = 0;
    for (const std::string& text : texts) width = std::max(width, columns(text));
    return width;
}

std::size_t total_width(const Layout& layout, std::size_t members) {
    return layout.label + members * (columns(layout.gap) + layout.block);
}

Layout named_layout(const Screen& screen, const Picture& picture) {
    Layout layout{
        .detail = Detail::paths_named, .path_widths = {}, .block = 0, .gap = {}, .label = 0};
    const std::size_t word = screen.signs == Screen::Signs::words ? 6 : 1;
    for (const std::string& path : picture.paths) {
        layout.path_widths.push_back(std::max(columns(path), word));
        layout.block += layout.path_widths.back() + 1;
    }
    layout.block = std::max(layout.block - 1, widest(picture.members));
    layout.gap = screen.signs == Screen::Signs::words ? " | " : " │ ";
    layout.label = widest(picture.members) + columns(" hears");
    return layout;
}

Layout marks_layout(const Picture& picture) {
    return {.detail = Detail::marks,
            .path_widths = std::vector<std::size_t>(picture.paths.size(), 1),
            .block = std::max(picture.paths.size(), widest(picture.members)),
            .gap = "  ",
            .label = widest(picture.members) + columns(" hears")};
}

Layout digest_layout(const Screen& screen, const Picture& picture) {
    constexpr std::size_t name_width_max = 16;
    Layout layout{.detail = Detail::digest,
                  .path_widths = {1},
                  .block = 1,
                  .gap = " ",
                  .label = 3 + std::min(widest(picture.members), name_width_max)};
    if (total_width(layout, picture.members.size()) > screen.width) layout.gap = "";
    return layout;
}

Layout layout_of(const Screen& screen, const Picture& picture) {
    for (const Layout& layout : {named_layout(screen, picture), marks_layout(picture)}) {
        if (total_width(layout, picture.members.size()) <= screen.width) return layout;
    }
    return digest_layout(screen, picture);
}

// ---- Drawing -----------------------------------------------------------------------------------

/// All paths of a cell in one mark.
Mark digest_of(const std::vector<Cell>& cells) {
    const auto has = [&](Mark mark) {
        return std::any_of(cells.begin(), cells.end(),
                           [&](const Cell& cell) { return cell.mark == mark; });
    };
    const bool trouble =
        has(Mark::late) || has(Mark::silent) || has(Mark::frozen) || has(Mark::blind);
    if (has(Mark::fresh)) return trouble ? Mark::some : Mark::fresh;
    for (const Mark mark :
         {Mark::late, Mark::frozen, Mark::silent, Mark::blind, Mark::unknown, Mark::self}) {
        if (has(mark)) return mark;
    }
    return Mark::off;
}

std::string mark_text(const Screen& screen, Mark mark, Detail detail, bool current) {
    const Look& look = look_of(mark);
    const bool symbols = screen.signs == Screen::Signs::symbols;
    const char* text = symbols                         ? look.symbol
                       : detail == Detail::paths_named ? look.name
                                                       : look.letter;
    return paint(screen, current ? look.tone : Tone::faint, text);
}

std::string centred(const std::string& text, std::size_t width) {
    const std::size_t filled = columns(text);
    const std::size_t left = filled < width ? (width - filled) / 2 : 0;
    return padded(std::string(left, ' ') + text, width);
}

class Drawing {
 public:
    Drawing(const Screen& screen, const Picture& picture)
        : screen_(screen), picture_(picture), layout_(layout_of(screen, picture)) {}

    std::string text() {
        std::string drawn = heading();
        for (std::size_t i = 0; i < picture_.members.size(); ++i) drawn += row(i);
        return drawn + "\n" + legend();
    }

 private:
    std::string heading() const {
        std::string text = "Who hears whom: a row listens, a column speaks.";
        if (layout_.detail == Detail::marks) {
            text += " In each cell one mark a path:";
            for (const std::string& path : picture_.paths) text += " " + path;
            text += ".";
        } else if (layout_.detail == Detail::digest) {
            text += " One mark for all paths together.";
        }
        text = paragraph("", text, screen_.width) + "\n";
        return text + (layout_.detail == Detail::digest ? numbers() : member_names());
    }

    std::string member_names() const {
        std::string names(layout_.label, ' ');
        std::string paths = names;
        for (const std::string& member : picture_.members) {
            names += layout_.gap + padded(paint(screen_, Tone::strong, member), layout_.block);
            std::string block;
            for (std::size_t i = 0; i < picture_.paths.size(); ++i) {
                block += (i > 0 ? " " : "") + padded(picture_.paths[i], layout_.path_widths[i]);
            }
            paths += layout_.gap + padded(paint(screen_, Tone::faint, block), layout_.block);
        }
        return ended(names) + (layout_.detail == Detail::paths_named ? ended(paths) : "");
    }

    /// Numbers from 1 over the columns, tens above units.
    std::string numbers() const {
        std::string tens(layout_.label, ' ');
        std::string units = tens;
        for (std::size_t i = 1; i <= picture_.members.size(); ++i) {
            tens += layout_.gap + (i >= 10 ? std::to_string(i / 10) : " ");
            units += layout_.gap + std::to_string(i % 10);
        }
        return (picture_.members.size() >= 10 ? ended(tens) : "") + ended(units);
    }

    std::string row(std::size_t listener) {
        const View& view = picture_.views[listener];
        std::string text = label(listener);
        for (const std::vector<Cell>& cells : view.cells) {
            // What was heard once is not what is heard: an old view shows no marks.
            const bool old = view.known && !view.current;
            text +=
                layout_.gap +
                padded(old ? paint(screen_, Tone::faint, "?") : block(cells, view), layout_.block);
        }
        if (!view.known) {
            text += "  no view of it here";
        } else if (!view.current) {
            text +=
                paint(screen_, Tone::warning,
                      view.age.empty() ? "  out of date" : "  out of date, " + view.age + " old");
        }
        return ended(text);
    }

    std::string label(std::size_t listener) const {
        const std::string& name = picture_.members[listener];
        if (layout_.detail != Detail::digest) {
            return padded(paint(screen_, Tone::strong, name) + " hears", layout_.label);
        }
        const std::string number = std::to_string(listener + 1);
        const std::string before(number.size() < 2 ? 1 : 0, ' ');
        return padded(before + number + " " + cut(name, layout_.label - 3), layout_.label);
    }

    std::string block(const std::vector<Cell>& cells, const View& view) {
        if (layout_.detail == Detail::digest) return mark(digest_of(cells), view);
        const bool spread = layout_.detail == Detail::paths_named;
        if (!cells.empty() && cells.front().mark == Mark::self) {
            return centred(mark(Mark::self, view), spread ? layout_.block : cells.size());
        }
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string one = mark(cells[i].mark, view);
            const std::size_t width = layout_.path_widths[i];
            const bool symbols = screen_.signs == Screen::Signs::symbols;
            text +=
                (i > 0 && spread ? " " : "") + (symbols ? centred(one, width) : padded(one, width));
        }
        return text;
    }

    std::string mark(Mark mark, const View& view) {
        used_.insert(mark);
        return mark_text(screen_, mark, layout_.detail, view.current || mark == Mark::self);
    }

    /// Only the marks that are in the picture, and always what fresh and silent look like.
    std::string legend() {
        used_.insert({Mark::fresh, Mark::silent});
        const bool named =
            layout_.detail == Detail::paths_named && screen_.signs == Screen::Signs::words;
        std::string text;
        for (const Look& look : looks) {
            if (used_.count(look.mark) == 0 || look.mark == Mark::self) continue;
            const std::string sign =
                padded(mark_text(screen_, look.mark, layout_.detail, true), named ? 6 : 1);
            text += "  " + sign + "  " + look.meaning + "\n";
        }
        return text;
    }

    static std::string ended(std::string line) {
        line.erase(line.find_last_not_of(' ') + 1);
        return line + "\n";
    }

    const Screen& screen_;
    const Picture& picture_;
    Layout layout_;
    std::set<Mark> used_;
};

std::string list_text(const Screen& screen, const std::vector<std::string>& sentences) {
    constexpr std::size_t shown_max = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(sentences.size(), shown_max); ++i) {
        text += paragraph("  - ", sentences[i], screen.width);
    }
    if (sentences.size() > shown_max) {
        text += "  - and " + std::to_string(sentences.size() - shown_max) + " more of the kind\n";
    }
    return text;
}

}  // namespace

std::string matrix_text(const Screen& screen, const Json& status) {
    const Json& matrix = object_of(status, "matrix");
    const Picture picture = picture_of(matrix);
    if (picture.members.empty() || picture.paths.empty()) {
        return "inquestd sent no matrix.\n";
    }
    const std::string notes = list_text(screen, findings(matrix, picture));
    return Drawing(screen, picture).text() + (notes.empty() ? "" : "\n" + notes);
}

}  // namespace inquest::cli
