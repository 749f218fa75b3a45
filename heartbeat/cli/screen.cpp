#include "heartbeat/cli/screen.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

constexpr std::size_t wrap_width_min = 20;

std::string_view escape(Tone tone) {
    switch (tone) {
        case Tone::plain: return "";
        case Tone::good: return "\x1b[32m";
        case Tone::warning: return "\x1b[33m";
        case Tone::bad: return "\x1b[1;31m";
        case Tone::faint: return "\x1b[2m";
        case Tone::strong: return "\x1b[1m";
    }
    return "";
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

std::string paint(const Screen& screen, Tone tone, std::string_view text) {
    if (!screen.colours || tone == Tone::plain || text.empty()) return std::string(text);
    return std::string(escape(tone)) + std::string(text) + "\x1b[0m";
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            i = std::min(text.find('m', i), text.size());
        } else if (!continues_character(text[i])) {
            ++count;
        }
    }
    return count;
}

std::string padded(std::string_view text, std::size_t width) {
    const std::size_t filled = columns(text);
    return std::string(text) + std::string(filled < width ? width - filled : 0, ' ');
}

std::string cut(std::string_view text, std::size_t width) {
    if (columns(text) <= width) return std::string(text);
    if (width == 0) return "";
    std::string kept;
    std::size_t count = 0;
    for (const char byte : text) {
        if (!continues_character(byte) && ++count == width) break;
        kept += byte;
    }
    return kept + "~";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    width = std::max(width, wrap_width_min);
    std::vector<std::string> lines;
    std::string current;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        if (!current.empty() && columns(current) + 1 + columns(word) > width) {
            lines.push_back(std::move(current));
            current.clear();
        }
        current += (current.empty() ? "" : " ") + std::string(word);
    }
    if (!current.empty()) lines.push_back(std::move(current));
    return lines;
}

std::string paragraph(std::string_view first, std::string_view text, std::size_t width) {
    const std::size_t indent = columns(first);
    std::string written;
    for (const std::string& line : wrapped(text, width > indent ? width - indent : 0)) {
        written += (written.empty() ? std::string(first) : std::string(indent, ' ')) + line + "\n";
    }
    return written.empty() ? std::string(first) + "\n" : written;
}

Tone tone_of(std::string_view word) {
    const auto among = [&](std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (among({"alive", "fresh", "ok", "good"})) return Tone::good;
    if (among({"lost", "hung", "isolated", "held", "silent", "frozen", "failed"})) return Tone::bad;
    if (among({"left", "fenced", "off"})) return Tone::faint;
    if (among({"degraded", "suspect", "partitioned", "unknown", "late", "blind", "warning"})) {
        return Tone::warning;
    }
    return Tone::plain;
}

}  // namespace inquest::cli
