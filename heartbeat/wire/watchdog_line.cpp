#include "heartbeat/wire/watchdog_line.hpp"

#include <cstdint>

namespace inquest::wire {
namespace {

/// The first byte of each; a testament begins with its version, a last word is one byte.
enum class Tag : std::uint8_t { open = 0xe0, close, is_open, refused };

constexpr std::size_t text_max = 200;
constexpr std::size_t doors = 2;

std::string cut(const std::string& text) { return text.substr(0, text_max); }

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<OpenWatchdog>& order) {
    pack.word(order.door, doors);
    pack.text(order.path, text_max);
    pack.length(order.timeout);
    pack.length(order.reset_time);
    pack.length(order.behind);
    pack.text(order.trusted_because, text_max);
    pack.text(order.mark, text_max);
    pack.text(order.boot_id, text_max);
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<WatchdogIsOpen>& news) {
    pack.word(news.kind, watchdog_kinds);
    pack.length(news.timeout);
    pack.text(news.identity, text_max);
    pack.length(news.reset_time);
    pack.length(news.behind);
    pack.text(news.trusted_because, text_max);
}

template <typename Body>
std::optional<Body> decoded(std::span<const std::byte> bytes, Tag tag) {
    Reader reader(bytes);
    std::uint8_t read = 0;
    reader.number(read);
    reader.must(read == static_cast<std::uint8_t>(tag));
    Body body;
    if constexpr (std::is_same_v<Body, WatchdogRefused>)
        reader.text(body.why, text_max);
    else if constexpr (!std::is_same_v<Body, CloseWatchdog>)
        fields(reader, body);
    if (!reader.complete()) return std::nullopt;
    return body;
}

}  // namespace

Bytes encode(const WatchdogOrder& order) {
    Bytes bytes;
    Writer writer(bytes);
    if (const auto* open = std::get_if<OpenWatchdog>(&order)) {
        writer.number(static_cast<std::uint8_t>(Tag::open));
        fields(writer, *open);
    } else {
        writer.number(static_cast<std::uint8_t>(Tag::close));
    }
    return bytes;
}

Bytes encode(const WatchdogNews& news) {
    Bytes bytes;
    Writer writer(bytes);
    if (const auto* open = std::get_if<WatchdogIsOpen>(&news)) {
        writer.number(static_cast<std::uint8_t>(Tag::is_open));
        WatchdogIsOpen said = *open;
        said.identity = cut(said.identity);
        fields(writer, said);
    } else {
        writer.number(static_cast<std::uint8_t>(Tag::refused));
        writer.text(cut(std::get<WatchdogRefused>(news).why), text_max);
    }
    return bytes;
}

std::optional<WatchdogOrder> decode_watchdog_order(std::span<const std::byte> bytes) {
    if (auto open = decoded<OpenWatchdog>(bytes, Tag::open)) return *open;
    if (decoded<CloseWatchdog>(bytes, Tag::close)) return CloseWatchdog{};
    return std::nullopt;
}

std::optional<WatchdogNews> decode_watchdog_news(std::span<const std::byte> bytes) {
    if (auto open = decoded<WatchdogIsOpen>(bytes, Tag::is_open)) return *open;
    if (auto refused = decoded<WatchdogRefused>(bytes, Tag::refused)) return *refused;
    return std::nullopt;
}

}  // namespace inquest::wire
