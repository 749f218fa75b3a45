#include "heartbeat/cli/last_events.hpp"

#include "heartbeat/cli/client.hpp"
#include "heartbeat/cli/event_text.hpp"
#include "heartbeat/cli/reply.hpp"

#include <algorithm>
#include <deque>

namespace inquest::cli {
namespace {

constexpr std::size_t events_max = 5;
constexpr Duration before = std::chrono::minutes(1);

/// "2026-11-22T14:02:07.412318Z n2 suspect -> lost (silent on all paths)"
std::string told(const Json& event) {
    const std::string from = text_of(event, "from");
    const std::string reason = text_of(event, "reason");
    const std::string path = text_of(event, "path");
    return text_of(event, "time") + " " + text_of(event, "peer") + " " +
           (path.empty() ? "" : path + " ") + (from.empty() ? "" : from + " -> ") +
           text_of(event, "to") + (reason.empty() ? "" : " (" + reason + ")");
}

/// The events from `since` on, one after the other, until `take` has had them all.
template <typename Take>
Client::Or<void> each_event(Client& client, Duration since, Take take) {
    wire::Request request{.verb = wire::Verb::events};
    request.since = std::chrono::floor<std::chrono::milliseconds>(since);
    if (const auto sent = client.send(request); !sent) return sent;
    for (;;) {
        const auto text = client.receive(Client::Wait::bounded);
        if (!text) return tl::unexpected(text.error());
        const auto event = parse_reply(*text);
        if (!event || is_end(*event)) return {};
        take(*event);
    }
}

}  // namespace

LastEvents last_events(const std::filesystem::path& run, Wall until, Wall now) {
    Client::Or<Client> client = Client::connect(run);
    if (!client) return {};
    LastEvents result{.daemon = endings::Daemon::runs, .lines = {}, .trouble = ""};
    const Duration back = std::clamp<Duration>(now - until + before, Duration(0), wire::since_max);
    std::deque<std::string> lines;
    const auto done = each_event(*client, back, [&](const Json& event) {
        const auto time = parse_moment(text_of(event, "time"));
        if (!time || *time > until || *time < until - before) return;
        if (lines.size() == events_max) lines.pop_front();
        lines.push_back(told(event));
    });
    result.lines.assign(lines.begin(), lines.end());
    if (!done) result.trouble = done.error().error.what + ": " + done.error().error.why;
    return result;
}

}  // namespace inquest::cli
