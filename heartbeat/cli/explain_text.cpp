#include "heartbeat/cli/explain_text.hpp"

#include "heartbeat/core/phrase.hpp"

#include <cstddef>

namespace inquest::cli {
namespace {

/// `14:02:07.412318Z` as `14:02:07.412Z`: finer than this nobody reads.
std::string to_milliseconds(std::string clock) {
    constexpr std::size_t kept = 4;
    const std::size_t dot = clock.find('.');
    const std::size_t zone = clock.find('Z');
    if (dot == std::string::npos || zone == std::string::npos || zone < dot + kept) return clock;
    return clock.erase(dot + kept, zone - dot - kept);
}

/// A reply nested deeper than any honest one is cut; it also bounds the recursion.
constexpr std::size_t depth_max = 12;

/// "  [10:00:03.250Z, 2.1s ago]", as far as it is known.
std::string when(const Json& claim) {
    std::string instant = text_of(claim, "instant");
    if (const std::size_t t = instant.find('T'); t != std::string::npos)
        instant = to_milliseconds(instant.substr(t + 1));
    const auto age = age_of(claim, "age_ms");
    const std::string ago = age ? phrase(*age) + " ago" : "";
    if (instant.empty() && ago.empty()) return "";
    return " [" + instant + (instant.empty() || ago.empty() ? "" : ", ") + ago + "]";
}

std::string sentence(const Json& claim) {
    std::string text = text_of(claim, "claim");
    if (text.empty()) text = "(no claim)";
    return text + when(claim);
}

std::string alternatives(const Screen& screen, const Json& claim, const std::string& indent) {
    std::string text;
    for (const Json& change : list_of(claim, "would_have_changed_it")) {
        if (!change.is_string()) continue;
        text +=
            paragraph(indent + "    - ", clean(change.get_ref<const std::string&>()), screen.width);
    }
    return text.empty()
               ? ""
               : indent + paint(screen, Tone::faint, "would have changed it:") + "\n" + text;
}

std::string rule(const Screen& screen, const Json& claim, const std::string& indent) {
    const std::string text = text_of(claim, "rule");
    if (text.empty()) return "";
    return paragraph(indent + paint(screen, Tone::faint, "rule: "), text, screen.width);
}

std::string reasons(const Screen& screen, const Json& claim, std::size_t depth) {
    const std::string indent(depth * 4, ' ');
    std::string text;
    for (const Json& reason : list_of(claim, "because")) {
        text += paragraph(indent + "- ", sentence(reason), screen.width);
        text += rule(screen, reason, indent + "  ");
        if (depth < depth_max) {
            text += reasons(screen, reason, depth + 1);
        } else if (!list_of(reason, "because").empty()) {
            text += indent + "    ...\n";
        }
        text += alternatives(screen, reason, indent + "  ");
    }
    return text;
}

}  // namespace

std::string explain_text(const Screen& screen, const Json& reply) {
    const std::string verdict = text_of(reply, "verdict");
    std::string text = paint(screen, Tone::strong, text_of(reply, "node")) + ": " +
                       paint(screen, tone_of(verdict), verdict) + "\n\n";
    text += paragraph("", sentence(reply), screen.width);
    text += rule(screen, reply, "");
    const std::string because = reasons(screen, reply, 1);
    if (!because.empty()) text += "\nbecause:\n" + because;
    const std::string changes = alternatives(screen, reply, "");
    return text + (changes.empty() ? "" : "\n" + changes);
}

}  // namespace inquest::cli
