#include "heartbeat/daemon/fencing.hpp"

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/core/fence_planning.hpp"
#include "heartbeat/daemon/clocks.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

namespace inquest::daemon {
namespace {

namespace asio = boost::asio;

/// A device that does not say in this time whether it is there is not ready.
constexpr Duration probe_time = std::chrono::seconds(20);

/// Nothing where nobody listens there.
Descriptor connected(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path.string();
    if (name.size() >= sizeof address.sun_path) return {};
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    Descriptor fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const bool done =
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    return done ? std::move(fd) : Descriptor();
}

bool say(int fd, const std::string& text) {
    const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(text.size());
}

}  // namespace

Fencing::Fencing(asio::io_context& io, std::filesystem::path socket, Journal& journal,
                 Answered answered)
    : io_(io),
      socket_(std::move(socket)),
      journal_(journal),
      answered_(std::move(answered)),
      timer_(io) {
    timer_.on_ring([this] { give_up_late_ones(); });
}

bool Fencing::connect() {
    if (line_) return true;
    Descriptor fd = connected(socket_);
    if (fd.get() < 0) {
        trouble_ = fmt::format("inquest-fenced does not listen on {}: start it", socket_.string());
        return false;
    }
    trouble_.clear();
    line_ = std::make_shared<asio::posix::stream_descriptor>(io_, fd.release());
    wait_for_answer();
    return true;
}

void Fencing::ask(const agreement::FenceOrder& order) {
    journal_.say(Level::notice,
                 fmt::format("fence: asks {} to switch {} off{}", order.device.name, order.node,
                             order.look_first ? ", and looks first" : ""));
    this->order(
        {.id = order.id,
         .gives_up = read_clocks().now + order.device.timeout + fence_answer_time / 2,
         .device = order.device.name,
         .node = order.node},
        [&](wire::FenceOrderId number) -> wire::FenceOrder {
            return wire::FenceOff{
                .id = number,
                .call = wire::call_of(order.device, order.target, order.node),
                .look_first = order.look_first ? wire::LookFirst::yes : wire::LookFirst::no};
        });
}

void Fencing::probe(const FenceDevice& device, MemberId target, const std::string& node,
                    Probed probed) {
    const Duration timeout = std::min(device.timeout, probe_time);
    order({.id = {},
           .good = wire::FenceWord::ready,
           .gives_up = read_clocks().now + timeout + fence_answer_time / 2,
           .device = device.name,
           .node = node,
           .probed = std::move(probed)},
          [&](wire::FenceOrderId number) -> wire::FenceOrder {
              wire::FenceProbe made{.id = number, .call = wire::call_of(device, target, node)};
              made.call.timeout = timeout;
              return made;
          });
}

void Fencing::order(Waiting waiting,
                    const std::function<wire::FenceOrder(wire::FenceOrderId)>& made) {
    const std::uint64_t number = ++last_number_;
    waiting_[number] = std::move(waiting);
    const std::string text = wire::to_text(made(wire::FenceOrderId(number)));
    if (!connect() || !say(line_->native_handle(), text)) {
        // Not at once: whoever asks is in the middle of a step.
        asio::post(io_, [this, number] {
            settle(number, false, trouble_.empty() ? "inquest-fenced takes no orders" : trouble_);
        });
    }
    arm();
}

void Fencing::drop(const agreement::FenceOrderId& id) {
    for (auto waits = waiting_.begin(); waits != waiting_.end();) {
        if (waits->second.probed || waits->second.id != id) {
            ++waits;
            continue;
        }
        if (line_)
            say(line_->native_handle(),
                wire::to_text(wire::FenceGiveUp{wire::FenceOrderId(waits->first)}));
        journal_.say(Level::notice, fmt::format("fence: nobody waits for {} to switch {} off any "
                                                "more",
                                                waits->second.device, waits->second.node));
        waits = waiting_.erase(waits);
    }
}

void Fencing::wait_for_answer() {
    line_->async_wait(asio::posix::descriptor_base::wait_read,
                      [this, line = line_](boost::system::error_code error) {
                          if (error || line != line_) return;
                          hear();
                      });
}

void Fencing::hear() {
    std::vector<char> buffer(wire::fence_message_bytes_max + 1);
    const Line line = line_;
    while (line == line_) {
        const ssize_t got =
            ::recv(line->native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_for_answer();
        if (got <= 0) return lose("inquest-fenced has ended");
        const auto answer = wire::parse_fence_answer(
            std::string_view(buffer.data(), static_cast<std::size_t>(got)));
        if (!answer) return lose("inquest-fenced is not understood: " + answer.error());
        take(*answer);
    }
}

/// Whatever it was about to do may have been done: another attempt looks first.
void Fencing::lose(const std::string& why) {
    line_.reset();
    trouble_ = why;
    journal_.say(Level::error, "fence: " + why);
    while (!waiting_.empty()) settle(waiting_.begin()->first, false, why);
}

void Fencing::take(const wire::FenceAnswer& answer) {
    if (answer.answer == wire::FenceWord::begun) return;
    const auto waits = waiting_.find(answer.id.value);
    if (waits == waiting_.end()) return;
    settle(answer.id.value, answer.answer == waits->second.good, answer.why);
}

void Fencing::settle(std::uint64_t number, bool good, const std::string& why) {
    const auto waits = waiting_.find(number);
    if (waits == waiting_.end()) return;
    const Waiting settled = std::move(waits->second);
    waiting_.erase(waits);
    arm();
    const std::string shown = wire::presentable(why, inquest::fence_why_bytes_max);
    if (settled.probed) return settled.probed(good, shown);
    journal_.say(good ? Level::notice : Level::error,
                 fmt::format("fence: {} {} {} off: {}", settled.device,
                             good ? "has switched" : "has not switched", settled.node, shown));
    answered_({settled.id, good ? FenceResult::done : FenceResult::failed, good ? "" : shown});
}

/// inquest-fenced keeps time itself; this is for one that does not.
void Fencing::give_up_late_ones() {
    const Instant now = read_clocks().now;
    std::vector<std::uint64_t> late;
    for (const auto& [number, waits] : waiting_) {
        if (now >= waits.gives_up) late.push_back(number);
    }
    for (const std::uint64_t number : late)
        settle(number, false, "inquest-fenced has not answered in time");
    arm();
}

void Fencing::arm() {
    Instant next = never;
    for (const auto& [number, waits] : waiting_) next = std::min(next, waits.gives_up);
    timer_.set(next);
}

}  // namespace inquest::daemon
