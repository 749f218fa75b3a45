#include "heartbeat/cli/event_text.hpp"

#include <cstddef>

namespace inquest::cli {
namespace {

constexpr std::size_t time_width = 27;
constexpr std::size_t name_width = 6;
constexpr std::size_t event_width = 8;
constexpr std::size_t change_width = 22;

std::string change(const Screen& screen, const Json& event) {
    const std::string from = text_of(event, "from");
    const std::string to = text_of(event, "to");
    return (from.empty() ? "" : from + " -> ") + paint(screen, tone_of(to), to);
}

}  // namespace

std::string event_text(const Screen& screen, const Json& event) {
    std::string peer = text_of(event, "peer");
    if (const std::string path = text_of(event, "path"); !path.empty()) {
        peer += (peer.empty() ? "" : " on ") + path;
    }
    std::string line =
        padded(text_of(event, "time"), time_width) + "  " +
        padded(text_of(event, "observer"), name_width) + "  " +
        padded(text_of(event, "event"), event_width) + "  " + padded(peer, 2 * name_width) + "  " +
        padded(change(screen, event), change_width) + "  " + text_of(event, "reason");
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

bool is_end(const Json& event) { return flag_of(event, "end"); }

}  // namespace inquest::cli
