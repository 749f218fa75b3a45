// A wait that a person looks on: it says for what, it says so again when that changes, and it ends.
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/wire/local.hpp"

#include <chrono>
#include <string>

namespace inquest::cli {

class Waiting {
 public:
    /// `timeout` as typed, such as "30s"; what cannot be read was refused before.
    explicit Waiting(const std::string& timeout);

    /// Tells `blocker` where it is another one than before, and waits 100 ms. False when the
    /// deadline has passed.
    bool goes_on(const std::string& blocker);

    /// The moment after the deadline, for an answer that comes at it: waits 100 ms. False when that
    /// has passed as well.
    bool lingers() const;

    /// The refusal at the deadline: what was not done, and what it waited for.
    wire::ErrorReply ended(const std::string& what, const std::string& next, wire::Exit exit) const;

    Duration left() const;

 private:
    std::chrono::steady_clock::time_point deadline_;
    Duration timeout_;
    std::string blocker_;
};

/// The refusal of a wait that has ended; `why` of the complaint is what it waited for.
wire::ErrorReply too_late(const wire::Complaint& complaint, Duration timeout, wire::Exit exit);

}  // namespace inquest::cli
