// What inquestd and inquest-fenced say to each other: the one orders, the other runs agents and
// answers. SOCK_SEQPACKET in /run/inquest/fenced.sock, one JSON object a message.
//
//   {"order":"off","id":7,"device":{"name":"bmc-n3","agent":"fence_ipmilan",
//    "options":{"ip":"192.0.2.9","username":"inquest"},"secrets":"bmc-n3"},
//    "node":"n3","plug":"","timeout_ms":60000,"look_first":false}
//   {"order":"probe","id":8,"device":{..},"node":"n3","plug":"","timeout_ms":20000}
//   {"order":"rehearse","id":9,"device":{..},"node":"n3","plug":"","timeout_ms":20000}
//   {"order":"give-up","id":7}
//   {"order":"notify","id":10,"program":"/usr/local/bin/page","environment":{"INQUEST_EVENT":
//    "fence"},"timeout_ms":10000}
//
//   {"id":7,"answer":"begun","why":"","took_ms":1,"steps":[]}
//   {"id":7,"answer":"off","why":"status said off 1.2 s after the order","took_ms":3120,
//    "steps":[]}
//
// Each order but `give-up` has exactly one last answer, whatever happens to it; `begun` may come
// before. No secret is ever in a message: a device names the file that has them.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/core/fence_topology.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace inquest::wire {

/// A message longer than this is refused unread.
inline constexpr std::size_t fence_message_bytes_max = 64 * 1024;
inline constexpr std::size_t fence_why_bytes_max = 400;
inline constexpr std::size_t fence_steps_max = 16;
inline constexpr std::size_t notify_variables_max = 32;
inline constexpr std::size_t notify_value_bytes_max = 1024;
inline constexpr std::size_t notify_program_bytes_max = 255;
inline constexpr std::uint64_t fence_order_id_max = std::uint64_t{1} << 53;  ///< exact in any JSON

/// The orderer's own number of an order, 1..fence_order_id_max; not used again while it runs.
using FenceOrderId = Strong<std::uint64_t, struct FenceOrderIdTag>;

/// A device as an agent needs to know it: whose plug it is stands in the order.
struct AgentDevice {
    std::string name;
    std::string agent;
    std::vector<FenceOption> options;  ///< ascending by name, each once
    std::string secrets;               ///< empty: it has none

    friend bool operator==(const AgentDevice&, const AgentDevice&) = default;
};

/// One device, asked about one node.
struct AgentCall {
    AgentDevice device;
    std::string node;
    std::string plug;                          ///< empty: the device has one machine
    Duration timeout = fence_timeout_default;  ///< of all that the order does, waiting included

    friend bool operator==(const AgentCall&, const AgentCall&) = default;
};

/// Is the node perhaps off by now? Then that is the proof, and nobody switches it off again.
enum class LookFirst : std::uint8_t { no, yes };

struct FenceOff {
    FenceOrderId id;
    AgentCall call;
    LookFirst look_first = LookFirst::no;

    friend bool operator==(const FenceOff&, const FenceOff&) = default;
};

/// Could the device do it? Changes nothing.
struct FenceProbe {
    FenceOrderId id;
    AgentCall call;

    friend bool operator==(const FenceProbe&, const FenceProbe&) = default;
};

/// All steps of a power-off but the last, each with its time.
struct FenceRehearse {
    FenceOrderId id;
    AgentCall call;

    friend bool operator==(const FenceRehearse&, const FenceRehearse&) = default;
};

/// What runs for that order is ended; it answers `failed`.
struct FenceGiveUp {
    FenceOrderId id;

    friend bool operator==(const FenceGiveUp&, const FenceGiveUp&) = default;
};

/// A program of this node is told of an alert.
struct FenceNotify {
    FenceOrderId id;
    std::string program;                   ///< absolute
    std::vector<FenceOption> environment;  ///< ascending by name, each once; INQUEST_*
    Duration timeout = fence_timeout_min;

    friend bool operator==(const FenceNotify&, const FenceNotify&) = default;
};

using FenceOrder = std::variant<FenceOff, FenceProbe, FenceRehearse, FenceGiveUp, FenceNotify>;

enum class FenceWord : std::uint8_t {
    begun,   ///< the order's first process runs; the last answer follows
    off,     ///< the device's status says so: the proof
    ready,   ///< a probe or a rehearsal: the device could do it
    failed,  ///< whatever else happened, a time-out included
    done,    ///< a notified program has ended well
};
inline constexpr std::size_t fence_words = 5;

std::string_view word(FenceWord answer);

/// One step of a rehearsal.
struct FenceStep {
    enum class Outcome : std::uint8_t { good, bad };

    std::string step;
    Outcome outcome = Outcome::good;
    Duration took{};
    std::string why;  ///< what was seen

    friend bool operator==(const FenceStep&, const FenceStep&) = default;
};

struct FenceAnswer {
    FenceOrderId id;
    FenceWord answer = FenceWord::failed;
    std::string why;  ///< for a person; cut to fence_why_bytes_max
    Duration took{};  ///< since the order was received
    std::vector<FenceStep> steps;

    friend bool operator==(const FenceAnswer&, const FenceAnswer&) = default;
};

FenceOrderId id_of(const FenceOrder& order);

/// What this device is asked for this member; its plug is found among the device's.
AgentCall call_of(const FenceDevice& device, MemberId member, const std::string& node);

/// Fit for a message and a log: one line, UTF-8, cut to so many bytes.
std::string presentable(std::string_view text, std::size_t bytes_max);

/// One line of JSON. Whatever stands in an answer's texts, a reader takes it: line breaks become
/// blanks, bytes that are no UTF-8 are replaced, what is too long is cut. An order with such a text
/// is refused by its reader, since an agent would take it for something else.
std::string to_text(const FenceOrder& order);
std::string to_text(const FenceAnswer& answer);

/// The message, or what is wrong with it. Strict: a field that is missing, unknown or out of its
/// bounds is an error.
tl::expected<FenceOrder, std::string> parse_fence_order(std::string_view text);
tl::expected<FenceAnswer, std::string> parse_fence_answer(std::string_view text);

}  // namespace inquest::wire
