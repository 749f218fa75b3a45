#include "tests/sim/world/bus.hpp"

#include <algorithm>
#include <utility>

namespace inquest::sim {
namespace {

std::vector<PathId> shared(const ClusterConfig& cluster, const MemberConfig& a,
                           const MemberConfig& b) {
    std::vector<PathId> both;
    for (const PathId path : a.paths) {
        const PathConfig& config = cluster.paths[path.value];
        const bool carries = config.kind == PathKind::udp && config.admin == Switched::on;
        if (carries && std::find(b.paths.begin(), b.paths.end(), path) != b.paths.end())
            both.push_back(path);
    }
    return both;
}

}  // namespace

Bus::Bus(const ClusterConfig& machines) : hosts_(machines.members.size()) {
    for (const MemberConfig& from : machines.members) {
        for (const MemberConfig& to : machines.members)
            paths_.push_back(shared(machines, from, to));
    }
}

Bus::Parcel Bus::fresh() {
    if (free_.empty()) {
        slots_.push_back(std::make_unique<Slot>());
        return static_cast<Parcel>(slots_.size() - 1);
    }
    const Parcel parcel = free_.back();
    free_.pop_back();
    *slots_[parcel] = {};
    return parcel;
}

Bus::Parcel Bus::pack(Message message) {
    const Parcel parcel = fresh();
    slots_[parcel]->message = std::move(message);
    ++counts_.messages;
    return parcel;
}

Bus::Parcel Bus::damage() {
    const Parcel parcel = fresh();
    slots_[parcel]->damaged = true;
    return parcel;
}

void Bus::done(Parcel parcel) {
    if (--slots_[parcel]->copies <= 0) free_.push_back(parcel);
}

bool Bus::is_news(Parcel parcel, std::uint32_t run) {
    Slot& slot = *slots_[parcel];
    ++counts_.copies;
    if (slot.damaged) {
        ++counts_.refused;
        return false;
    }
    if (std::exchange(slot.taken_by, run) != run) return true;
    ++counts_.duplicates;
    return false;
}

}  // namespace inquest::sim
