#include "tests/sim/command_line.hpp"

#include "tests/sim/command.hpp"
#include "tests/sim/judges/invariants.hpp"
#include "tests/sim/orders.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

namespace inquest::sim {
namespace {

int list_invariants() {
    for (const Invariant& invariant : invariants()) {
        fmt::print("{}{}\n  {}\n", invariant.name,
                   invariant.vacuous.empty() ? "" : " (vacuous today)", invariant.sentence);
        if (!invariant.vacuous.empty()) fmt::print("  {}\n", invariant.vacuous);
    }
    return exit_held;
}

int carry_out(const Command& command) {
    switch (command.verb) {
        case Command::Verb::run: return run_scenarios(command.run, command.authentication);
        case Command::Verb::swarm: return run_swarm(command.seeds, command.authentication);
        case Command::Verb::draw: return draw_one(command.seeds);
        case Command::Verb::whatif: return ask_whatif(command.whatif);
        case Command::Verb::invariants: return list_invariants();
    }
    return exit_usage;
}

}  // namespace

int command_line(int argc, char** argv) {
    const auto command = parse_command({argv + 1, argv + argc});
    if (!command) {
        const bool wrong = command.error().kind == Aside::Kind::wrong_usage;
        fmt::print(wrong ? stderr : stdout, "{}", command.error().text);
        return wrong ? exit_usage : exit_held;
    }
    try {
        return carry_out(*command);
    } catch (const std::exception& error) {
        fmt::print(stderr, "inquest-sim: {}: this is a fault of the simulator itself\n",
                   error.what());
        return exit_broke;
    }
}

}  // namespace inquest::sim
