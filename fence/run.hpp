// The daemon: its parts put together, from the lock to the last signal.
#pragma once

#include <filesystem>
#include <string>

namespace inquest::fence {

struct Folders {
    std::filesystem::path run = "/run/inquest";
    std::filesystem::path etc = "/etc/inquest";
    std::filesystem::path agents = "/usr/sbin";
};

/// Serves until SIGTERM or SIGINT, and returns the exit code. Throws Failure while it starts.
int run(const Folders& folders);

/// `inquest-fenced check`: a list of devices on standard input, complaints on standard output.
/// Exit code 0: no error among them; 1: there is; 2: the list is none.
int check(const Folders& folders);

}  // namespace inquest::fence
