// This node's line to inquest-fenced: what the cluster has chosen it to ask of fence devices goes
// there, and what becomes of it comes back.
//
// It decides nothing, and never waits: whatever happens to the line, an order has an answer, and an
// order without a good one has failed.
#pragma once

#include "heartbeat/agreement/fencing.hpp"
#include "heartbeat/daemon/boot_timer.hpp"
#include "heartbeat/daemon/journal.hpp"
#include "heartbeat/wire/fence_line.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace inquest::daemon {

class Fencing {
 public:
    using Answered = std::function<void(const agreement::FenceReply&)>;
    /// Whether a device could do it, and what was seen.
    using Probed = std::function<void(bool, const std::string&)>;

    Fencing(boost::asio::io_context& io, std::filesystem::path socket, Journal& journal,
            Answered answered);

    void ask(const agreement::FenceOrder& order);
    void drop(const agreement::FenceOrderId& id);
    /// Could this device switch that member off? Changes nothing. `probed` is called once, later.
    void probe(const FenceDevice& device, MemberId target, const std::string& node, Probed probed);
    /// Does inquest-fenced answer at all? Empty: as far as is known.
    const std::string& trouble() const { return trouble_; }

 private:
    struct Waiting {
        agreement::FenceOrderId id;
        wire::FenceWord good = wire::FenceWord::off;  ///< the one answer that is good
        Instant gives_up{};
        std::string device;
        std::string node;
        Probed probed{};  ///< of a probe
    };
    using Line = std::shared_ptr<boost::asio::posix::stream_descriptor>;

    void order(Waiting waiting, const std::function<wire::FenceOrder(wire::FenceOrderId)>& made);
    bool connect();
    void wait_for_answer();
    void hear();
    void lose(const std::string& why);
    void take(const wire::FenceAnswer& answer);
    void settle(std::uint64_t number, bool good, const std::string& why);
    void give_up_late_ones();
    void arm();

    boost::asio::io_context& io_;
    std::filesystem::path socket_;
    Journal& journal_;
    Answered answered_;
    BootTimer timer_;
    Line line_;
    std::map<std::uint64_t, Waiting> waiting_;  ///< by the number that is told to inquest-fenced
    std::uint64_t last_number_ = 0;
    std::string trouble_;
};

}  // namespace inquest::daemon
