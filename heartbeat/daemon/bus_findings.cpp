#include "heartbeat/daemon/bus_findings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace inquest::daemon {
namespace {

using bus::Refusal;

struct Cure {
    Refusal refusal;
    const char* what;
    const char* remedy;
};
/// What a configuration that differs, or another version, leads to. The others cannot come from a
/// member that is as it should be.
constexpr std::array<Cure, 4> cures{{
    {Refusal::version, "of another version of Inquest", "install one version on all nodes"},
    {Refusal::kind, "of a kind that this version does not know",
     "install one version on all nodes"},
    {Refusal::other_cluster, "of a cluster with another name",
     "two clusters have one key: give each its own with `inquest rekey`"},
    {Refusal::sender, "of a sender that is not who it says, or was removed",
     "see `inquest status` of all nodes: does each know the same members?"},
}};

std::uint64_t count(const bus::Counters& counters, Refusal refusal) {
    return counters.refused[static_cast<std::size_t>(refusal)];
}

}  // namespace

std::vector<BusFinding> bus_findings(const bus::Counters& counters) {
    std::vector<BusFinding> found;
    if (counters.unauthentic > 0) {
        found.push_back({"bus: not authentic",
                         fmt::format("{} datagrams without this cluster's key since the start",
                                     counters.unauthentic),
                         "a node with an old key, or a stranger, sends to the bus's port: see who "
                         "does (tcpdump), and let only members reach it"});
    }
    for (const Cure& cure : cures) {
        if (count(counters, cure.refusal) == 0) continue;
        found.push_back({fmt::format("bus: refused: {}", word(cure.refusal)),
                         fmt::format("{} messages since the start: {}",
                                     count(counters, cure.refusal), cure.what),
                         cure.remedy});
    }
    return found;
}

nlohmann::ordered_json bus_counters(const bus::Counters& counters) {
    nlohmann::ordered_json refused = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < bus::refusals; ++i) {
        if (counters.refused[i] > 0)
            refused[std::string(word(static_cast<Refusal>(i)))] = counters.refused[i];
    }
    return {{"sent", counters.sent},
            {"received", counters.received},
            {"lost_full", counters.lost_full},
            {"lost_nobody", counters.lost_nobody},
            {"lost_unread", counters.lost_unread},
            {"unauthentic", counters.unauthentic},
            {"refused", std::move(refused)}};
}

}  // namespace inquest::daemon
