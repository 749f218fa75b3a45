// The words of the timeline: every verb, what stands after it, and what it does.
#pragma once

#include "tests/sim/world/timeline.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace inquest::sim {

/// What stands after a verb.
enum class Shape : std::uint8_t {
    nodes,
    nodes_length,  ///< a length of time at the end
    nodes_step,    ///< a length of time that may be negative
    nodes_rate,    ///< millionths, which may be negative
    nodes_paths,
    link,          ///< two sides and, if not all, paths
    link_or_all,   ///< the same, or `all` alone
    link_share,    ///< two sides, paths, percent
    link_length,   ///< two sides, paths, a length of time
    link_bytes,    ///< two sides, paths, a number of bytes
    nodes_switch,  ///< `on` or `off` at the end
    node_device,   ///< one node and, if not all, the name of a fence device
    fate,
    expect,
    never,
    nothing,
};

struct VerbEntry {
    std::string_view word;
    std::string_view arguments;  ///< as the grammar writes them
    std::string_view help;       ///< one line
    Shape shape = Shape::nothing;
    std::optional<Verb> verb;    ///< none while its room is not in the world
    std::string_view waits_for;  ///< that room: "the ledger"
};

/// In the order of the grammar: first those that are there, then those that wait.
std::span<const VerbEntry> verbs();

/// The entry of the word that a person wrote; nullptr where there is none.
const VerbEntry* find_verb(std::string_view word);
const VerbEntry& entry_of(Verb verb);

}  // namespace inquest::sim
