#include "tests/sim/run_text.hpp"

#include "tests/sim/judges/invariants.hpp"
#include "tests/sim/judges/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace inquest::sim {
namespace {

using nlohmann::ordered_json;

double in_seconds(Moment moment) {
    return std::chrono::duration<double>(moment.time_since_epoch()).count();
}

ordered_json json_of(const Told& told) {
    const Transition& transition = told.transition;
    return {{"time", in_seconds(told.when)}, {"observer", transition.observer},
            {"peer", transition.peer},       {"event", word(transition.kind)},
            {"path", transition.path},       {"from", transition.from},
            {"to", transition.to},           {"facts", transition.facts},
            {"reason", transition.reason}};
}

std::string lines_of(std::string_view what, const std::vector<Violation>& all) {
    std::string text;
    for (const Violation& each : all)
        text +=
            fmt::format("  {} at {}s: {}: {}\n", what, seconds(each.when), each.rule, each.what);
    return text;
}

ordered_json json_of(const std::vector<Violation>& all) {
    ordered_json list = ordered_json::array();
    for (const Violation& each : all)
        list.push_back({{"time", in_seconds(each.when)}, {"rule", each.rule}, {"what", each.what}});
    return list;
}

}  // namespace

std::string violations_text(const Outcome& outcome) {
    return lines_of("violation", outcome.violations);
}

std::string breaches_text(const Outcome& outcome) {
    return lines_of("assumption broken", outcome.breaches);
}

std::string outcome_json(const Scenario& scenario, const Outcome& outcome) {
    ordered_json transitions = ordered_json::array();
    for (const Told& told : outcome.told) transitions.push_back(json_of(told));
    ordered_json vacuous = ordered_json::array();
    for (const Invariant& invariant : invariants()) {
        if (!invariant.vacuous.empty()) vacuous.push_back(invariant.name);
    }
    const ordered_json all = {{"scenario", scenario.name},
                              {"seed", scenario.seed},
                              {"violations", json_of(outcome.violations)},
                              {"transitions", transitions},
                              {"vms", ordered_json::object()},
                              {"vacuous", vacuous},
                              {"breaches", json_of(outcome.breaches)}};
    return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string vacuous_text() {
    std::string text;
    for (const Invariant& invariant : invariants()) {
        if (!invariant.vacuous.empty())
            text += fmt::format("vacuous today: {}: {}\n", invariant.name, invariant.vacuous);
    }
    return text;
}

std::string figures(double simulated_s, double wall_s, std::uint64_t steps, std::uint64_t datagrams,
                    std::uint64_t authenticated) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return fmt::format(
        "simulated {:.1f} s in {:.2f} s of this machine: {:.0f} to 1; {} events ({:.0f}/s), {} "
        "datagrams, {} authenticated; peak memory {:.1f} MB\n",
        simulated_s, wall_s, simulated_s / wall_s, steps, static_cast<double>(steps) / wall_s,
        datagrams, authenticated, static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace inquest::sim
