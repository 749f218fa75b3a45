#include "tests/sim/world/bus.hpp"

#include "heartbeat/wire/ledger_codec.hpp"

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

Bus::Bus(const ClusterConfig& cluster, Authentication authentication)
    : authentication_(authentication), hosts_(cluster.members.size()) {
    for (const MemberConfig& from : cluster.members) {
        members_.push_back(from.id);
        for (const MemberConfig& to : cluster.members) paths_.push_back(shared(cluster, from, to));
    }
}

std::optional<std::size_t> Bus::place(MemberId member) const {
    const auto found = std::find(members_.begin(), members_.end(), member);
    if (found == members_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - members_.begin());
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

Bus::Parcel Bus::pack(ledger::Message message) {
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

std::size_t Bus::size(Parcel parcel) const {
    return ledger::envelope_bytes_max + wire::body_bytes(slots_[parcel]->message);
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

const ledger::Message* Bus::open(Parcel parcel) {
    const ledger::Message& message = slots_[parcel]->message;
    const bool checked = authentication_ == Authentication::every || reads_++ % sample == 0;
    if (!checked) return &message;
    if (wire::sound(message)) {
        bytes_.resize(wire::body_bytes(message));
        wire::encode(message, bytes_);
        auto read = wire::decode(bytes_, {message.from, message.to, wire::sort_of(message)});
        if (read && *read == message) {
            decoded_ = std::move(*read);
            return &decoded_;
        }
    }
    ++counts_.unfaithful;
    return nullptr;
}

}  // namespace inquest::sim
