// Ledgers' messages to test the wire with: one of every type, the largest of their kind, and random
// sound ones.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/wire/ledger_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace inquest::wire {

/// Members `first`, `first` + 1 and so on.
template <typename List>
List some_members(std::size_t count, std::uint16_t first = 1) {
    List list;
    for (std::size_t i = 0; i < count; ++i) {
        list.push_back(MemberId{static_cast<std::uint16_t>(first + i)});
    }
    return list;
}

inline ledger::Members as_many(std::size_t voters, std::size_t learners) {
    return {.voters = some_members<ledger::Voters>(voters),
            .learners = some_members<decltype(ledger::Members::learners)>(learners, 300)};
}

inline ledger::Members most_members() { return as_many(voters_max, members_max - voters_max); }

inline ledger::Message message_of(ledger::Message::Body body) {
    return {MemberId{1}, MemberId{2}, ledger::Term{7}, std::move(body)};
}

/// Entries of one kind each, at `previous` + 1 and so on. Pre: the kinds need no members.
inline ledger::Append append_of(std::vector<ledger::Entry> entries) {
    ledger::Append append{ledger::Index{10}, ledger::Term{6}, ledger::Index{9}, {}};
    for (ledger::Entry& entry : entries) {
        entry.index = append.previous + append.entries.size() + 1;
        entry.term = ledger::Term{7};
        append.entries.push_back(std::move(entry));
    }
    return append;
}

inline ledger::Entry entry_of(ledger::EntryKind kind, std::size_t bytes = 0) {
    ledger::Entry entry;
    entry.kind = kind;
    entry.bytes.resize(bytes, std::byte{0xa5});
    return entry;
}

inline ledger::Entry change_of(const ledger::Members& members, std::size_t bytes = 0) {
    ledger::Entry entry = entry_of(ledger::EntryKind::membership, bytes);
    entry.members = members;
    return entry;
}

inline ledger::SnapshotChunk chunk_of(std::size_t bytes) {
    return {.index = ledger::Index{90},
            .term = ledger::Term{6},
            .membership = {.now = as_many(3, 1),
                           .before = some_members<ledger::Voters>(2),
                           .changed = ledger::Index{80},
                           .settled = ledger::Index{81}},
            .total_bytes = 100'000,
            .offset_bytes = 1000,
            .bytes = ledger::Bytes(bytes, std::byte{0x5a})};
}

/// Random sound messages, of every type, more often small than large.
class LedgerMessageMaker {
 public:
    explicit LedgerMessageMaker(std::uint64_t seed) : random_(seed) {}

    ledger::Message next() {
        ledger::Message::Body body = next_body();
        const ledger::Term term{number()};
        return {MemberId{1}, MemberId{2}, term, std::move(body)};
    }

 private:
    using Stage = ledger::VoteRequest::Stage;

    std::size_t below(std::size_t limit) { return random_.next() % limit; }
    /// Of any length from one bit to all.
    std::uint64_t number() {
        const std::uint64_t bits = random_.next();
        return bits >> below(64);
    }
    ledger::Index index() { return ledger::Index{number()}; }
    Stage stage() { return static_cast<Stage>(below(2)); }
    ledger::Bytes bytes(std::size_t limit) {
        ledger::Bytes result(below(limit));
        for (std::byte& byte : result) byte = static_cast<std::byte>(random_.next());
        return result;
    }
    ledger::Members members() {
        const std::size_t voters = 1 + below(voters_max);
        const std::size_t learners = below(members_max - voters + 1);
        return as_many(voters, learners);
    }

    ledger::Entry entry() {
        ledger::Entry entry;
        entry.term = ledger::Term{number()};
        entry.kind = static_cast<ledger::EntryKind>(below(4));
        if (entry.kind == ledger::EntryKind::membership) entry.members = members();
        const bool has_bytes =
            entry.kind == ledger::EntryKind::command || entry.kind == ledger::EntryKind::membership;
        if (has_bytes) entry.bytes = bytes(100);
        return entry;
    }

    ledger::Append append() {
        ledger::Append append;
        append.previous = index();
        append.previous_term = ledger::Term{number()};
        append.commit = index();
        for (std::size_t count = below(8); count > 0; --count) {
            append.entries.push_back(entry());
            append.entries.back().index = append.previous + append.entries.size();
        }
        return append;
    }

    ledger::AppendRefused append_refused() {
        ledger::AppendRefused refused;
        refused.hint.value = number() / 2;
        refused.previous = refused.hint + 1 + below(1000);
        return below(8) == 0 ? ledger::AppendRefused{} : refused;
    }

    ledger::SnapshotChunk chunk() {
        ledger::SnapshotChunk chunk;
        chunk.index = index();
        chunk.term = ledger::Term{number()};
        chunk.membership.now = members();
        chunk.membership.before = some_members<ledger::Voters>(below(voters_max + 1));
        chunk.membership.changed = index();
        chunk.membership.settled = index();
        chunk.bytes = bytes(below(8) == 0 ? 5000 : 50);
        chunk.offset_bytes = number() / 2;
        chunk.total_bytes = chunk.offset_bytes + chunk.bytes.size() + below(1000);
        return chunk;
    }

    ledger::Message::Body next_body() {
        switch (below(8)) {
            case 0: {
                ledger::VoteRequest request{.stage = stage(), .last_index = {}, .last_term = {}};
                request.last_index = index();
                request.last_term = ledger::Term{number()};
                return request;
            }
            case 1: {
                ledger::VoteReply reply{.stage = stage()};
                reply.answer = static_cast<ledger::VoteReply::Answer>(below(2));
                return reply;
            }
            case 2: return append();
            case 3: return ledger::AppendAccepted{index()};
            case 4: return append_refused();
            case 5: return chunk();
            case 6: {
                ledger::ChunkTaken taken{.index = index()};
                taken.taken_bytes = number();
                return taken;
            }
            default: return ledger::NotMember{index()};
        }
    }

    Random random_;
};

inline ledger::Bytes encoded(const ledger::Message& message) {
    ledger::Bytes bytes(body_bytes(message));
    bytes.resize(encode(message, bytes));
    return bytes;
}

inline LedgerRoute route_of(const ledger::Message& message) {
    return {message.from, message.to, sort_of(message)};
}

}  // namespace inquest::wire
