#include "heartbeat/daemon/machine.hpp"

#include <filesystem>
#include <fstream>

namespace inquest::daemon {
namespace {

constexpr std::size_t cpuinfo_bytes = 64 * 1024;  ///< the first processor is enough

std::string beginning_of(const char* file, std::size_t most) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(most, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(most));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

bool is_virtual() {
    return beginning_of("/proc/cpuinfo", cpuinfo_bytes).find(" hypervisor") != std::string::npos ||
           std::filesystem::exists("/sys/hypervisor/type");
}

/// `systemctl mask sleep.target` makes a link to /dev/null.
bool is_kept_from_sleep() {
    std::error_code error;
    return std::filesystem::read_symlink("/etc/systemd/system/sleep.target", error) == "/dev/null";
}

bool can_suspend() {
    constexpr std::size_t states_bytes = 128;
    return !beginning_of("/sys/power/state", states_bytes).empty() && !is_kept_from_sleep();
}

}  // namespace

std::string why_no_reset_is_certain() {
    if (is_virtual()) return "this node is a virtual machine, which can be paused";
    if (can_suspend())
        return "this machine can be suspended (`systemctl mask sleep.target` forbids it)";
    return "";
}

}  // namespace inquest::daemon
