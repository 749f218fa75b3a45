#include "heartbeat/cli/paths_text.hpp"

#include "heartbeat/cli/table.hpp"
#include "heartbeat/core/phrase.hpp"

#include <cstdio>

namespace inquest::cli {
namespace {

std::string percent(const Json& peer) {
    const auto loss = fraction_of(peer, "loss");
    if (!loss || *loss < 0 || *loss > 1) return "-";
    char text[16];
    std::snprintf(text, sizeof text, "%.1f %%", *loss * 100);
    return text;
}

std::string milliseconds(std::int64_t us) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(us) / 1000);
    return text;
}

std::string round_trip(const Json& peer) {
    const auto us = number_of(peer, "rtt_us");
    return us && *us >= 0 ? milliseconds(*us) : "-";
}

/// Whether the bus gets through, how long it takes there and back, what fits one datagram.
std::string bus(const Screen& screen, const Json& peer) {
    const Json& link = object_of(peer, "bus");
    if (link.empty()) return "-";
    if (!flag_of(link, "up")) return paint(screen, Tone::bad, "down");
    std::string text = paint(screen, Tone::good, "up");
    if (const auto us = number_of(link, "latency_us"); us && *us > 0)
        text += " " + milliseconds(*us);
    if (const auto bytes = number_of(link, "mtu"); bytes && *bytes > 0)
        text += " " + std::to_string(*bytes) + " B";
    return text;
}

std::string age(const Json& peer) {
    const auto length = age_of(peer, "age_ms");
    return length ? phrase(*length) : "never";
}

std::string title(const Screen& screen, const Json& path) {
    std::string text = paint(screen, Tone::strong, text_of(path, "name")) + "  " +
                       text_of(path, "kind") + " over " + text_of(path, "fate");
    if (flag_of(path, "off")) return text + ", " + paint(screen, Tone::faint, "off") + "\n";
    const Json& local = object_of(path, "local");
    if (local.empty()) return text + ", this node is not on it\n";
    const std::string interface = text_of(local, "interface");
    const bool is_disk = text_of(path, "kind") == "disk";
    text += ", here " + text_of(local, "address") +
            (is_disk ? "" : " port " + text_of(local, "port")) +
            (interface.empty() ? "" : " on " + interface);
    if (flag_of(local, "good")) return text + "\n";
    const std::string reason = text_of(local, "reason");
    return text + ", " + paint(screen, Tone::bad, "BROKEN HERE") +
           (reason.empty() ? "" : ": " + reason) + "\n";
}

std::string peers(const Screen& screen, const Json& path) {
    Column names{"  peer", {}}, addresses{"address", {}}, states{"state", {}},
        ages{"last beat", {}}, times{"round trip", {}}, losses{"loss", {}}, flaps{"flaps", {}},
        buses{"bus", {}}, reasons{"reason", {}};
    for (const Json& peer : list_of(path, "peers")) {
        const std::string state = text_of(peer, "state");
        names.cells.push_back("  " + text_of(peer, "name"));
        addresses.cells.push_back(text_of(peer, "address"));
        states.cells.push_back(paint(screen, tone_of(state), state));
        ages.cells.push_back(age(peer));
        times.cells.push_back(round_trip(peer));
        losses.cells.push_back(percent(peer));
        flaps.cells.push_back(text_of(peer, "flaps"));
        buses.cells.push_back(bus(screen, peer));
        reasons.cells.push_back(text_of(peer, "reason"));
    }
    return table(screen, {names, addresses, states, ages, times, losses, flaps, buses, reasons});
}

}  // namespace

std::string paths_text(const Screen& screen, const Json& reply) {
    std::string text;
    for (const Json& path : list_of(reply, "paths")) {
        text += (text.empty() ? "" : "\n") + title(screen, path) + peers(screen, path);
    }
    return text.empty() ? "There is no path.\n" : text;
}

}  // namespace inquest::cli
