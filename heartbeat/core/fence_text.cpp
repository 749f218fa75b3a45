#include "heartbeat/core/fence_text.hpp"

#include <algorithm>

namespace inquest {
namespace {

constexpr std::string_view itself = "self";
constexpr std::string_view person = "operator";

FencePart part_named(std::string_view name) {
    if (name == itself) return {FencePart::Kind::itself, ""};
    if (name == person) return {FencePart::Kind::operators_word, ""};
    return {FencePart::Kind::device, std::string(name)};
}

}  // namespace

std::string word(const FencePart& part) {
    switch (part.kind) {
        case FencePart::Kind::device: return part.device;
        case FencePart::Kind::itself: return std::string(itself);
        case FencePart::Kind::operators_word: return std::string(person);
    }
    return "?";
}

std::string text(const FenceLevel& level) {
    std::string all;
    for (const FencePart& part : level) all += (all.empty() ? "" : "+") + word(part);
    return all;
}

std::optional<FenceLevel> parse_level(std::string_view text) {
    FenceLevel level;
    while (true) {
        const std::size_t plus = std::min(text.find('+'), text.size());
        if (plus == 0) return std::nullopt;
        level.push_back(part_named(text.substr(0, plus)));
        if (plus == text.size()) return level;
        text.remove_prefix(plus + 1);
    }
}

std::string describe(const FencePlan& plan) {
    if (plan.levels.empty()) return "nothing";
    std::string all;
    for (const FenceLevel& level : plan.levels) all += (all.empty() ? "" : ", then ") + text(level);
    return all;
}

}  // namespace inquest
