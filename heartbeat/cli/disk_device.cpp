#include "heartbeat/cli/disk_device.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace inquest::cli {
namespace {

using namespace std::string_view_literals;

tl::unexpected<wire::Complaint> refusal(const std::string& name, std::string why,
                                        std::string remedy) {
    return tl::unexpected(wire::Complaint{name, std::move(why), std::move(remedy)});
}

struct Signature {
    std::size_t at;
    std::string_view bytes;
    const char* what;
};

/// Of what may lie on a disk that somebody still needs. The more particular ones come first.
constexpr Signature signatures[] = {
    {0, "SBD_SBD_"sv, "a disk of sbd"},
    {512, "EFI PART"sv, "a partition table (GPT)"},
    {4096, "EFI PART"sv, "a partition table (GPT)"},
    {1080, "\x53\xef"sv, "an ext2, ext3 or ext4 file system"},
    {0, "XFSB"sv, "an XFS file system"},
    {65600, "_BHRfS_M"sv, "a btrfs file system"},
    {512, "LABELONE"sv, "a physical volume of LVM"},
    {0, "LUKS\xba\xbe"sv, "an encrypted volume (LUKS)"},
    {4086, "SWAPSPACE2"sv, "swap space"},
    {4096, "\xfc\x4e\x2b\xa9"sv, "a member of a RAID (md)"},
    {510, "\x55\xaa"sv, "a partition table or a boot sector"},
};

}  // namespace

void DiskDevice::Free::operator()(std::byte* bytes) const { std::free(bytes); }

DiskDevice::DiskDevice(Descriptor descriptor)
    : descriptor_(std::move(descriptor)),
      bytes_(
          static_cast<std::byte*>(std::aligned_alloc(wire::disk_block_bytes, wire::disk_bytes))) {
    if (bytes_ == nullptr) std::abort();
    int sector = 0;
    if (::ioctl(descriptor_.get(), BLKSSZGET, &sector) == 0 && sector >= 512 && sector <= 4096)
        sector_bytes_ = static_cast<std::uint32_t>(sector);
}

tl::expected<DiskDevice, wire::Complaint> DiskDevice::open(const std::string& name, For purpose) {
    struct stat found {};
    if (::stat(name.c_str(), &found) != 0)
        return refusal(name, std::strerror(errno), "name a block device, or a plain file");
    // Looked at first: merely to open a watchdog, say, would start it.
    if (!S_ISBLK(found.st_mode) && !S_ISREG(found.st_mode))
        return refusal(name, "neither a block device nor a plain file", "name one");
    const bool sets_up = purpose == For::setting_up;
    // Without O_CREAT, O_EXCL asks for a block device that is not mounted, nor part of another.
    const int flags = O_DIRECT | O_CLOEXEC | (sets_up ? O_RDWR | O_DSYNC : O_RDONLY) |
                      (sets_up && S_ISBLK(found.st_mode) ? O_EXCL : 0);
    Descriptor descriptor(::open(name.c_str(), flags));
    if (!descriptor.is_open() && errno == EBUSY)
        return refusal(name, "in use: it is mounted, or part of a volume or a RAID",
                       "name a disk that nothing else uses");
    if (!descriptor.is_open() && errno == EINVAL)
        return refusal(name, "takes no direct input and output",
                       "name a block device, or a file on ext4 or xfs");
    if (!descriptor.is_open())
        return refusal(name, std::strerror(errno), "run this as root, on a disk that is there");
    const off_t bytes = ::lseek(descriptor.get(), 0, SEEK_END);
    if (bytes < static_cast<off_t>(wire::disk_bytes))
        return refusal(name, "smaller than " + std::to_string(wire::disk_bytes / 1024) + " KiB",
                       "make it 1 MiB");
    if (sets_up && ::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0)
        return refusal(name, "in use by inquestd on this host, or by another program that locks it",
                       "stop inquestd on all nodes first");
    return DiskDevice(std::move(descriptor));
}

bool DiskDevice::read() {
    const ssize_t got = ::pread(descriptor_.get(), bytes_.get(), wire::disk_bytes, 0);
    if (got >= 0 && got != static_cast<ssize_t>(wire::disk_bytes)) errno = EIO;
    return got == static_cast<ssize_t>(wire::disk_bytes);
}

wire::DiskBlock DiskDevice::block(std::size_t place) const {
    return wire::DiskBlock(bytes_.get() + place * wire::disk_block_bytes, wire::disk_block_bytes);
}

bool DiskDevice::set_up(const wire::DiskHeader& header) {
    std::fill_n(bytes_.get(), wire::disk_bytes, std::byte{0});
    const auto whole = static_cast<ssize_t>(wire::disk_bytes);
    if (::pwrite(descriptor_.get(), bytes_.get(), wire::disk_bytes, 0) != whole) return false;
    wire::encode(header, wire::DiskBlockBytes(bytes_.get(), wire::disk_block_bytes));
    const auto one = static_cast<ssize_t>(wire::disk_block_bytes);
    return ::pwrite(descriptor_.get(), bytes_.get(), wire::disk_block_bytes, 0) == one &&
           ::fsync(descriptor_.get()) == 0;
}

std::string content_of(std::span<const std::byte> first_bytes) {
    for (const Signature& signature : signatures) {
        if (first_bytes.size() < signature.at + signature.bytes.size()) continue;
        if (std::memcmp(first_bytes.data() + signature.at, signature.bytes.data(),
                        signature.bytes.size()) == 0)
            return signature.what;
    }
    const bool blank = std::all_of(first_bytes.begin(), first_bytes.end(),
                                   [](std::byte byte) { return byte == std::byte{0}; });
    return blank ? "" : "data that is not Inquest's";
}

}  // namespace inquest::cli
