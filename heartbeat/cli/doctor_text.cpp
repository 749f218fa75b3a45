#include "heartbeat/cli/doctor_text.hpp"

#include "heartbeat/cli/table.hpp"

namespace inquest::cli {
namespace {

/// Beats that were refused, by reason; zeros are no news.
std::string refused_text(const Screen& screen, const Json& refused) {
    std::string list;
    for (const auto& [reason, count] : refused.items()) {
        const auto number = number_of(refused, reason.c_str());
        if (!number || *number == 0) continue;
        list += (list.empty() ? "" : ", ") + std::to_string(*number) + " " + clean(reason);
    }
    return list.empty() ? "" : "\n" + paragraph("beats refused: ", list, screen.width);
}

}  // namespace

std::string doctor_text(const Screen& screen, const Json& reply) {
    Column states{"state", {}}, names{"check", {}}, findings{"finding", {}};
    for (const Json& check : list_of(reply, "checks")) {
        const std::string state = text_of(check, "state");
        const std::string remedy = text_of(check, "remedy");
        states.cells.push_back(paint(screen, tone_of(state), state));
        names.cells.push_back(text_of(check, "name"));
        findings.cells.push_back(text_of(check, "what") + (remedy.empty() ? "" : ": " + remedy));
    }
    return table(screen, {states, names, findings}) +
           refused_text(screen, object_of(reply, "refused"));
}

wire::Exit doctor_exit(const Json& reply) {
    wire::Exit worst = wire::Exit::healthy;
    for (const Json& check : list_of(reply, "checks")) {
        const std::string state = text_of(check, "state");
        if (state == "failed") return wire::Exit::failed;
        if (state != "ok") worst = wire::Exit::degraded;
    }
    return worst;
}

}  // namespace inquest::cli
