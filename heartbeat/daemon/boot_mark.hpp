// A file that says of something that it has happened in this very boot of the machine. It names the
// boot, so that one which is left over says nothing; and it does not lie in /run, which whoever
// starts services may empty at any time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace inquest::daemon {

class BootMark {
 public:
    BootMark(std::filesystem::path file, std::string boot_id)
        : file_(std::move(file)), boot_id_(std::move(boot_id)) {}

    /// Also where the file cannot be read: it may say so.
    bool is_set() const;
    /// Error: one line for a person; then it may be set or not.
    std::optional<std::string> set() const;
    void clear() const;

    const std::filesystem::path& file() const { return file_; }
    const std::string& boot_id() const { return boot_id_; }

 private:
    std::filesystem::path file_;
    std::string boot_id_;
};

}  // namespace inquest::daemon
