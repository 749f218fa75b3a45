#include "tests/sim/story/margin.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

constexpr std::size_t word_length_max = 40;

std::string plain(std::string text) {
    const auto is_plain = [](char letter) { return letter >= ' ' && letter <= '~'; };
    std::replace_if(
        text.begin(), text.end(), [&](char letter) { return !is_plain(letter); }, '?');
    return text;
}

}  // namespace

std::string shown(std::string_view word) {
    if (word.size() <= word_length_max) return std::string(word);
    return std::string(word.substr(0, word_length_max)) + "...";
}

void Margin::note(int line, std::string_view key, std::string what, std::string remedy) {
    if (full()) return;
    complaints_.push_back({config::Severity::error, file_, line, plain(shown(key)),
                           plain(std::move(what)), plain(std::move(remedy))});
}

config::Complaints Margin::take() {
    std::stable_sort(complaints_.begin(), complaints_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    if (full())
        complaints_.push_back({config::Severity::error, file_, 0, "",
                               "has more mistakes than these", "correct these first"});
    return std::move(complaints_);
}

}  // namespace inquest::sim
