// Starts one program with nothing of ours but its standard input, output and error.
#pragma once

#include "heartbeat/base/descriptor.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace inquest::fence {

struct Spawned {
    pid_t pid = 0;        ///< also of its process group; 0: it could not be started
    int error = 0;        ///< then why
    Descriptor output;    ///< ours, without waiting
    Descriptor mistakes;  ///< its standard error
    Descriptor refusal;   ///< says errno, should its program not be one
};

/// Its own process group, no signal blocked or ignored, ordinary priority, no core file, and dead
/// when this process is.
Spawned spawn(const std::string& program, const std::vector<std::string>& environment,
              std::string_view input);

}  // namespace inquest::fence
