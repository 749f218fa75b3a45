// The command line as data.
#pragma once

#include "tests/sim/world/post.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim {

struct RunOrder {
    std::vector<std::string> scenarios;
    std::optional<std::uint64_t> seed;
    std::string svg;  ///< file; empty: no picture
    bool json = false;
    bool log = false;      ///< print the log
    bool rewrite = false;  ///< write expect.log
    bool figures = false;
};

struct SeedsOrder {
    std::uint64_t seeds = 100;
    std::uint64_t from = 1;
    std::string nodes = "3..7";
    double minutes = 1;
    unsigned jobs = 1;
    bool trace = false;
    std::string keep = ".";  ///< folder for the timelines of seeds that failed
};

struct WhatifOrder {
    std::string config;
    std::vector<std::string> cut;  ///< NODE:PATH
    std::vector<std::string> switch_off;
    std::vector<std::string> kill;
    bool all_single = false;
    bool all_double = false;
    bool json = false;
};

struct Command {
    enum class Verb : std::uint8_t { run, swarm, draw, whatif, invariants } verb = Verb::run;
    Authentication authentication = Authentication::every;
    RunOrder run;
    SeedsOrder seeds;
    WhatifOrder whatif;
};

/// What to print instead of doing anything: help, or what is wrong.
struct Aside {
    std::string text;
    enum class Kind : std::uint8_t { asked_for, wrong_usage } kind = Kind::asked_for;
};

tl::expected<Command, Aside> parse_command(std::vector<std::string> words);

}  // namespace inquest::sim
