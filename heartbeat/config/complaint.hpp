// What is wrong with a configuration file, in the words that a person needs to repair it.
#pragma once

#include "heartbeat/core/config.hpp"

#include <string>
#include <vector>

namespace inquest::config {

using Severity = Problem::Severity;

/// One thing that is wrong, where it stands, why it hurts and what to do.
struct Complaint {
    Severity severity = Severity::error;
    std::string file;  ///< "cluster.toml", "node.toml", "keys/cluster.keys"
    int line = 0;      ///< from 1; 0 where no line can be named
    std::string key;   ///< "timing.path_limit"; "path.2.name" is the second [[path]]; may be empty
    std::string what;  ///< what is wrong, and why
    std::string remedy;  ///< what to do

    friend bool operator==(const Complaint&, const Complaint&) = default;
};

using Complaints = std::vector<Complaint>;

/// `cluster.toml:12: timing.path_limit: 250ms is below 3 beat intervals (300ms): set it to 300ms
/// or more`, on one line. The severity is not in it.
std::string to_string(const Complaint& complaint);

/// Is any of them an error, so that nothing may start?
bool has_error(const Complaints& complaints);

/// In the order of reading: node.toml first, then by line.
void sort_by_place(Complaints& complaints);

}  // namespace inquest::config
