// Whoever asks the cluster for something: at random members, all along, each once.
//
// What they ask for does little but show: one member after the other is in maintenance for a
// moment, and is not condemned meanwhile.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/core/cluster_entry.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim {

class Clients {
 public:
    explicit Clients(std::uint64_t seed) : random_(seed) {}

    /// Whose maintenance is somebody else's affair.
    void leave_alone(const std::string& node) { left_alone_.push_back(node); }

    /// Until the next request.
    Duration pause() { return std::chrono::milliseconds(200) + random_.below(spread); }
    std::size_t pick(std::size_t hosts) { return random_.next() % hosts; }
    /// One in four asks a second member for the same at once.
    bool asks_twice() { return random_.next() % 4 == 0; }
    /// Something that changes the state that the asked member shows; nothing where there is no
    /// member that clients may touch.
    std::optional<ClusterEntry> request(const ClusterState& state) {
        std::vector<const AgreedMember*> touched;
        for (const AgreedMember& member : state.members) {
            if (std::find(left_alone_.begin(), left_alone_.end(), member.name) == left_alone_.end())
                touched.push_back(&member);
        }
        const std::uint64_t drawn = random_.next();
        if (touched.empty()) return std::nullopt;
        const auto worked_on = std::find_if(touched.begin(), touched.end(), [](const auto* each) {
            return each->maintenance == Maintenance::on;
        });
        const bool on = worked_on != touched.end();
        const AgreedMember& member = on ? **worked_on : *touched[drawn % touched.size()];
        ClusterEntry entry{.request = RequestId(random_.next() | first_bit)};
        entry.body = MaintenanceSet{member.id, on ? Maintenance::off : Maintenance::on};
        return entry;
    }
    /// Is it one of theirs? All others have another first bit.
    static bool made(RequestId request) { return (request.value & first_bit) != 0; }
    static constexpr std::uint64_t first_bit = std::uint64_t{1} << 63;

 private:
    static constexpr Duration spread = std::chrono::milliseconds(1800);

    Random random_;
    std::vector<std::string> left_alone_;
};

}  // namespace inquest::sim
