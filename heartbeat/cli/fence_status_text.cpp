#include "heartbeat/cli/fence_status_text.hpp"

#include "heartbeat/cli/table.hpp"
#include "heartbeat/core/phrase.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

bool is_asked(const Json& one) {
    const auto ready = one.find("ready");
    return ready != one.end() && ready->is_boolean();
}

std::string state(const Screen& screen, const Json& one) {
    if (!is_asked(one)) return "not asked yet";
    return flag_of(one, "ready") ? paint(screen, Tone::good, "ready")
                                 : paint(screen, Tone::bad, "NOT READY");
}

}  // namespace

std::string fence_status_text(const Screen& screen, const Json& status) {
    Column nodes{"node", {}}, devices{"device", {}}, from{"from", {}}, states{"state", {}},
        ages{"seen", {}}, seen{"what was seen", {}};
    for (const Json& one : list_of(status, "fence")) {
        nodes.cells.push_back(text_of(one, "node"));
        devices.cells.push_back(text_of(one, "device"));
        from.cells.push_back(text_of(one, "from"));
        states.cells.push_back(state(screen, one));
        const auto age = age_of(one, "age_ms");
        ages.cells.push_back(age ? phrase(*age) + " ago" : "-");
        seen.cells.push_back(text_of(one, "why"));
    }
    if (nodes.cells.empty())
        return "This node may ask no fence device. docs/fencing.md says how to describe them.\n";
    return table(screen, {nodes, devices, from, states, ages, seen});
}

wire::Exit fence_status_exit(const Json& status) {
    const Json& all = list_of(status, "fence");
    const bool bad = std::any_of(all.begin(), all.end(), [](const Json& one) {
        return is_asked(one) && !flag_of(one, "ready");
    });
    return bad ? wire::Exit::degraded : wire::Exit::healthy;
}

}  // namespace inquest::cli
