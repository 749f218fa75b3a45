// What the kernel says of this host's links and addresses, as changes of the paths' local halves.
//
// The table is dumped once and then kept by the kernel's notices, which say all that is needed, so
// nothing is asked again: a dump would wait for the kernel's RTNL lock, which a busy driver can
// hold for seconds. Only when notices were lost is the table dumped again, once for any number of
// them.
//
// Source: rtnetlink(7), netlink(7); libnl 3.
#pragma once

#include "heartbeat/base/result.hpp"
#include "netmon/changes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::netmon {

inline constexpr int notices_per_read = 256;

/// What one read found.
struct News {
    std::vector<Change> changes;
    bool complete = true;  ///< false: more notices wait than one read takes; read again
    bool dumped = false;   ///< notices were lost, so the table was dumped again
};

class Watch {
 public:
    /// Subscribes, and dumps links and addresses. Waits for the kernel, so it belongs to the start.
    /// The first read tells how things stand: one change for every path.
    /// Errors: libnl's, in libnl's words.
    [[nodiscard]] static Result<Watch> open(std::vector<Wanted> wanted);

    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();

    /// Watches for these paths from now on; the next read tells of those that are new or elsewhere.
    void follow(std::vector<Wanted> wanted);

    /// Readable when there are notices. Non-blocking.
    int fd() const;

    /// Takes the notices that wait, at most `notices_per_read`, and says what they change.
    /// Does not wait, except for the dump after lost notices; where that dump fails, the error is
    /// returned, nothing is judged, and the next read tries it again.
    [[nodiscard]] Result<News> read();

 private:
    struct State;
    explicit Watch(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace inquest::netmon
