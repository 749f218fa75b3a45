// From a command line to a running daemon: the composition root.
#pragma once

#include "heartbeat/base/descriptor.hpp"

#include <filesystem>

namespace inquest::daemon {

struct Folders {
    std::filesystem::path etc = "/etc/inquest";
    std::filesystem::path state = "/var/lib/inquest";
    std::filesystem::path run = "/run/inquest";
};

/// Reads the configuration, counts the boot and runs until told to stop. Everything is checked
/// before anything is opened. `keeper` is the line to the keeper, closed where there is none.
/// Throws Failure, or prints the complaints and returns 1; 0 when done.
int run(const Folders& folders, Descriptor keeper);

}  // namespace inquest::daemon
