#include "heartbeat/wire/digest.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/little_endian.hpp"

#include <sodium.h>

#include <array>

namespace inquest::wire {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

}  // namespace

std::uint32_t digest32(std::string_view text) {
    std::array<std::byte, 16> hash;
    const int outcome = crypto_generichash(
        reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
        reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
    INQUEST_ASSERT(outcome == 0);
    return load_u32(hash.data());
}

ClusterTag cluster_tag(std::string_view cluster_name) { return ClusterTag{digest32(cluster_name)}; }

std::uint32_t boot_tag(std::string_view boot_id) { return digest32(trimmed(boot_id)); }

}  // namespace inquest::wire
