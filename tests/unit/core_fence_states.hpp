// Armed clusters with fence devices, for tests of what is decided about them.
#pragma once

#include "heartbeat/core/fence_text.hpp"
#include "tests/unit/core_cluster_states.hpp"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace inquest::test {

using namespace std::chrono_literals;

inline FenceDevice bmc(int number, std::vector<MemberId> run_by = {}) {
    FenceDevice device{.name = "bmc-n" + std::to_string(number), .agent = "fence_ipmilan"};
    device.options = {{"ip", "192.0.2." + std::to_string(100 + number)}};
    device.run_by = std::move(run_by);
    return device;
}

inline FencePlan plan(std::initializer_list<const char*> levels) {
    FencePlan made;
    for (const char* level : levels) made.levels.push_back(*parse_level(level));
    return made;
}

/// So many members, armed and booted. Member 3 has a BMC, and shares two power strips and a storage
/// switch with nobody; it has no levels yet.
inline Told fenced_cluster(int count = 3) {
    Told told = cluster_of(count);
    told.accept(ArmedSet{Armed::yes});
    for (int number = 1; number <= count; ++number)
        told.accept(IncarnationBegun{id(number), Incarnation(4), 40U});
    told.accept(FenceDeviceSet{bmc(3)});
    for (const char* name : {"pdu-a", "pdu-b", "san"}) {
        FenceDevice device{.name = name, .agent = "fence_apc"};
        device.options = {{"ip", name}};
        device.plugs = {{id(3), "7"}};
        if (device.name == "san") device.proves = FenceProof::storage;
        told.accept(FenceDeviceSet{device});
    }
    return told;
}

inline void condemn(Told& told, int member = 3, Hold hold = Hold::none) {
    Electorate witnesses;
    for (int number = 1; number <= 5 && told.state.member(id(number)) != nullptr; ++number)
        if (number != member) witnesses.push_back(id(number));
    told.accept(Condemned{.member = id(member),
                          .incarnation = Incarnation(4),
                          .hold = hold,
                          .silence = 3s,
                          .witnesses = witnesses,
                          .wall_seconds = 1000});
}

inline const Condemnation& condemnation(const Told& told, int member = 3) {
    const AgreedMember* found = told.state.member(id(member));
    REQUIRE(found != nullptr);
    REQUIRE(found->condemnation.has_value());
    return *found->condemnation;
}

inline FenceBegun begin(const Told& told, int level, std::vector<MemberId> by, int member = 3) {
    return {.member = id(member),
            .condemnation = condemnation(told, member).index,
            .number = static_cast<std::uint16_t>(condemnation(told, member).attempts + 1),
            .level = static_cast<std::uint8_t>(level),
            .by = std::move(by),
            .wall_seconds = 1010};
}

inline FenceAnswered answer(const Told& told, int task, MemberId by,
                            FenceResult result = FenceResult::done, int member = 3) {
    return {.member = id(member),
            .condemnation = condemnation(told, member).index,
            .attempt = condemnation(told, member).attempt->index,
            .task = static_cast<std::uint8_t>(task),
            .by = by,
            .result = result,
            .why = result == FenceResult::done ? "" : "the device does not answer"};
}

}  // namespace inquest::test
