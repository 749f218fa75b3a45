// Short digests that say "the same or not": of a cluster's name, a kernel's boot id, a
// configuration.
//
// BLAKE2b-128 (RFC 7693), cut to its first 32 bits. They find mistakes and changes, they prove
// nothing: what must be proved is the MAC's affair.
#pragma once

#include "heartbeat/base/ids.hpp"

#include <cstdint>
#include <string_view>

namespace inquest::wire {

/// Which cluster a beat belongs to; a digest of the cluster's name.
using ClusterTag = Strong<std::uint32_t, struct ClusterTagTag>;

/// The first four bytes of the text's BLAKE2b-128, read as little-endian.
std::uint32_t digest32(std::string_view text);

ClusterTag cluster_tag(std::string_view cluster_name);

/// Digest of a boot id as the kernel or a file gives it; white space around it does not count.
std::uint32_t boot_tag(std::string_view boot_id);

}  // namespace inquest::wire
