#include "heartbeat/bus/message.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/little_endian.hpp"

#include <algorithm>
#include <optional>

namespace inquest::bus {

namespace {

using wire::load_u16;
using wire::load_u32;
using wire::load_u8;
using wire::store_little_endian;

constexpr std::array magic{std::byte{'I'}, std::byte{'N'}, std::byte{'B'}};

// Offsets in the header.
constexpr std::size_t at_version = 3;
constexpr std::size_t at_cluster = 4;
constexpr std::size_t at_sender = 8;
constexpr std::size_t at_receiver = 10;
constexpr std::size_t at_kind = 12;
constexpr std::size_t at_zero = 13;
constexpr std::size_t at_body_bytes = 14;

bool begins_as_message(std::span<const std::byte> bytes) {
    return std::equal(magic.begin(), magic.end(), bytes.begin());
}

std::optional<Kind> kind_of(std::uint8_t number) {
    switch (static_cast<Kind>(number)) {
        case Kind::ledger:
        case Kind::snapshot:
        case Kind::request:
        case Kind::reply:
        case Kind::probe: return static_cast<Kind>(number);
    }
    return std::nullopt;
}

MemberId member_at(std::span<const std::byte> bytes, std::size_t offset) {
    if (bytes.size() < header_bytes || !begins_as_message(bytes)) return nobody;
    return MemberId{load_u16(bytes.data() + offset)};
}

/// Is it for us, as far as the header's addresses say? Pre: a whole header.
std::optional<Refusal> misdirected(const std::byte* from, const Route& expected) {
    const MemberId sender{load_u16(from + at_sender)};
    if (load_u32(from + at_cluster) != expected.cluster.value) return Refusal::other_cluster;
    if (sender == nobody || sender != expected.sender || sender == expected.receiver) {
        return Refusal::sender;
    }
    if (MemberId{load_u16(from + at_receiver)} != expected.receiver) return Refusal::receiver;
    return std::nullopt;
}

/// Does the length go with the kind and with what the header says? Pre: a whole header.
std::optional<Refusal> misshapen(std::span<const std::byte> bytes, Kind kind) {
    const std::size_t body_bytes = bytes.size() - header_bytes;
    const std::size_t promised_bytes = load_u16(bytes.data() + at_body_bytes);
    if (std::max(body_bytes, promised_bytes) > body_bytes_max(kind)) return Refusal::oversized;
    if (body_bytes < promised_bytes) return Refusal::truncated;
    if (body_bytes > promised_bytes || load_u8(bytes.data() + at_zero) != 0) {
        return Refusal::malformed;
    }
    return std::nullopt;
}

}  // namespace

Header encode(const Route& route, Kind kind, std::size_t body_bytes) {
    INQUEST_ASSERT(route.sender != nobody && route.receiver != nobody);
    INQUEST_ASSERT(route.sender != route.receiver);
    INQUEST_ASSERT(body_bytes <= body_bytes_max(kind));
    Header header{};
    std::copy(magic.begin(), magic.end(), header.begin());
    store_little_endian(header.data() + at_version, message_version);
    store_little_endian(header.data() + at_cluster, route.cluster.value);
    store_little_endian(header.data() + at_sender, route.sender.value);
    store_little_endian(header.data() + at_receiver, route.receiver.value);
    store_little_endian(header.data() + at_kind, static_cast<std::uint8_t>(kind));
    store_little_endian(header.data() + at_body_bytes, static_cast<std::uint16_t>(body_bytes));
    return header;
}

tl::expected<Message, Refusal> decode(std::span<const std::byte> bytes, const Route& expected) {
    if (bytes.size() < header_bytes) return tl::unexpected(Refusal::truncated);
    const std::byte* const from = bytes.data();
    if (!begins_as_message(bytes)) return tl::unexpected(Refusal::magic);
    if (load_u8(from + at_version) != message_version) return tl::unexpected(Refusal::version);
    if (const auto refusal = misdirected(from, expected)) return tl::unexpected(*refusal);
    const std::optional<Kind> kind = kind_of(load_u8(from + at_kind));
    if (!kind) return tl::unexpected(Refusal::kind);
    if (const auto refusal = misshapen(bytes, *kind)) return tl::unexpected(*refusal);
    return Message{expected.sender, *kind, bytes.subspan(header_bytes)};
}

MemberId sender_of(std::span<const std::byte> bytes) { return member_at(bytes, at_sender); }

MemberId receiver_of(std::span<const std::byte> bytes) { return member_at(bytes, at_receiver); }

}  // namespace inquest::bus
