#include "tests/sim/world/ledger_state.hpp"

namespace inquest::sim {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
    return hash ^ (hash >> 29);
}

}  // namespace

std::uint64_t digest_of(const ledger::Entry& entry) {
    std::uint64_t hash = mixed(entry.index.value, entry.term.value);
    hash = mixed(hash, static_cast<std::uint64_t>(entry.kind));
    for (const MemberId voter : entry.members.voters) hash = mixed(hash, voter.value);
    for (const MemberId learner : entry.members.learners) hash = mixed(hash, learner.value + 99u);
    for (const std::byte byte : entry.bytes) hash = mixed(hash, std::to_integer<unsigned>(byte));
    return hash;
}

std::uint64_t state_after(std::uint64_t before, const ledger::Entry& entry) {
    return mixed(before, digest_of(entry));
}

}  // namespace inquest::sim
