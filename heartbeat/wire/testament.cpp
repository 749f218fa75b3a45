#include "heartbeat/wire/testament.hpp"

#include "heartbeat/core/config.hpp"

#include <sodium.h>

#include <algorithm>

namespace inquest::wire {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t name_max = 63;     ///< of an interface; Linux takes 15
constexpr std::size_t address_max = 63;  ///< an IPv6 address has 39 letters

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Will>& will) {
    pack.number(will.self);
    pack.number(will.incarnation);
    pack.number(will.session);
    pack.number(will.boot_tag);
    pack.number(will.config_hash);
    pack.length(will.beat_interval);
    pack.length(will.restart_grace);
    pack.number(will.paths);
    pack.bounded(will.speaks_on, [&](auto& path) { pack.number(path); });
    pack.bounded(will.peers, [&](auto& peer) { pack.number(peer); });
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Testament::Way>& way) {
    pack.number(way.path);
    pack.text(way.interface, name_max);
    pack.text(way.address, address_max);
    pack.number(way.port);
    pack.list(way.peers, members_max, [&](auto& peer) { pack.text(peer, address_max); });
}

template <typename Pack>
void fields(Pack& pack, typename Pack::template Of<Testament>& testament) {
    fields(pack, testament.will);
    pack.number(testament.cluster);
    pack.number(testament.key_id);
    pack.fixed(testament.key);
    pack.list(testament.ways, paths_max, [&](auto& way) { fields(pack, way); });
}

/// A keeper makes beats of it: they must have a form on the wire.
bool sound(const Will& will) {
    const bool has_paths = will.paths >= 1 && will.paths <= paths_max &&
                           std::all_of(will.speaks_on.begin(), will.speaks_on.end(),
                                       [&](PathId path) { return path.value < will.paths; });
    const bool has_peers = std::all_of(will.peers.begin(), will.peers.end(), [&](MemberId peer) {
        return peer != nobody && peer != will.self &&
               std::count(will.peers.begin(), will.peers.end(), peer) == 1;
    });
    return will.self != nobody && will.incarnation.value != 0 && will.session.value != 0 &&
           will.beat_interval >= beat_interval_min && will.beat_interval <= beat_interval_max &&
           will.restart_grace > Duration::zero() && has_paths && has_peers;
}

bool sound(const Testament& testament) {
    return testament.key_id.value != 0 && sound(testament.will) &&
           std::all_of(testament.ways.begin(), testament.ways.end(), [&](const auto& way) {
               return way.path.value < testament.will.paths && way.port != 0;
           });
}

}  // namespace

Bytes encode(const std::optional<Testament>& testament) {
    Bytes bytes;
    bytes.reserve(testament_bytes_max);  // no copies of the key are left behind by growing
    Writer writer(bytes);
    writer.number(version);
    writer.optional(testament, [&](const Testament& held) { fields(writer, held); });
    return bytes;
}

std::optional<std::optional<Testament>> decode_testament(std::span<const std::byte> bytes) {
    Reader reader(bytes);
    std::uint8_t read = 0;
    reader.number(read);
    reader.must(read == version);
    std::optional<Testament> testament;
    reader.optional(testament, [&](Testament& held) {
        fields(reader, held);
        reader.must(sound(held));
    });
    if (!reader.complete()) return std::nullopt;
    return testament;
}

void wipe(Bytes& bytes) {
    sodium_memzero(bytes.data(), bytes.size());
    bytes.clear();
}

void wipe(Testament& testament) { sodium_memzero(testament.key.data(), testament.key.size()); }

}  // namespace inquest::wire
