#include "heartbeat/wire/ledger_codec.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/ledger_parts.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace inquest::wire {

namespace {

using namespace ledger;

/// A body's type is its place among the alternatives, from 1.
constexpr std::size_t types = std::variant_size_v<Message::Body>;
template <std::size_t Type>
using OfType = std::variant_alternative_t<Type - 1, Message::Body>;
static_assert(types == 8 && std::is_same_v<OfType<1>, VoteRequest> &&
              std::is_same_v<OfType<2>, VoteReply> && std::is_same_v<OfType<3>, Append> &&
              std::is_same_v<OfType<4>, AppendAccepted> &&
              std::is_same_v<OfType<5>, AppendRefused> &&
              std::is_same_v<OfType<6>, SnapshotChunk> && std::is_same_v<OfType<7>, ChunkTaken> &&
              std::is_same_v<OfType<8>, NotMember>);

// ---- What has a form ---------------------------------------------------------------------------

bool sound(VoteRequest::Stage stage) {
    return stage == VoteRequest::Stage::would_you || stage == VoteRequest::Stage::give;
}

bool sound_body(const VoteRequest& request) { return sound(request.stage); }

bool sound_body(const VoteReply& reply) {
    const bool answers =
        reply.answer == VoteReply::Answer::no || reply.answer == VoteReply::Answer::yes;
    return sound(reply.stage) && answers;
}

bool sound_body(const Append& append) {
    std::size_t room_bytes = append_room_bytes;
    Index index = append.previous;
    for (const Entry& entry : append.entries) {
        index = index + 1;
        if (entry.index != index || !wire::sound(entry)) return false;
        if (ledger::encoded_bytes(entry) > room_bytes) return false;
        room_bytes -= ledger::encoded_bytes(entry);
    }
    return true;
}

bool sound_body(const AppendAccepted&) { return true; }

bool sound_body(const AppendRefused& refused) {
    return refused.hint < refused.previous || refused == AppendRefused{};
}

bool sound_body(const SnapshotChunk& chunk) {
    return wire::sound(chunk.membership) && chunk.bytes.size() <= chunk_room_bytes &&
           chunk.offset_bytes <= chunk.total_bytes &&
           chunk.bytes.size() <= chunk.total_bytes - chunk.offset_bytes;
}

bool sound_body(const ChunkTaken&) { return true; }
bool sound_body(const NotMember&) { return true; }

// ---- Lengths -----------------------------------------------------------------------------------

std::size_t own_bytes(const VoteRequest&) { return 1 + 8 + 8; }
std::size_t own_bytes(const VoteReply&) { return 1 + 1; }
std::size_t own_bytes(const Append& append) {
    std::size_t bytes = append_header_bytes - body_header_bytes;
    for (const Entry& entry : append.entries) bytes += ledger::encoded_bytes(entry);
    return bytes;
}
std::size_t own_bytes(const AppendAccepted&) { return 8; }
std::size_t own_bytes(const AppendRefused&) { return 8 + 8; }
std::size_t own_bytes(const SnapshotChunk& chunk) {
    return chunk_header_bytes - body_header_bytes + wire::encoded_bytes(chunk.membership) +
           chunk.bytes.size();
}
std::size_t own_bytes(const ChunkTaken&) { return 8 + 8; }
std::size_t own_bytes(const NotMember&) { return 8; }

// ---- Writing -----------------------------------------------------------------------------------

void write_body(ByteWriter& to, const VoteRequest& request) {
    to.put(static_cast<std::uint8_t>(request.stage));
    to.put(request.last_index.value);
    to.put(request.last_term.value);
}

void write_body(ByteWriter& to, const VoteReply& reply) {
    to.put(static_cast<std::uint8_t>(reply.stage));
    to.put(static_cast<std::uint8_t>(reply.answer));
}

void write_body(ByteWriter& to, const Append& append) {
    to.put(append.previous.value);
    to.put(append.previous_term.value);
    to.put(append.commit.value);
    to.put(static_cast<std::uint8_t>(append.entries.size()));
    for (const Entry& entry : append.entries) write(to, entry);
}

void write_body(ByteWriter& to, const AppendAccepted& accepted) { to.put(accepted.through.value); }

void write_body(ByteWriter& to, const AppendRefused& refused) {
    to.put(refused.previous.value);
    to.put(refused.hint.value);
}

void write_body(ByteWriter& to, const SnapshotChunk& chunk) {
    to.put(chunk.index.value);
    to.put(chunk.term.value);
    to.put(chunk.total_bytes);
    to.put(chunk.offset_bytes);
    to.put(static_cast<std::uint16_t>(chunk.bytes.size()));
    write(to, chunk.membership);
    to.put(chunk.bytes);
}

void write_body(ByteWriter& to, const ChunkTaken& taken) {
    to.put(taken.index.value);
    to.put(taken.taken_bytes);
}

void write_body(ByteWriter& to, const NotMember& notice) { to.put(notice.change.value); }

// ---- Reading -----------------------------------------------------------------------------------

// Each fills in what it is told and says whether it could; sound_body() judges the rest.

bool read_body(ByteReader& from, VoteRequest& request) {
    request.stage = static_cast<VoteRequest::Stage>(from.take_u8());
    request.last_index = Index{from.take_u64()};
    request.last_term = Term{from.take_u64()};
    return true;
}

bool read_body(ByteReader& from, VoteReply& reply) {
    reply.stage = static_cast<VoteRequest::Stage>(from.take_u8());
    reply.answer = static_cast<VoteReply::Answer>(from.take_u8());
    return true;
}

/// Ends where the bytes do, whatever the count promises.
bool read_body(ByteReader& from, Append& append) {
    append.previous = Index{from.take_u64()};
    append.previous_term = Term{from.take_u64()};
    append.commit = Index{from.take_u64()};
    const std::size_t entries = from.take_u8();
    append.entries.reserve(std::min(entries, append_entries_max));
    for (std::size_t i = 1; i <= entries; ++i) {
        Entry& entry = append.entries.emplace_back();
        entry.index = append.previous + i;
        if (!read(from, entry) || from.ran_out()) return false;
    }
    return true;
}

bool read_body(ByteReader& from, AppendAccepted& accepted) {
    accepted.through = Index{from.take_u64()};
    return true;
}

bool read_body(ByteReader& from, AppendRefused& refused) {
    refused.previous = Index{from.take_u64()};
    refused.hint = Index{from.take_u64()};
    return true;
}

bool read_body(ByteReader& from, SnapshotChunk& chunk) {
    chunk.index = Index{from.take_u64()};
    chunk.term = Term{from.take_u64()};
    chunk.total_bytes = from.take_u64();
    chunk.offset_bytes = from.take_u64();
    const std::size_t bytes = from.take_u16();
    if (!read(from, chunk.membership)) return false;
    const std::span<const std::byte> piece = from.take_bytes(bytes);
    chunk.bytes.assign(piece.begin(), piece.end());
    return true;
}

bool read_body(ByteReader& from, ChunkTaken& taken) {
    taken.index = Index{from.take_u64()};
    taken.taken_bytes = from.take_u64();
    return true;
}

bool read_body(ByteReader& from, NotMember& notice) {
    notice.change = Index{from.take_u64()};
    return true;
}

using MaybeRefused = std::optional<LedgerRefusal>;

template <typename Body>
MaybeRefused read_whole(ByteReader& from, Message::Body& into) {
    Body& body = into.emplace<Body>();
    const bool could = read_body(from, body);
    if (from.ran_out()) return LedgerRefusal::truncated;
    if (!could || !from.at_end() || !sound_body(body)) return LedgerRefusal::malformed;
    return std::nullopt;
}

/// Pre: a type that there is.
MaybeRefused read_as(std::size_t type, ByteReader& from, Message::Body& into) {
    return [&]<std::size_t... Place>(std::index_sequence<Place...>) {
        using Reader = MaybeRefused (*)(ByteReader&, Message::Body&);
        constexpr Reader readers[] = {read_whole<OfType<Place + 1>>...};
        return readers[type - 1](from, into);
    }
    (std::make_index_sequence<types>());
}

constexpr std::size_t chunk_type = 6;

LedgerSort sort_of_type(std::size_t type) {
    return type == chunk_type ? LedgerSort::chunk : LedgerSort::ordinary;
}

}  // namespace

