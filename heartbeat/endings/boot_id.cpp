#include "heartbeat/endings/boot_id.hpp"

#include "heartbeat/endings/small_file.hpp"

#include <algorithm>

namespace inquest::endings {
namespace {

constexpr std::size_t id_bytes_max = 64;
constexpr const char* of_the_kernel = "/proc/sys/kernel/random/boot_id";

bool printable(const std::string& line) {
    return !line.empty() && line.size() <= id_bytes_max &&
           std::all_of(line.begin(), line.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string first_line(const std::filesystem::path& file) {
    const auto text = read_small_file(file);
    return text ? text->substr(0, text->find('\n')) : "";
}

}  // namespace

tl::expected<BootId, std::string> read_boot_id(const std::filesystem::path& etc) {
    if (const std::string line = first_line(etc / "boot-id"); printable(line)) {
        return BootId{line, Kernel::shared};
    }
    if (const std::string line = first_line(of_the_kernel); printable(line)) {
        return BootId{line, Kernel::own};
    }
    return tl::unexpected(std::string(of_the_kernel) + ": cannot be read: mount /proc");
}

}  // namespace inquest::endings
