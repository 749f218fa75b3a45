#include "heartbeat/store/rows.hpp"

#include <sodium.h>

namespace inquest::store {
namespace {

using ledger::Bytes;

void put(Bytes& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

template <std::size_t Capacity>
void put(Bytes& out, const FixedVector<MemberId, Capacity>& members) {
    put(out, members.size(), 1);
    for (const MemberId member : members) put(out, member.value, 2);
}

void put(Bytes& out, const ledger::Members& members) {
    put(out, members.voters);
    put(out, members.learners);
}

/// Takes integers off the front; once there are too few bytes, it says so to the end.
class Reader {
 public:
    explicit Reader(ByteView bytes) : left_(bytes) {}

    std::uint64_t take(std::size_t bytes) {
        good_ = good_ && left_.size() >= bytes;
        if (!good_) return 0;
        std::uint64_t value = 0;
        for (std::size_t i = bytes; i > 0; --i) {
            value = value << 8 | std::to_integer<std::uint64_t>(left_[i - 1]);
        }
        left_ = left_.subspan(bytes);
        return value;
    }
    template <std::size_t Capacity>
    void take(FixedVector<MemberId, Capacity>& members) {
        const std::uint64_t count = take(1);
        good_ = good_ && count <= Capacity;
        for (std::uint64_t i = 0; good_ && i < count; ++i) {
            members.push_back(MemberId(static_cast<std::uint16_t>(take(2))));
        }
    }
    void take(ledger::Members& members) {
        take(members.voters);
        take(members.learners);
    }
    bool at_end() const { return good_ && left_.empty(); }

 private:
    ByteView left_;
    bool good_ = true;
};

class Hash {
 public:
    Hash() { crypto_generichash_init(&state_, nullptr, 0, sizeof(Checksum)); }

    Hash& add(ByteView bytes) {
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size());
        return *this;
    }
    Checksum sum() {
        Checksum result{};
        crypto_generichash_final(&state_, reinterpret_cast<unsigned char*>(result.data()),
                                 result.size());
        return result;
    }

 private:
    crypto_generichash_state state_;
};

}  // namespace

Checksum checksum(const State& state) {
    Bytes head;
    put(head, state.term.value, 8);
    put(head, state.vote.value, 2);
    put(head, state.commit.value, 8);
    put(head, state.last.value, 8);
    put(head, static_cast<std::uint64_t>(state.use), 1);
    return Hash().add(head).add(state.chain).sum();
}

Checksum checksum(const ledger::Entry& entry, const Checksum& before) {
    Bytes head;
    put(head, entry.index.value, 8);
    put(head, entry.term.value, 8);
    put(head, static_cast<std::uint64_t>(entry.kind), 1);
    put(head, entry.members);
    return Hash().add(before).add(head).add(entry.bytes).sum();
}

Checksum checksum(const ledger::Snapshot& snapshot, const Checksum& chain) {
    Bytes head;
    put(head, snapshot.index.value, 8);
    put(head, snapshot.term.value, 8);
    const Bytes membership = encoded(snapshot.membership);
    return Hash().add(chain).add(head).add(membership).add(snapshot.bytes).sum();
}

Bytes encoded(const ledger::Members& members) {
    Bytes out;
    put(out, members);
    return out;
}

Bytes encoded(const ledger::Membership& membership) {
    Bytes out;
    put(out, membership.now);
    put(out, membership.before);
    put(out, membership.changed.value, 8);
    put(out, membership.settled.value, 8);
    return out;
}

std::optional<ledger::Members> decoded_members(ByteView bytes) {
    Reader reader(bytes);
    ledger::Members members;
    reader.take(members);
    if (!reader.at_end()) return std::nullopt;
    return members;
}

std::optional<ledger::Membership> decoded_membership(ByteView bytes) {
    Reader reader(bytes);
    ledger::Membership membership;
    reader.take(membership.now);
    reader.take(membership.before);
    membership.changed = ledger::Index(reader.take(8));
    membership.settled = ledger::Index(reader.take(8));
    if (!reader.at_end()) return std::nullopt;
    return membership;
}

}  // namespace inquest::store
