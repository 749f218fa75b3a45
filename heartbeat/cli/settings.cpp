// inquest arm, disarm, maintenance: one word that all agree on.
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/life.hpp"

#include <optional>

namespace inquest::cli {
namespace {

/// `state` is what shall be so; `meaning` is said when it is.
wire::Exit set(const Command& command, const wire::Change& change, const std::string& state,
               const std::string& meaning = "") {
    Waiting waiting(command.life.timeout);
    const Or<Agreed> agreed = agree(command, change, "it is not agreed that " + state, waiting);
    if (!agreed) return refused(agreed.error());
    const bool news = agreed->news == Agreed::News::yes;
    print(command.json ? line({{"changed", news}}) + "\n"
                       : state + meaning + (news ? "\n" : ", as it was already\n"));
    return wire::Exit::healthy;
}

/// What could switch nobody off on the day on which it must; nothing where none is known to fail.
std::optional<std::string> unfenceable(const Command& command) {
    const Or<Json> status = ask(command, {.verb = wire::Verb::status});
    if (!status) return std::nullopt;
    for (const Json& one : list_of(*status, "fence")) {
        const auto ready = one.find("ready");
        if (ready == one.end() || !ready->is_boolean() || ready->get<bool>()) continue;
        return text_of(one, "device") + " could not switch " + text_of(one, "node") +
               " off, asked from " + text_of(one, "from") + ": " + text_of(one, "why");
    }
    return std::nullopt;
}

}  // namespace

wire::Exit run_armed(const Command& command) {
    if (command.verb == Verb::arm) {
        if (const auto why = unfenceable(command); why && !command.life.anyway)
            return refused("the cluster is not armed", *why,
                           "mend that, see `inquest fence status`, or run `inquest arm --anyway`");
        return set(command, wire::ArmChange{Armed::yes}, "the cluster is armed",
                   ": a node that is lost for long enough is condemned; a watchdog that node.toml "
                   "names is opened with the next lease (`inquest doctor` on that node says so)");
    }
    return set(command, wire::ArmChange{Armed::no}, "the cluster is not armed",
               ": it observes and records, and acts on nothing");
}

wire::Exit run_maintenance(const Command& command) {
    std::string node = command.life.name;
    if (node.empty()) {
        const Or<Json> here = ledger(command);
        if (!here) return refused(here.error());
        node = text_of(*here, "node");
    }
    const Maintenance wanted = command.life.on ? Maintenance::on : Maintenance::off;
    return set(command, wire::MaintenanceChange{node, wanted},
               node + (command.life.on ? " is in maintenance" : " is not in maintenance"));
}

}  // namespace inquest::cli
