#include "fence/program_file.hpp"

#include "fence/agent_call.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace inquest::fence {
namespace {

/// What is wrong, and what to do; empty: nothing. A link is followed: many agents are one program
/// under several names.
std::string fault_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return std::strerror(errno);
    if (!S_ISREG(status.st_mode)) return "it is no program: give the name of one";
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return fmt::format("it belongs to user {}: chown root it", status.st_uid);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others may change it: chmod go-w it";
    if ((status.st_mode & S_IXUSR) == 0) return "it cannot be executed: chmod +x it";
    return "";
}

}  // namespace

tl::expected<std::string, std::string> agent_file(const std::filesystem::path& folder,
                                                  const std::string& agent) {
    if (!is_agent_name(agent)) {
        return tl::unexpected(
            fmt::format("`{}` is the name of no agent: give one such as fence_ipmilan", agent));
    }
    const std::string file = (folder / agent).string();
    std::string fault = fault_of(file);
    if (fault == std::strerror(ENOENT)) fault += ": install the agent's package";
    if (!fault.empty()) return tl::unexpected(fmt::format("{}: {}", file, fault));
    return file;
}

tl::expected<std::string, std::string> notified_file(const std::string& program) {
    if (program.empty() || program.front() != '/')
        return tl::unexpected(fmt::format("`{}`: it is no absolute path: give one", program));
    const std::string fault = fault_of(program);
    if (!fault.empty()) return tl::unexpected(fmt::format("{}: {}", program, fault));
    return program;
}

}  // namespace inquest::fence
