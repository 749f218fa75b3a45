#include "heartbeat/wire/join_token.hpp"

#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/seal.hpp"

#include <sodium.h>

#include <optional>
#include <span>

namespace inquest::wire {
namespace {

constexpr std::string_view mark = "inquest-join-";
constexpr std::string_view version = "1.";

template <typename Pack>
void head(Pack& pack, typename Pack::template Of<JoinToken>& token) {
    pack.number(token.member);
    pack.fixed(token.secret);
    pack.number(token.expires_seconds);
}

constexpr std::size_t head_bytes = 2 + sizeof(Secret) + 8;

/// Somebody can join with it: a cluster, a key to be heard with, and the member whom it lets in.
bool is_invitation(const JoinToken& token) {
    const ClusterState& cluster = token.cluster;
    return cluster.founded() && !cluster.keys.empty() && cluster.member(token.member) != nullptr;
}

std::optional<JoinToken> decode_fields(std::span<const std::byte> bytes) {
    if (bytes.size() < head_bytes) return std::nullopt;
    JoinToken token;
    Reader reader(bytes.first(head_bytes));
    head(reader, token);
    auto cluster = decode_state(bytes.subspan(head_bytes));
    if (!reader.complete() || !cluster) return std::nullopt;
    token.cluster = std::move(*cluster);
    if (!is_invitation(token)) return std::nullopt;
    return token;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

}  // namespace

std::string_view word(TokenRefusal refusal) {
    switch (refusal) {
        case TokenRefusal::no_token: return "no-token";
        case TokenRefusal::version: return "version";
        case TokenRefusal::truncated: return "truncated";
        case TokenRefusal::malformed: return "malformed";
    }
    return "?";
}

std::string encode(const JoinToken& token) {
    Bytes bytes;
    Writer writer(bytes);
    head(writer, token);
    const Bytes cluster = encode(token.cluster);
    bytes.insert(bytes.end(), cluster.begin(), cluster.end());
    const Seal seal = seal_of(bytes);
    bytes.insert(bytes.end(), seal.begin(), seal.end());
    std::string text(mark);
    text += version;
    text += base64(bytes);
    sodium_memzero(bytes.data(), bytes.size());
    return text;
}

tl::expected<JoinToken, TokenRefusal> decode_token(std::string_view text) {
    text = trimmed(text);
    if (!text.starts_with(mark) || text.size() > token_text_max)
        return tl::unexpected(TokenRefusal::no_token);
    text.remove_prefix(mark.size());
    if (!text.starts_with(version)) return tl::unexpected(TokenRefusal::version);
    text.remove_prefix(version.size());
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() < sizeof(Seal)) return tl::unexpected(TokenRefusal::truncated);
    const auto fields = std::span(*bytes).first(bytes->size() - sizeof(Seal));
    const Seal seal = seal_of(fields);
    if (!std::equal(seal.begin(), seal.end(), bytes->end() - sizeof(Seal)))
        return tl::unexpected(TokenRefusal::truncated);
    auto token = decode_fields(fields);
    if (!token) return tl::unexpected(TokenRefusal::malformed);
    return std::move(*token);
}

SecretDigest digest(const Secret& secret) { return seal_of(secret); }

}  // namespace inquest::wire
