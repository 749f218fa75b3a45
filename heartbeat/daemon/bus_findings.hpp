// What the counters of the bus mean for a person. Pure.
#pragma once

#include "heartbeat/bus/carrier.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace inquest::daemon {

/// Something that somebody should look after, and how.
struct BusFinding {
    std::string name;
    std::string what;
    std::string remedy;
};
std::vector<BusFinding> bus_findings(const bus::Counters& counters);

/// All of them, refusals by reason; zeros among the reasons are left out.
nlohmann::ordered_json bus_counters(const bus::Counters& counters);

}  // namespace inquest::daemon
