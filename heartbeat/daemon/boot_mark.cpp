#include "heartbeat/daemon/boot_mark.hpp"

#include "heartbeat/daemon/small_file.hpp"

namespace inquest::daemon {
namespace {

constexpr std::size_t bytes_max = 256;

}  // namespace

bool BootMark::is_set() const {
    const auto text = read_small_file(file_, bytes_max);
    if (!text) return true;
    return *text && (*text)->starts_with(boot_id_ + "\n");
}

std::optional<std::string> BootMark::set() const {
    return write_small_file(file_, boot_id_ + "\n", Readers::owner);
}

void BootMark::clear() const { remove_small_file(file_); }

}  // namespace inquest::daemon
