// The verbs of inquest-sim, carried out: they read files, print, and give the exit code.
#pragma once

#include "tests/sim/command.hpp"

namespace inquest::sim {

inline constexpr int exit_held = 0;
inline constexpr int exit_broke = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_costs = 3;

int run_scenarios(const RunOrder& order, Authentication authentication);
int run_swarm(const SeedsOrder& order, Authentication authentication);
int draw_one(const SeedsOrder& order);
int ask_whatif(const WhatifOrder& order);

}  // namespace inquest::sim
