#include "heartbeat/core/fault_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace inquest {
namespace {

/// Who hears whom on one path, counted for each node in both directions.
struct Count {
    int hears = 0;
    int hears_not = 0;
    int heard = 0;
    int heard_not = 0;
};

/// By somebody, on whatever path. Of itself a node knows that it speaks.
bool heard_at_all(std::size_t peer, const Matrix& matrix, const Roster& roster, Instant now) {
    if (peer == roster.self()) return true;
    for (std::size_t i = 0; i < roster.size(); ++i) {
        if (i == peer || !matrix.current(i, now)) continue;
        const Testimony testimony = matrix.view(i).of[peer].testimony;
        if (testimony == Testimony::hears || testimony == Testimony::doubts) return true;
    }
    return false;
}

/// Blind by its own link is a fault as well; blind for any other reason says nothing, and late is
/// not yet a fault.
bool is_fault(const Cell& cell) {
    return cell.state == PathState::silent ||
           (cell.state == PathState::blind && cell.reason == BlindReason::link_down);
}

}  // namespace

FaultSide fault_side(std::size_t path, const Matrix& matrix, const Roster& roster, Instant now) {
    std::array<Count, members_max> counts{};
    FaultSide side;
    int good = 0;
    for (std::size_t listener = 0; listener < roster.size(); ++listener) {
        if (!matrix.current(listener, now)) continue;
        for (std::size_t speaker = 0; speaker < roster.size(); ++speaker) {
            const auto& cells = matrix.view(listener).of[speaker].cells;
            if (speaker == listener || path >= cells.size()) continue;
            if (!heard_at_all(speaker, matrix, roster, now)) continue;
            if (cells[path].state == PathState::fresh) {
                ++good;
                ++counts[listener].hears;
                ++counts[speaker].heard;
            } else if (is_fault(cells[path])) {
                ++counts[listener].hears_not;
                ++counts[speaker].heard_not;
                ++side.cut_count;
                if (side.cut.size() < side.cut.capacity()) {
                    side.cut.push_back(
                        {static_cast<std::uint8_t>(speaker), static_cast<std::uint8_t>(listener)});
                }
            }
        }
    }
    if (side.cut_count == 0) return side;
    if (good == 0) {
        // One witness alone knows only of its own ears.
        const std::uint8_t first = side.cut[0].to;
        const bool one_witness = std::all_of(counts.begin(), counts.end(), [&](const Count& count) {
            return count.hears_not == 0 || &count == &counts[first];
        });
        side.kind = one_witness ? FaultSide::Kind::hears_nobody : FaultSide::Kind::everybody;
        side.node = first;
        return side;
    }
    for (std::size_t i = 0; i < roster.size(); ++i) {
        const Count& count = counts[i];
        const auto cut = static_cast<std::size_t>(count.hears_not + count.heard_not);
        if (cut != side.cut_count) continue;  // it does not account for all of it
        const bool deaf = count.hears == 0 && count.hears_not > 0;
        const bool dumb = count.heard == 0 && count.heard_not > 0;
        side.node = static_cast<std::uint8_t>(i);
        // One cut direction alone is a fault of a node only where more than one witness says so.
        if (deaf && dumb)
            side.kind = FaultSide::Kind::one_node;
        else if (deaf && count.hears_not > 1)
            side.kind = FaultSide::Kind::hears_nobody;
        else if (dumb && count.heard_not > 1)
            side.kind = FaultSide::Kind::heard_by_nobody;
        if (side.kind != FaultSide::Kind::none) return side;
    }
    side.kind = FaultSide::Kind::directions;
    return side;
}

std::string sentence(const FaultSide& side, std::size_t path, const Roster& roster) {
    const std::string& name = roster.path_name(path);
    switch (side.kind) {
        case FaultSide::Kind::none: return "";
        case FaultSide::Kind::everybody:
            return fmt::format("{}: nobody hears anybody on {}", roster.fate(path), name);
        case FaultSide::Kind::one_node:
            return fmt::format("{}'s side: it neither hears nor is heard on {}",
                               roster.name(side.node), name);
        case FaultSide::Kind::hears_nobody:
            return fmt::format("{}'s receiving side: it hears nobody on {}", roster.name(side.node),
                               name);
        case FaultSide::Kind::heard_by_nobody:
            return fmt::format("{}'s sending side: nobody hears it on {}", roster.name(side.node),
                               name);
        case FaultSide::Kind::directions: break;
    }
    std::string pairs;
    for (const FaultSide::Direction& cut : side.cut) {
        pairs += fmt::format("{}{}->{}", pairs.empty() ? "" : ", ", roster.name(cut.from),
                             roster.name(cut.to));
    }
    if (side.cut_count > side.cut.size()) pairs += ", ...";
    return fmt::format("cut {} on {}", pairs, name);
}

}  // namespace inquest
