// A shared disk, as `inquest disk` reads and writes it: past the page cache, like inquestd.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/wire/disk_slot.hpp"
#include "heartbeat/wire/local.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace inquest::cli {

class DiskDevice {
 public:
    enum class For : std::uint8_t {
        reading,
        setting_up,  ///< nobody else may have it: no file system, no inquestd of this host
    };

    /// Error: why it is not opened, and what to do.
    static tl::expected<DiskDevice, wire::Complaint> open(const std::string& name, For purpose);

    /// Reads all blocks of the format, from the first on. False: it cannot; errno says why.
    bool read();
    wire::DiskBlock block(std::size_t place) const;

    /// Writes a disk with nothing said on it, the header last. False: it cannot; errno says why.
    bool set_up(const wire::DiskHeader& header);

    std::uint32_t sector_bytes() const { return sector_bytes_; }

 private:
    struct Free {
        void operator()(std::byte* bytes) const;
    };
    explicit DiskDevice(Descriptor descriptor);

    Descriptor descriptor_;
    std::uint32_t sector_bytes_ = 512;
    std::unique_ptr<std::byte, Free> bytes_;
};

/// What is on a disk that is not Inquest's, as far as its first bytes say it: "an ext4 file
/// system"; empty where all of them are 0.
std::string content_of(std::span<const std::byte> first_bytes);

}  // namespace inquest::cli
