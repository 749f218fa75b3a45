// Which boot of which kernel this is.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <string>

namespace inquest::endings {

/// Whether the kernel's own records speak of this node.
enum class Kernel : std::uint8_t {
    own,
    shared,  ///< a lab: the nodes share one kernel, whose crashes and boots are none of theirs
};

struct BootId {
    std::string text;  ///< printable, 1..64 bytes
    Kernel kernel = Kernel::own;
};

/// The kernel's boot id; in a lab, whose nodes share one kernel, `etc`/boot-id stands in for it.
/// Error: one line for a person.
tl::expected<BootId, std::string> read_boot_id(const std::filesystem::path& etc);

}  // namespace inquest::endings
