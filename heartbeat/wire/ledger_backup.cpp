#include "heartbeat/wire/ledger_backup.hpp"

#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/seal.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>

namespace inquest::wire {
namespace {

constexpr std::string_view mark = "inquest-ledger-backup ";
constexpr std::string_view version = "1\n";
constexpr std::string_view seal_mark = "seal ";

template <typename Pack>
void head(Pack& pack, typename Pack::template Of<LedgerBackup>& backup) {
    pack.text(backup.node, name_bytes_max);
    pack.number(backup.term);
    pack.text(backup.made, name_bytes_max);
}

Bytes packed(const LedgerBackup& backup) {
    Bytes head_bytes;
    Writer writer(head_bytes);
    head(writer, backup);
    // The state has no length of its own and takes all that is left, so the head's goes first.
    Bytes bytes;
    Writer(bytes).number(static_cast<std::uint16_t>(head_bytes.size()));
    bytes.insert(bytes.end(), head_bytes.begin(), head_bytes.end());
    const Bytes state = encode(backup.state);
    bytes.insert(bytes.end(), state.begin(), state.end());
    return bytes;
}

std::optional<LedgerBackup> unpacked(std::span<const std::byte> bytes) {
    constexpr std::size_t size_bytes = sizeof(std::uint16_t);
    if (bytes.size() < size_bytes) return std::nullopt;
    std::uint16_t size = 0;
    Reader(bytes.first(size_bytes)).number(size);
    bytes = bytes.subspan(size_bytes);
    if (size > bytes.size()) return std::nullopt;
    LedgerBackup backup;
    Reader reader(bytes.first(size));
    head(reader, backup);
    auto state = decode_state(bytes.subspan(size));
    if (!reader.complete() || !state || !state->founded()) return std::nullopt;
    backup.state = std::move(*state);
    return backup;
}

std::string seal_line(std::string_view above) {
    return fmt::format("{}{}\n", seal_mark, hex(seal_of(std::as_bytes(std::span(above)))));
}

/// The line of `text` that begins at `from`, without its end; moves on behind it.
std::string_view line_at(std::string_view text, std::size_t& from) {
    const std::size_t end = text.find('\n', from);
    const std::string_view line = text.substr(from, end - from);
    from = end == std::string_view::npos ? text.size() : end + 1;
    return line;
}

}  // namespace

std::string_view word(BackupRefusal refusal) {
    switch (refusal) {
        case BackupRefusal::no_backup: return "no-backup";
        case BackupRefusal::version: return "version";
        case BackupRefusal::damaged: return "damaged";
        case BackupRefusal::malformed: return "malformed";
    }
    return "?";
}

ClusterState without_secrets(ClusterState state) {
    state.keys.clear();
    state.key_waiting = {};
    state.requests.clear();
    for (AgreedMember& member : state.members) member.invitation = {};
    return state;
}

std::string summary(const LedgerBackup& backup) {
    return fmt::format("cluster={} generation={} term={} entry={} node={} made={}",
                       backup.state.name, backup.state.generation, backup.term, backup.state.index,
                       backup.node, backup.made);
}

std::string encode(const LedgerBackup& backup) {
    const std::string text =
        fmt::format("{}{}{}\n{}\n", mark, version, summary(backup), base64(packed(backup)));
    return text + seal_line(text);
}

tl::expected<LedgerBackup, BackupRefusal> decode_backup(std::string_view text) {
    if (!text.starts_with(mark)) return tl::unexpected(BackupRefusal::no_backup);
    if (text.size() > backup_text_max) return tl::unexpected(BackupRefusal::damaged);
    if (!text.substr(mark.size()).starts_with(version))
        return tl::unexpected(BackupRefusal::version);
    std::size_t at = mark.size() + version.size();
    line_at(text, at);
    const std::string_view fields = line_at(text, at);
    if (text.substr(at) != seal_line(text.substr(0, at)))
        return tl::unexpected(BackupRefusal::damaged);
    const auto bytes = from_base64(fields);
    auto backup = bytes ? unpacked(*bytes) : std::nullopt;
    if (!backup || encode(*backup) != text) return tl::unexpected(BackupRefusal::malformed);
    return std::move(*backup);
}

}  // namespace inquest::wire
