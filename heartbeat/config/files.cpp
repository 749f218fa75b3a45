#include "heartbeat/config/files.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace inquest::config {
namespace {

/// Far above any sound file, far below what would hurt to read.
constexpr std::size_t file_bytes_max = 1024 * 1024;

constexpr mode_t group_and_others = S_IRWXG | S_IRWXO;

class OpenFile {
 public:
    explicit OpenFile(const std::filesystem::path& path)
        // Without O_NONBLOCK a FIFO under that name would hold us up for ever.
        : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~OpenFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    int descriptor() const { return descriptor_; }

 private:
    int descriptor_;
};

struct Wanted {
    const char* name;         ///< in the folder
    const char* how_to_make;  ///< the remedy where it is missing
    mode_t forbidden = 0;     ///< bits of the mode that it must not have
};

std::string octal(mode_t mode) {
    std::string digits = "0000";
    for (std::size_t i = 4; i-- > 0; mode >>= 3) digits[i] = static_cast<char>('0' + (mode & 7));
    return digits;
}

Text read_file(const std::filesystem::path& folder, const Wanted& wanted) {
    const std::filesystem::path path = folder / wanted.name;
    const auto refused = [&](std::string what, std::string remedy) {
        return tl::unexpected(
            Complaint{Severity::error, wanted.name, 0, "", std::move(what), std::move(remedy)});
    };
    const auto failed = [&](int error) {
        if (error == ENOENT) return refused("there is no " + path.string(), wanted.how_to_make);
        return refused(path.string() + " cannot be read: " + std::generic_category().message(error),
                       error == EACCES ? "run this as root" : "make it a plain, readable file");
    };

    const OpenFile file(path);
    if (file.descriptor() < 0) return failed(errno);
    struct stat status {};
    if (fstat(file.descriptor(), &status) != 0) return failed(errno);
    if (!S_ISREG(status.st_mode)) {
        return refused(path.string() + " is no plain file", "put a plain file there");
    }
    if ((status.st_mode & wanted.forbidden) != 0) {
        return refused(
            "mode " + octal(status.st_mode & 07777) + " lets others than the owner at the keys",
            "run: chmod 0600 " + path.string());
    }
    if (wanted.forbidden != 0 && status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return refused("it belongs to user " + std::to_string(status.st_uid) +
                           ", who can read and change the keys",
                       "run: chown root: " + path.string());
    }
    std::string text;
    std::array<char, 16384> block{};
    for (;;) {
        const ssize_t count = ::read(file.descriptor(), block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(errno);
        if (count == 0) return text;
        text.append(block.data(), static_cast<std::size_t>(count));
        if (text.size() > file_bytes_max) {
            return refused(path.string() + " is longer than 1 MiB", "put the right file there");
        }
    }
}

}  // namespace

Texts read_texts(const std::filesystem::path& folder) {
    return {read_file(folder, {.name = "node.toml",
                               .how_to_make = "make it with one line, node = \"NAME\", this host's "
                                              "name in cluster.toml"}),
            read_file(folder, {.name = "cluster.toml",
                               .how_to_make = "copy it from another node, or write it from the "
                                              "example in "
                                              "/usr/share/doc/inquest/examples (packaging/etc)"})};
}

tl::expected<HostConfig, Complaints> read_folder(const std::filesystem::path& folder) {
    return read(read_texts(folder));
}

Text read_keys(const std::filesystem::path& folder) {
    return read_file(folder, {.name = "keys/cluster.keys",
                              .how_to_make = "copy it from another node, or make the first one as "
                                             "docs/configuration.md says",
                              .forbidden = group_and_others});
}

std::filesystem::path keys_path(const std::filesystem::path& folder) {
    return folder / "keys/cluster.keys";
}

}  // namespace inquest::config
