#include "heartbeat/agreement/messages.hpp"

#include "heartbeat/wire/cluster_codec.hpp"

namespace inquest::agreement {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t an_entry = 1;
constexpr std::uint8_t a_report = 2;

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

void begin(wire::Reader& reader) {
    std::uint8_t read = 0;
    reader.number(read);
    reader.must(read == version);
}

std::optional<Request> decode_report(std::span<const std::byte> bytes) {
    wire::Reader reader(bytes);
    Report report;
    fields(reader, report);
    return reader.complete() ? std::optional<Request>(report) : std::nullopt;
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
    if (bytes.size() < 2 || std::to_integer<std::uint8_t>(bytes[0]) != version) return std::nullopt;
    const auto kind = std::to_integer<std::uint8_t>(bytes[1]);
    if (kind == a_report) return decode_report(bytes.subspan(2));
    if (kind != an_entry) return std::nullopt;
    const auto entry = wire::decode_entry(bytes.subspan(2));
    return entry ? std::optional<Request>(*entry) : std::nullopt;
}

wire::Bytes encode(const Reply& reply) {
    wire::Bytes bytes;
    wire::Writer writer(bytes);
    writer.number(version);
    fields(writer, reply);
    return bytes;
}

std::optional<Reply> decode_reply(std::span<const std::byte> bytes) {
    wire::Reader reader(bytes);
    begin(reader);
    Reply reply;
    fields(reader, reply);
    return reader.complete() ? std::optional<Reply>(reply) : std::nullopt;
}

}  // namespace inquest::agreement
