#include "heartbeat/cli/why_rebooted_text.hpp"

namespace inquest::cli {
namespace {

template <typename End>
Json conclusion_json(const endings::Conclusion<End>& conclusion) {
    return {{"end", endings::word(conclusion.end)},
            {"claim", conclusion.claim},
            {"facts", conclusion.facts},
            {"unknown", conclusion.unknown}};
}

std::string listed(const Screen& screen, const std::string& title, const Json& sentences) {
    std::string text;
    for (const Json& sentence : sentences) {
        if (!sentence.is_string()) continue;
        text += paragraph("  - ", clean(sentence.get_ref<const std::string&>()), screen.width);
    }
    return text.empty() ? "" : paint(screen, Tone::faint, title) + "\n" + text;
}

std::string conclusion_text(const Screen& screen, const std::string& what, const Json& conclusion) {
    return paragraph("", what + ": " + text_of(conclusion, "claim"), screen.width) +
           listed(screen, "because:", list_of(conclusion, "facts")) +
           listed(screen, "not known:", list_of(conclusion, "unknown"));
}

}  // namespace

Json why_rebooted_json(const endings::Conclusion<endings::BootEnd>& boot,
                       const endings::Conclusion<endings::RunEnd>& run) {
    return {{"boot", conclusion_json(boot)}, {"run", conclusion_json(run)}};
}

std::string why_rebooted_text(const Screen& screen, const Json& conclusions) {
    return conclusion_text(screen, "The last boot", object_of(conclusions, "boot")) + "\n" +
           conclusion_text(screen, "The last run of inquestd", object_of(conclusions, "run"));
}

}  // namespace inquest::cli
