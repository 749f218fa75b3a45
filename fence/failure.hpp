// A start that cannot go on: one line for a person, and the process ends.
#pragma once

#include <stdexcept>

namespace inquest::fence {

/// `what: why: what to do`. Thrown by constructors while the daemon starts, never afterwards.
class Failure : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

}  // namespace inquest::fence
