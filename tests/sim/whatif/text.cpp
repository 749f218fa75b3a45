#include "tests/sim/whatif/text.hpp"

#include "heartbeat/core/phrase.hpp"
#include "tests/sim/whatif/fault_groups.hpp"
#include "tests/sim/whatif/rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

constexpr std::size_t width = 100;
constexpr std::size_t gap = 2;
constexpr std::size_t seen_width_max = 40;

// ---- Cells --------------------------------------------------------------------------------------

/// Breaks at spaces. A word that is too long stands alone.
Lines wrapped(const std::string& text, std::size_t room) {
    Lines lines{""};
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        if (!lines.back().empty() && lines.back().size() + 1 + word.size() > room)
            lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
        begin = end + 1;
    }
    return lines;
}

Lines wrapped(const Lines& texts, std::size_t room) {
    Lines lines;
    for (const std::string& text : texts) {
        const Lines more = wrapped(text, room);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    return lines;
}

// ---- The table ----------------------------------------------------------------------------------

constexpr std::size_t columns = 4;
using Cells = std::array<Lines, columns>;
using Widths = std::array<std::size_t, columns>;

/// To two digits, upwards: it is one run's, and the next one's differs a little.
std::string about(Duration length) {
    if (length == Duration{}) return "-";
    if (length < 10ms) return "at once";
    Duration unit = 1ms;
    while (length > 99 * unit) unit *= 10;
    return phrase((length + unit - 1ns) / unit * unit);
}

Cells cells(const Row& row) {
    return {grouped(row.cases), Lines{row.seen}, Lines{about(row.after)}, Lines{row.votes}};
}

std::size_t longest(const Lines& lines) {
    std::size_t most = 0;
    for (const std::string& line : lines) most = std::max(most, line.size());
    return most;
}

/// The faults have what the other columns leave.
Widths widths(const std::vector<Cells>& rows) {
    Widths widths{};
    for (const Cells& row : rows) {
        for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], longest(row[i]));
    }
    widths[1] = std::min(widths[1], seen_width_max);
    widths[0] = std::min(widths[0], width - 3 * gap - widths[1] - widths[2] - widths[3]);
    return widths;
}

std::string printed(const Cells& row, const Widths& widths) {
    Cells broken;
    std::size_t height = 0;
    for (std::size_t i = 0; i < columns; ++i) {
        broken[i] = wrapped(row[i], widths[i]);
        height = std::max(height, broken[i].size());
    }
    std::string text;
    for (std::size_t line = 0; line < height; ++line) {
        std::string whole;
        for (std::size_t i = 0; i < columns; ++i) {
            const std::string cell = line < broken[i].size() ? broken[i][line] : "";
            whole += fmt::format("{:<{}}", cell, widths[i] + gap);
        }
        whole.erase(whole.find_last_not_of(' ') + 1);
        text += whole + "\n";
    }
    return text;
}

std::string rule(const Widths& widths) {
    std::size_t length = (columns - 1) * gap;
    for (const std::size_t each : widths) length += each;
    return std::string(length, '-') + "\n";
}

std::string marked(const std::string& sentence, std::string_view mark) {
    const Lines lines = wrapped(sentence, width - mark.size());
    return fmt::format("{}{}\n", mark, fmt::join(lines, "\n" + std::string(mark.size(), ' ')));
}

std::string heading(const Row& row) {
    const bool one = row.faults == 1;
    return fmt::format("{}osts {} than the node{} fault{}:\n",
                       one ? "C" : "Several faults at once, c",
                       row.costs.empty() ? "no more" : "more",
                       one ? " that has the" : "s that have the", one ? "" : "s");
}

std::string printed(const std::vector<Row>& rows) {
    std::vector<Cells> all{
        {Lines{"fault"}, Lines{"what is seen"}, Lines{"within"}, Lines{"votes left"}}};
    for (const Row& row : rows) all.push_back(cells(row));
    const Widths room = widths(all);
    std::string text = printed(all.front(), room) + rule(room);
    std::string above;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (heading(rows[i]) != above) text += (above.empty() ? "" : "\n") + heading(rows[i]);
        above = heading(rows[i]);
        text += printed(all[i + 1], room);
        for (const std::string& cost : rows[i].costs) text += marked(cost, "    ! ");
    }
    return text;
}

