// Would fencing work? Every device that this node may ask is asked for its status on a schedule, so
// that a person learns on an ordinary day what would fail on the bad one.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/daemon/boot_timer.hpp"
#include "heartbeat/daemon/fencing.hpp"
#include "heartbeat/daemon/journal.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::daemon {

/// One device for one node, as seen from here.
struct Fenceability {
    FenceDevice device;
    MemberId target;
    std::string node;           ///< the target's name
    std::optional<bool> ready;  ///< nothing: it was not asked yet
    std::string why;            ///< what was seen
    Instant seen{};             ///< when that was
    Instant since{};            ///< since when it is so
    Instant due{};              ///< when it is asked next
    bool asked = false;         ///< and has not answered yet
};

class FenceProbes {
 public:
    FenceProbes(boost::asio::io_context& io, Fencing& fencing, Journal& journal, MemberId self,
                std::uint64_t seed);

    /// By these plans and devices from now on. What stays as it is keeps what is known of it.
    void follow(const ClusterState& state, Instant now);
    const std::vector<Fenceability>& all() const { return all_; }

 private:
    void wake();
    void take(const std::string& device, MemberId target, bool ready, const std::string& why);
    Duration soon();
    void arm();

    Fencing& fencing_;
    Journal& journal_;
    MemberId self_;
    Random random_;
    BootTimer timer_;
    std::vector<Fenceability> all_;
};

}  // namespace inquest::daemon
