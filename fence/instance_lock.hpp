// One inquest-fenced a node: the second one is turned away before it touches anything.
#pragma once

#include "heartbeat/base/descriptor.hpp"

#include <filesystem>

namespace inquest::fence {

class InstanceLock {
 public:
    /// Holds `folder`/fenced.lock until the process ends, however it ends (flock(2)).
    /// Throws Failure where another one holds it, or the file cannot be made.
    explicit InstanceLock(const std::filesystem::path& folder);

 private:
    Descriptor fd_;
};

}  // namespace inquest::fence