// ---- Below the table ----------------------------------------------------------------------------

struct Meaning {
    std::string_view word;
    std::string_view meaning;
};

constexpr Meaning meanings[] = {
    {"degraded", "heard, but not by every node on every path"},
    {"partitioned", "some nodes hear it, others do not"},
    {"suspect", "not heard, but no majority of the votes can say so"},
    {"lost", "a majority of the votes says that nobody hears it"},
    {"isolated", "it runs, and hears nobody"},
};

/// "within" is about what is seen: what follows from it waits for condemn_after.
std::string failover_legend(const std::vector<Case>& cases) {
    Duration latest{};
    for (const Case& each : cases) {
        for (const Effect& effect : each.effects)
            latest = std::max(latest, effect.fails_over_after);
    }
    if (latest == Duration{}) return "";
    return fmt::format(
        "  {:<12} an armed cluster would, {} after the fault at the latest,\n"
        "  {:<12} turn it off and start its VMs, if it has any, elsewhere\n",
        "(failover)", about(latest), "");
}

std::string legend(const std::vector<Row>& rows, const std::vector<Case>& cases) {
    std::string text;
    for (const Meaning& each : meanings) {
        const bool used = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
            return row.seen.find(each.word) != std::string::npos;
        });
        if (used) text += fmt::format("  {:<12} {}\n", each.word, each.meaning);
    }
    text += failover_legend(cases);
    return text.empty() ? text : "\n" + text;
}

std::string summary(const std::vector<Case>& cases) {
    const auto single = std::count_if(cases.begin(), cases.end(),
                                      [](const Case& each) { return each.faults.size() == 1; });
    if (single < 2 || a_single_fault_costs(cases)) return "";
    return fmt::format("\nNone of these {} faults, alone, costs more than the node that has it.\n",
                       single);
}

std::string list(const std::vector<std::string>& findings) {
    if (findings.empty()) return "";
    std::string text = "\nWhat to know of this cluster:\n";
    for (const std::string& finding : findings) text += marked(finding, "  - ");
    return text;
}

std::int64_t milliseconds(Duration length) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
}

}  // namespace

std::string table(const std::vector<Case>& cases, const std::vector<std::string>& findings) {
    const std::vector<Row> all = rows(cases);
    return printed(all) + legend(all, cases) + summary(cases) + list(findings);
}

std::string json(const std::vector<Case>& cases, const std::vector<std::string>& findings) {
    nlohmann::ordered_json root{{"cases", nlohmann::json::array()}, {"findings", findings}};
    for (const Case& each : cases) {
        Lines faults;
        for (const Fault& fault : each.faults) faults.push_back(text(fault));
        nlohmann::ordered_json effects = nlohmann::json::array();
        for (const Effect& effect : each.effects) {
            nlohmann::ordered_json made;
            made["node"] = effect.node;
            made["runs"] = effect.runs;
            made["verdict"] = nullptr;
            if (effect.verdict) made["verdict"] = word(*effect.verdict);
            made["hears_nobody"] = effect.hears_nobody;
            made["after_ms"] = milliseconds(effect.after);
            made["would_fail_over"] = effect.would_fail_over;
            made["fails_over_after_ms"] = nullptr;
            if (effect.would_fail_over)
                made["fails_over_after_ms"] = milliseconds(effect.fails_over_after);
            effects.push_back(std::move(made));
        }
        nlohmann::ordered_json made{{"faults", faults}};
        made["effects"] = std::move(effects);
        made["votes_together"] = each.votes_together;
        made["voters"] = each.voters;
        made["quorate"] = each.quorate;
        made["costs"] = each.costs;
        root["cases"].push_back(std::move(made));
    }
    return root.dump(2) + "\n";
}

}  // namespace inquest::sim
