// Local messages: what `inquest` asks `inquestd` over the control socket, and how a refusal reads.
//
// One SOCK_SEQPACKET message is one JSON object. A request is strict in both directions, so that a
// misspelt field is an answer and not a surprise. Replies that show the cluster's state are built
// by the daemon and drawn by the CLI; only the refusal has a form of its own here.
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/core/guests.hpp"
#include "heartbeat/wire/change.hpp"
#include "heartbeat/wire/join_token.hpp"
#include "heartbeat/wire/recovery.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inquest::wire {

/// A request longer than this is refused unread.
inline constexpr std::size_t request_bytes_max = 64 * 1024;

/// The longest name that a request may carry, in bytes.
/// No change is waited for longer than that.
inline constexpr Duration within_max = std::chrono::hours(24);
inline constexpr std::size_t request_name_bytes_max = 64;

/// The furthest look back that a Duration holds with room to spare: a hundred years.
inline constexpr Duration since_max = std::chrono::hours(24 * 36525);

enum class Verb : std::uint8_t {
    status,
    paths,
    explain,
    events,
    doctor,
    ledger,      ///< what is agreed, who agrees, and how far it is
    ask,         ///< please have the cluster agree on `change`
    handling,    ///< what has become of `request`
    token,       ///< the token of the invitation of `node`, to whoever shows its secret
    state_text,  ///< the agreed configuration as cluster.toml
    backup,      ///< all that is agreed, without secrets, as wire/ledger_backup.hpp has it
    recover,     ///< a person gives up the lost majority: `recovery`
    guard,       ///< from whoever guards guests, for as long as it stays: `guests`
};
inline constexpr int verbs = 13;

enum class Follow : std::uint8_t { no, yes };

/// What the CLI's process exits with.
enum class Exit : std::uint8_t {
    healthy = 0,
    failed = 1,
    usage = 2,
    degraded = 3,
    no_quorum = 4,
    not_permitted = 5,
};

struct Request {
    Verb verb = Verb::status;
    std::string node;  ///< explain, token: whom; needed there, empty elsewhere
    std::optional<Duration>
        since;                   ///< events: only those at most this old, in whole ms, 0..since_max
    Follow follow = Follow::no;  ///< events: stay and report what happens from now on
    std::optional<Change> change;           ///< ask
    std::optional<Duration> within;         ///< ask: give up then; whole ms, 0..within_max
    RequestId request;                      ///< handling
    std::optional<Secret> secret;           ///< token
    std::optional<RecoveryOrder> recovery;  ///< recover
    Guests guests = Guests::unknown;        ///< guard: some or none

    friend bool operator==(const Request&, const Request&) = default;
};

/// A refusal in three parts, as it stands on stderr: `inquest: what: why: what to do`.
struct Complaint {
    std::string what;
    std::string why;
    std::string remedy;

    friend bool operator==(const Complaint&, const Complaint&) = default;
};

struct ErrorReply {
    Complaint error;
    Exit exit = Exit::failed;

    friend bool operator==(const ErrorReply&, const ErrorReply&) = default;
};

std::string_view word(Verb verb);

/// A request's number as people and JSON carry it: 16 hexadecimal digits.
std::string to_text(RequestId request);

/// The request in `text`, or what is wrong with it. Never throws; bounded by request_bytes_max.
tl::expected<Request, Complaint> parse_request(std::string_view text);

/// The request as JSON on one line; parse_request takes it back unchanged.
std::string to_text(const Request& request);

/// `{"error":{"what":..,"why":..,"remedy":..},"exit":N}`. Bytes that are not UTF-8 are replaced.
std::string to_text(const ErrorReply& reply);

/// The refusal in `text`; nothing where the text is some other reply.
std::optional<ErrorReply> parse_error_reply(std::string_view text);

}  // namespace inquest::wire
