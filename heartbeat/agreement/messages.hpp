// What members say to each other beside the ledger's own messages: requests to the coordinator, its
// replies, and how far each member is. Version 1; each is one small datagram.
#pragma once

#include "heartbeat/agreement/request.hpp"
#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/wire/packing.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

namespace inquest::agreement {

/// Which reader a message is for; the bus has the same words.
enum class Channel : std::uint8_t { ledger, snapshot, request, reply };

/// So far I have applied the log, durably, and this is what it hashes to.
struct Report {
    std::uint64_t index = 0;
    std::uint64_t hash = 0;

    friend bool operator==(const Report&, const Report&) = default;
};

/// A member asks, or reports.
using Request = std::variant<ClusterEntry, Report>;

/// The coordinator's word on a request that is not handled: it would be refused, or waits.
struct Reply {
    RequestId request;
    std::uint64_t term = 0;  ///< in which the coordinator leads
    EntryRefusal refusal = EntryRefusal::none;
    Holdup holdup = Holdup::none;

    friend bool operator==(const Reply&, const Reply&) = default;
};

/// The coordinator's word on a report: what its clock of day shows as it writes this.
struct ClockShown {
    std::int64_t wall_seconds = 0;  ///< since 1970

    friend bool operator==(const ClockShown&, const ClockShown&) = default;
};

using Answer = std::variant<Reply, ClockShown>;

wire::Bytes encode(const Request& request);
wire::Bytes encode(const Answer& answer);
/// Nothing where the bytes are not what encode() writes.
std::optional<Request> decode_request(std::span<const std::byte> bytes);
std::optional<Answer> decode_answer(std::span<const std::byte> bytes);

}  // namespace inquest::agreement