LedgerSort sort_of(const Message& message) { return sort_of_type(message.body.index() + 1); }

bool sound(const Message& message) {
    return std::visit([](const auto& body) { return sound_body(body); }, message.body);
}

std::size_t body_bytes(const Message& message) {
    return body_header_bytes +
           std::visit([](const auto& body) { return own_bytes(body); }, message.body);
}

std::size_t encode(const Message& message, std::span<std::byte> to) {
    INQUEST_ASSERT(sound(message));
    ByteWriter writer(to);
    writer.put(ledger_version);
    writer.put(static_cast<std::uint8_t>(message.body.index() + 1));
    writer.put(message.term.value);
    std::visit([&](const auto& body) { write_body(writer, body); }, message.body);
    return to.size() - writer.room_bytes();
}

tl::expected<Message, LedgerRefusal> decode(std::span<const std::byte> body,
                                            const LedgerRoute& route) {
    tl::expected<Message, LedgerRefusal> result;
    ByteReader reader(body);
    if (reader.take_u8() != ledger_version && !body.empty()) {
        return tl::unexpected(LedgerRefusal::version);
    }
    if (body.size() > ledger_body_bytes_max(route.sort)) {
        return tl::unexpected(LedgerRefusal::oversized);
    }
    const std::size_t type = reader.take_u8();
    result->from = route.from;
    result->to = route.to;
    result->term = Term{reader.take_u64()};
    if (reader.ran_out()) return tl::unexpected(LedgerRefusal::truncated);
    if (type == 0 || type > types) return tl::unexpected(LedgerRefusal::type);
    if (sort_of_type(type) != route.sort) return tl::unexpected(LedgerRefusal::misplaced);
    if (const MaybeRefused refusal = read_as(type, reader, result->body)) {
        return tl::unexpected(*refusal);
    }
    return result;
}

}  // namespace inquest::wire
