#include "heartbeat/wire/ledger_parts.hpp"

#include "heartbeat/ledger/message.hpp"

#include <algorithm>
#include <functional>

namespace inquest::wire {

namespace {

using ledger::Entry;
using ledger::EntryKind;
using ledger::Members;
using ledger::Membership;

/// Nobody is none of them, and no one is there twice.
template <std::size_t Capacity>
bool ascending(const FixedVector<MemberId, Capacity>& members) {
    const bool falls =
        std::adjacent_find(members.begin(), members.end(), std::greater_equal<>()) != members.end();
    return !falls && !ledger::contains(members, nobody);
}

template <std::size_t Capacity>
void write_ids(ByteWriter& to, const FixedVector<MemberId, Capacity>& members) {
    for (const MemberId member : members) to.put(member.value);
}

template <std::size_t Capacity>
bool read_ids(ByteReader& from, std::size_t count, FixedVector<MemberId, Capacity>& members) {
    members.clear();
    if (count > Capacity) return false;
    for (std::size_t i = 0; i < count; ++i) members.push_back(MemberId{from.take_u16()});
    return true;
}

template <typename List>
std::uint8_t count_byte(const List& list) {
    return static_cast<std::uint8_t>(list.size());
}

}  // namespace

bool sound(const Members& members) {
    return ascending(members.voters) && ascending(members.learners) &&
           members.voters.size() + members.learners.size() <= members_max &&
           std::none_of(members.learners.begin(), members.learners.end(), [&](MemberId learner) {
               return ledger::contains(members.voters, learner);
           });
}

bool sound(const Membership& membership) {
    return sound(membership.now) && ascending(membership.before);
}

bool sound(const Entry& entry) {
    if (ledger::encoded_bytes(entry) > ledger::append_room_bytes) return false;
    switch (entry.kind) {
        case EntryKind::noop:
        case EntryKind::settled: return entry.members == Members{} && entry.bytes.empty();
        case EntryKind::command: return entry.members == Members{};
        case EntryKind::membership: return sound(entry.members) && !entry.members.voters.empty();
    }
    return false;
}

std::size_t encoded_bytes(const Membership& membership) {
    constexpr std::size_t index_bytes = sizeof membership.changed.value;
    return ledger::encoded_bytes(membership.now) + 1 + membership.before.size() * sizeof(MemberId) +
           2 * index_bytes;
}

void write(ByteWriter& to, const Members& members) {
    to.put(count_byte(members.voters));
    to.put(count_byte(members.learners));
    write_ids(to, members.voters);
    write_ids(to, members.learners);
}

void write(ByteWriter& to, const Membership& membership) {
    write(to, membership.now);
    to.put(count_byte(membership.before));
    write_ids(to, membership.before);
    to.put(membership.changed.value);
    to.put(membership.settled.value);
}

void write(ByteWriter& to, const Entry& entry) {
    to.put(entry.term.value);
    to.put(static_cast<std::uint8_t>(entry.kind));
    to.put(static_cast<std::uint16_t>(entry.bytes.size()));
    if (entry.kind == EntryKind::membership) write(to, entry.members);
    to.put(entry.bytes);
}

bool read(ByteReader& from, Members& members) {
    const std::size_t voters = from.take_u8();
    const std::size_t learners = from.take_u8();
    return read_ids(from, voters, members.voters) && read_ids(from, learners, members.learners) &&
           sound(members);
}

bool read(ByteReader& from, Membership& membership) {
    if (!read(from, membership.now)) return false;
    const std::size_t before = from.take_u8();
    if (!read_ids(from, before, membership.before)) return false;
    membership.changed = ledger::Index{from.take_u64()};
    membership.settled = ledger::Index{from.take_u64()};
    return sound(membership);
}

bool read(ByteReader& from, Entry& entry) {
    entry.term = ledger::Term{from.take_u64()};
    entry.kind = static_cast<EntryKind>(from.take_u8());
    const std::size_t bytes = from.take_u16();
    entry.members = {};
    if (entry.kind == EntryKind::membership && !read(from, entry.members)) return false;
    const std::span<const std::byte> content = from.take_bytes(bytes);
    entry.bytes.assign(content.begin(), content.end());
    return sound(entry);
}

}  // namespace inquest::wire
