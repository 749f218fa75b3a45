#include "heartbeat/store/write_ahead.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <span>
#include <vector>

namespace inquest::store {
namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377f0682;  ///< the lowest bit says how words are summed up

std::uint32_t big_endian(const std::byte* from) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
    return value;
}

std::uint32_t little_endian(const std::byte* from) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
    return value;
}

/// The running checksum of the log: every frame's depends on all before it.
class Sum {
 public:
    enum class Words : std::uint8_t { little_endian, big_endian };
    explicit Sum(Words words) : words_(words) {}

    /// Pre: a multiple of eight bytes.
    void add(std::span<const std::byte> bytes) {
        for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
            first_ += word(&bytes[i]) + second_;
            second_ += word(&bytes[i + 4]) + first_;
        }
    }
    bool stands_at(const std::byte* place) const {
        return big_endian(place) == first_ && big_endian(place + 4) == second_;
    }

 private:
    std::uint32_t word(const std::byte* from) const {
        return words_ == Words::little_endian ? little_endian(from) : big_endian(from);
    }

    Words words_;
    std::uint32_t first_ = 0;
    std::uint32_t second_ = 0;
};

/// Error, or how many bytes there were; fewer than wanted at the end of the file.
Result<std::size_t> read_at(int fd, std::uint64_t offset, std::span<std::byte> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t length =
            ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (length < 0 && errno != EINTR) return failed(errno);
        if (length == 0) break;
        if (length > 0) done += static_cast<std::size_t>(length);
    }
    return done;
}

bool has_page_size(std::uint32_t bytes) {
    return bytes >= 512 && bytes <= 65536 && (bytes & (bytes - 1)) == 0;
}

/// Goes over the frames, first the good ones, then what stands behind the first wrong one.
class Frames {
 public:
    Frames(std::span<const std::byte, header_bytes> header, Sum sum)
        : salts_(header.subspan<16, 8>()), sum_(sum) {}

    void look_at(std::span<const std::byte> frame) {
        const bool first = std::equal(salts_.begin(), salts_.begin() + 4, frame.begin() + 8);
        const bool second = std::equal(salts_.begin() + 4, salts_.end(), frame.begin() + 12);
        if (!wrong_) {
            sum_.add(frame.first(8));
            sum_.add(frame.subspan(frame_header_bytes));
            wrong_ = !first || !second || !sum_.stands_at(&frame[16]);
            if (!wrong_) ++found_.frames;
        }
        // A frame that an earlier use of the log left behind differs in both.
        if (!wrong_ || (!first && !second)) return;
        if (commit_behind_) found_.state = WriteAhead::State::broken;
        commit_behind_ = commit_behind_ || big_endian(&frame[4]) != 0;
    }
    const WriteAhead& found() const { return found_; }

 private:
    std::span<const std::byte, 8> salts_;
    Sum sum_;
    bool wrong_ = false;
    bool commit_behind_ = false;
    WriteAhead found_{.state = WriteAhead::State::whole};
};

}  // namespace

Result<WriteAhead> inspect_write_ahead(const std::filesystem::path& file) {
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) return errno == ENOENT ? Result<WriteAhead>(WriteAhead{}) : failed(errno);

    std::array<std::byte, header_bytes> header{};
    Result<std::size_t> length = read_at(fd.get(), 0, header);
    if (!length) return tl::unexpected(length.error());
    if (*length < header_bytes) return WriteAhead{};
    const std::uint32_t kind = big_endian(header.data());
    Sum sum((kind & 1) != 0 ? Sum::Words::big_endian : Sum::Words::little_endian);
    sum.add(std::span(header).first(24));
    const std::uint32_t page_bytes = big_endian(&header[8]);
    if ((kind & ~1U) != magic || !has_page_size(page_bytes) || !sum.stands_at(&header[24])) {
        return WriteAhead{.state = WriteAhead::State::headless};
    }

    Frames frames(header, sum);
    std::vector<std::byte> frame(frame_header_bytes + page_bytes);
    for (std::uint64_t offset = header_bytes;; offset += frame.size()) {
        length = read_at(fd.get(), offset, frame);
        if (!length) return tl::unexpected(length.error());
        if (*length < frame.size()) return frames.found();
        frames.look_at(frame);
    }
}

}  // namespace inquest::store
