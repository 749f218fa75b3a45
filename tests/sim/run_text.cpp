#include "tests/sim/run_text.hpp"

#include "tests/sim/judges/invariants.hpp"
#include "tests/sim/judges/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sys/resource.h>

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

}  // namespace

std::string violations_text(const Outcome& outcome) {
    std::string text;
    for (const Violation& violation : outcome.violations) {
        text += fmt::format("  violation at {}s: {}: {}\n", seconds(violation.when), violation.rule,
                            violation.what);
    }
    return text;
}

std::string outcome_json(const Scenario& scenario, const Outcome& outcome) {
    ordered_json violations = ordered_json::array();
    for (const Violation& violation : outcome.violations) {
        violations.push_back({{"time", in_seconds(violation.when)},
                              {"rule", violation.rule},
                              {"what", violation.what}});
    }
    ordered_json transitions = ordered_json::array();
    for (const Told& told : outcome.told) transitions.push_back(json_of(told));
    ordered_json vacuous = ordered_json::array();
    for (const Invariant& invariant : invariants()) {
        if (!invariant.vacuous.empty()) vacuous.push_back(invariant.name);
    }
    const ordered_json all = {{"scenario", scenario.name},     {"seed", scenario.seed},
                              {"violations", violations},      {"transitions", transitions},
                              {"vms", ordered_json::object()}, {"vacuous", vacuous}};
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

std::string furniture_text(const Scenario& scenario) {
    std::string text;
    if (!scenario.furniture.fence.empty())
        text += fmt::format(
            "{}: its fence devices are not in the world yet: who is condemned is not switched "
            "off\n",
            scenario.name);
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
