#include "heartbeat/agreement/messages.hpp"

#include "heartbeat/wire/cluster_codec.hpp"

namespace inquest::agreement {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t an_entry = 1;
constexpr std::uint8_t a_report = 2;
constexpr std::uint8_t a_reply = 1;
constexpr std::uint8_t a_clock = 2;

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Report>& report) {
    pack.number(report.index);
    pack.number(report.hash);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Reply>& reply) {
    pack.number(reply.request);
    pack.number(reply.term);
    pack.word(reply.refusal, entry_refusals);
    pack.word(reply.holdup, holdups);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<ClockShown>& clock) {
    pack.number(clock.wall_seconds);
}

/// Behind version and kind there is nothing but the message.
template <typename Message, typename Any>
std::optional<Any> decode_as(std::span<const std::byte> bytes) {
    wire::Reader reader(bytes);
    Message message;
    fields(reader, message);
    return reader.complete() ? std::optional<Any>(message) : std::nullopt;
}

/// The kind of message; 0, which is none, where it is of another version.
std::uint8_t kind_of(std::span<const std::byte> bytes) {
    if (bytes.size() < 2 || std::to_integer<std::uint8_t>(bytes[0]) != version) return 0;
    return std::to_integer<std::uint8_t>(bytes[1]);
}

}  // namespace

wire::Bytes encode(const Request& request) {
    wire::Bytes bytes;
    wire::Writer writer(bytes);
    writer.number(version);
    if (const auto* entry = std::get_if<ClusterEntry>(&request)) {
        writer.number(an_entry);
        const wire::Bytes inner = wire::encode(*entry);
        bytes.insert(bytes.end(), inner.begin(), inner.end());
    } else {
        writer.number(a_report);
        fields(writer, std::get<Report>(request));
    }
    return bytes;
}

std::optional<Request> decode_request(std::span<const std::byte> bytes) {
    const std::uint8_t kind = kind_of(bytes);
    if (kind == a_report) return decode_as<Report, Request>(bytes.subspan(2));
    if (kind != an_entry) return std::nullopt;
    const auto entry = wire::decode_entry(bytes.subspan(2));
    return entry ? std::optional<Request>(*entry) : std::nullopt;
}

wire::Bytes encode(const Answer& answer) {
    wire::Bytes bytes;
    wire::Writer writer(bytes);
    writer.number(version);
    if (const auto* reply = std::get_if<Reply>(&answer)) {
        writer.number(a_reply);
        fields(writer, *reply);
    } else {
        writer.number(a_clock);
        fields(writer, std::get<ClockShown>(answer));
    }
    return bytes;
}

std::optional<Answer> decode_answer(std::span<const std::byte> bytes) {
    switch (kind_of(bytes)) {
        case a_reply: return decode_as<Reply, Answer>(bytes.subspan(2));
        case a_clock: return decode_as<ClockShown, Answer>(bytes.subspan(2));
        default: return std::nullopt;
    }
}

}  // namespace inquest::agreement
