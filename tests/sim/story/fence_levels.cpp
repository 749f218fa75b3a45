#include "tests/sim/story/fence_levels.hpp"

#include "heartbeat/core/fence_text.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

constexpr std::string_view bmc = "bmc";

}  // namespace

void give_fences(ClusterConfig& cluster, const std::vector<std::string>& levels) {
    for (MemberConfig& member : cluster.members) {
        const std::string device = std::string(bmc) + "-" + member.name;
        bool has_one = false;
        for (const std::string& written : levels) {
            auto level = parse_level(written);
            if (!level) continue;
            for (FencePart& part : *level) {
                if (part.device != bmc) continue;
                part.device = device;
                has_one = true;
            }
            member.fence.levels.push_back(std::move(*level));
        }
        if (!has_one) continue;
        FenceDevice given{.name = device, .agent = "fence_bmc"};
        given.options.push_back({"ip", member.name});
        cluster.devices.push_back(std::move(given));
    }
}

}  // namespace inquest::sim
