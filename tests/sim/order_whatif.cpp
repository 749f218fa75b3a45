// `inquest-sim whatif`.
#include "heartbeat/config/reader.hpp"
#include "heartbeat/config/suggestion.hpp"
#include "tests/sim/orders.hpp"
#include "tests/sim/story/load.hpp"
#include "tests/sim/whatif/audit.hpp"
#include "tests/sim/whatif/text.hpp"
#include "tests/sim/whatif/whatif.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace inquest::sim {
namespace {

std::optional<ClusterConfig> cluster_of(const std::string& file) {
    auto read = config::read_cluster_alone(read_text(file));
    if (read) return std::move(read->cluster);
    for (config::Complaint& complaint : read.error()) {
        if (complaint.severity != config::Severity::error) continue;
        if (complaint.file == "cluster.toml") complaint.file = file;
        fmt::print(stderr, "inquest-sim: {}\n", to_string(complaint));
    }
    return std::nullopt;
}

/// The faults named, all of them at once; nothing where one names what is not there.
class Named {
 public:
    explicit Named(const Faults& possible) : possible_(possible) {}

    void add(std::string_view option, Fault fault) {
        if (std::find(possible_.begin(), possible_.end(), fault) != possible_.end()) {
            faults.push_back(std::move(fault));
            return;
        }
        sound = false;
        std::vector<std::string> known;
        for (const Fault& other : possible_) {
            if (other.kind == fault.kind) known.push_back(what(other));
        }
        fmt::print(stderr, "inquest-sim: {}: no {}: {}\n", option, what(fault),
                   config::suggestion(what(fault), {known.begin(), known.end()}));
    }

    Faults faults;
    bool sound = true;

 private:
    static std::string what(const Fault& fault) {
        switch (fault.kind) {
            case Fault::Kind::kill: return fault.node;
            case Fault::Kind::switch_off: return fault.fate;
            case Fault::Kind::cut: return fault.node + ":" + fault.path;
        }
        return "";
    }

    const Faults& possible_;
};

Named named(const WhatifOrder& order, const Faults& possible) {
    Named result(possible);
    for (const std::string& node : order.kill)
        result.add("--kill", {.kind = Fault::Kind::kill, .node = node});
    for (const std::string& fate : order.switch_off)
        result.add("--switch-off", {.kind = Fault::Kind::switch_off, .fate = fate});
    for (const std::string& link : order.cut) {
        const std::size_t colon = link.find(':');
        result.add("--cut", {.kind = Fault::Kind::cut,
                             .node = link.substr(0, colon),
                             .path = colon == std::string::npos ? "" : link.substr(colon + 1)});
    }
    return result;
}

std::vector<Case> pairs(const ClusterConfig& cluster, const Faults& faults) {
    std::vector<Case> cases;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        for (std::size_t j = i + 1; j < faults.size(); ++j)
            cases.push_back(what_if(cluster, {faults[i], faults[j]}));
    }
    return cases;
}

}  // namespace

int ask_whatif(const WhatifOrder& order) {
    const auto cluster = cluster_of(order.config);
    if (!cluster) return exit_usage;
    const Faults possible = single_faults(*cluster);
    const Named asked = named(order, possible);
    if (!asked.sound) return exit_usage;

    std::vector<Case> cases;
    if (!asked.faults.empty()) cases.push_back(what_if(*cluster, asked.faults));
    if (order.all_single || (!order.all_double && asked.faults.empty())) {
        for (const Fault& fault : possible) {
            if (asked.faults != Faults{fault}) cases.push_back(what_if(*cluster, {fault}));
        }
    }
    if (order.all_double) {
        auto doubles = pairs(*cluster, possible);
        std::move(doubles.begin(), doubles.end(), std::back_inserter(cases));
    }
    const std::vector<std::string> findings = audit(*cluster, cases);
    fmt::print("{}", order.json ? json(cases, findings) : table(cases, findings));
    return a_single_fault_costs(cases) ? exit_costs : exit_held;
}

}  // namespace inquest::sim
