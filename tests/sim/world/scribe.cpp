#include "tests/sim/world/scribe.hpp"

#include "tests/sim/world/ledger_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Messages that wait while the daemon does not come to read them.
constexpr std::size_t inbox_room = 1024;

/// The timings of DESIGN's table. The log is kept short, so that a minute sees snapshots.
ledger::Settings settings_of(const ClusterConfig& cluster, MemberId self, std::uint64_t seed) {
    ledger::Settings settings{.self = self,
                              .seed = seed,
                              .log_bytes_max = 256 << 10,
                              .log_bytes_compact = 8 << 10,
                              .kept_entries = 8,
                              .uncommitted_max = 64,
                              .window_entries = 16,
                              .caught_up_entries = 16,
                              .chunk_bytes_max = 1000};
    if (cluster.timing == Timing::fast()) {
        settings.append_interval = 50ms;
        settings.election_min = 150ms;
        settings.election_max = 300ms;
    }
    return settings;
}

ledger::Restored first_content(const ClusterConfig& cluster, std::size_t place) {
    if (!cluster.members[place].votes) return ledger::blank();
    ledger::Voters voters;
    for (const MemberConfig& member : cluster.members) {
        if (member.votes) voters.push_back(member.id);
    }
    std::sort(voters.begin(), voters.end());
    return ledger::beginning(voters);
}

/// The state, and padding, so that some snapshots have several chunks.
ledger::Bytes snapshot_of(std::uint64_t state) {
    constexpr std::uint64_t padding_max = 5000;
    ledger::Bytes bytes(sizeof state + state % padding_max);
    std::memcpy(bytes.data(), &state, sizeof state);
    return bytes;
}

}  // namespace

std::string log_line(const Coordinator& coordinator, const ClusterConfig& cluster) {
    std::string name = "none";
    for (const MemberConfig& member : cluster.members) {
        if (member.id == coordinator.member) name = member.name;
    }
    return fmt::format("coordinator={} term={}", name, coordinator.term.value);
}

Scribe::Scribe(const ClusterConfig& cluster, std::size_t place, std::uint64_t seed)
    : cluster_(&cluster),
      place_(place),
      random_(seed),
      disk_(first_content(cluster, place), random_.next()) {}

void Scribe::start(Instant now) {
    const ledger::Restored& kept = disk_.open();
    load(kept.snapshot);
    told_durable_ = 0;
    told_leader_ = nobody;
    snapshot_asked_.reset();
    const MemberId self = cluster_->members[place_].id;
    ledger_ =
        std::make_unique<ledger::Ledger>(settings_of(*cluster_, self, random_.next()), kept, now);
}

void Scribe::end(Ending ending, Bus& bus) {
    for (const Bus::Parcel parcel : take_out()) bus.done(parcel);
    if (ending == Ending::cut) {
        disk_.cut();
    } else {
        disk_.finish();
    }
    ledger_.reset();
    armed_for = end_of_time;
    ++alarm;
}

void Scribe::apply(const ledger::Entry& entry) {
    applied_ = entry.index;
    state_ = state_after(state_, entry);
}

void Scribe::load(const ledger::Snapshot& snapshot) {
    applied_ = snapshot.index;
    state_ = 0;
    if (snapshot.bytes.size() >= sizeof state_)
        std::memcpy(&state_, snapshot.bytes.data(), sizeof state_);
}

std::optional<ledger::SnapshotTaken> Scribe::snapshot() {
    const auto index = std::exchange(snapshot_asked_, std::nullopt);
    if (index != applied_) return std::nullopt;
    return ledger::SnapshotTaken{applied_, snapshot_of(state_)};
}

std::optional<ledger::ProposeChange> Scribe::invitation() const {
    if (ledger_->role() != ledger::Role::leader) return std::nullopt;
    const ledger::Members& members = ledger_->membership().now;
    if (members.voters.size() + members.learners.size() == cluster_->members.size())
        return std::nullopt;
    for (const MemberConfig& member : cluster_->members) {
        if (ledger::contains(members.voters, member.id) ||
            ledger::contains(members.learners, member.id))
            continue;
        return ledger::ProposeChange{
            .id = 0,
            .change = {.kind = ledger::Change::Kind::add_learner, .member = member.id},
            .bytes = {}};
    }
    return std::nullopt;
}

std::optional<Coordinator> Scribe::news(const ledger::Standing& standing) {
    if (std::exchange(told_leader_, standing.leader) == standing.leader) return std::nullopt;
    return Coordinator{standing.leader, standing.term};
}

bool Scribe::take(Bus::Parcel parcel) {
    if (inbox_.size() >= inbox_room) return false;
    inbox_.push_back(parcel);
    return true;
}

std::optional<ledger::Persisted> Scribe::persisted() {
    if (told_durable_ >= disk_.durable()) return std::nullopt;
    told_durable_ = disk_.durable();
    return ledger::Persisted{told_durable_};
}

}  // namespace inquest::sim
