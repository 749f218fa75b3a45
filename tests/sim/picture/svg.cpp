#include "tests/sim/picture/svg.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

/// Of the font's size: DejaVu Sans, the widest of the usual ones, has about this.
constexpr double letter_width = 0.59;
constexpr double bold_letter_width = 0.64;

/// Bytes of the UTF-8 character at the front; 0: it is none, or one that XML forbids.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) {
        const bool space = byte(0) == '\t' || byte(0) == '\n' || byte(0) == '\r';
        return byte(0) >= 0x20 || space ? 1 : 0;
    }
    const std::size_t bytes = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < bytes) return 0;
    unsigned code = byte(0) & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = (code << 6) | (byte(i) & 0x3fU);
    }
    constexpr unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool forbidden = code == 0xfffe || code == 0xffff || code > 0x10ffff;
    return code < smallest[bytes] || surrogate || forbidden ? 0 : bytes;
}

/// Calls `take` with each character, or with nothing where there is none.
template <typename Take>
void each_character(std::string_view text, Take&& take) {
    while (!text.empty()) {
        const std::size_t bytes = character_bytes(text);
        take(text.substr(0, bytes));
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
}

std::string_view anchor(Font::Anchor anchor) {
    switch (anchor) {
        case Font::Anchor::start: return "start";
        case Font::Anchor::middle: return "middle";
        case Font::Anchor::end: return "end";
    }
    return "start";
}

double letter(const Font& font) {
    return font.size * (font.weight == Font::Weight::bold ? bold_letter_width : letter_width);
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string result;
    each_character(text, [&](std::string_view character) {
        if (character.empty())
            result += '?';
        else if (character == "&")
            result += "&amp;";
        else if (character == "<")
            result += "&lt;";
        else if (character == ">")
            result += "&gt;";
        else if (character == "\"")
            result += "&quot;";
        else if (character == "'")
            result += "&#39;";
        else
            result += character;
    });
    return result;
}

double text_width(std::string_view text, const Font& font) {
    int characters = 0;
    each_character(text, [&](std::string_view) { ++characters; });
    return characters * letter(font);
}

std::string shortened(std::string_view text, const Font& font, double room) {
    if (text_width(text, font) <= room) return std::string(text);
    const int most = std::max(0, static_cast<int>(room / letter(font)) - 1);
    std::string result;
    int characters = 0;
    each_character(text, [&](std::string_view character) {
        if (characters++ < most) result += character.empty() ? "?" : character;
    });
    return result + "\u2026";
}

void Svg::end(std::string_view element, std::string_view hint) {
    if (hint.empty())
        content_ += "/>\n";
    else
        content_ += fmt::format("><title>{}</title></{}>\n", escaped(hint), element);
}

void Svg::box(const Box& box, std::string_view fill, std::string_view hint) {
    content_ +=
        fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}")",
                    box.x, box.y, box.width, box.height, fill);
    end("rect", hint);
}

void Svg::line(double x1, double y1, double x2, double y2, const Stroke& stroke) {
    content_ += fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}")"
                            R"( stroke="{}" stroke-width="{:.1f}")",
                            x1, y1, x2, y2, stroke.colour, stroke.width);
    if (!stroke.dashes.empty()) content_ += fmt::format(R"( stroke-dasharray="{}")", stroke.dashes);
    if (stroke.opacity < 1) content_ += fmt::format(R"( stroke-opacity="{:.2f}")", stroke.opacity);
    end("line", {});
}

void Svg::disc(double x, double y, double radius, std::string_view fill) {
    content_ +=
        fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{}")", x, y, radius, fill);
    end("circle", {});
}

void Svg::diamond(double x, double y, double radius, std::string_view hint) {
    content_ +=
        fmt::format(R"(<path d="M{0:.1f} {2:.1f}L{3:.1f} {1:.1f}L{0:.1f} {4:.1f}L{5:.1f} {1:.1f}Z")"
                    R"( fill="#000000" stroke="#ffffff" stroke-width="1.5")",
                    x, y, y - radius, x + radius, y + radius, x - radius);
    end("path", hint);
}

void Svg::text(double x, double y, std::string_view words, const Font& font) {
    content_ += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" font-size="{:.1f}" fill="{}")", x, y,
                            font.size, font.colour);
    if (font.anchor != Font::Anchor::start)
        content_ += fmt::format(R"( text-anchor="{}")", anchor(font.anchor));
    if (font.weight == Font::Weight::bold) content_ += R"( font-weight="bold")";
    if (font.halo == Font::Halo::white)
        content_ += R"( stroke="#ffffff" stroke-width="3" stroke-linejoin="round")"
                    R"( paint-order="stroke")";
    content_ += fmt::format(">{}</text>\n", escaped(words));
}

void Svg::open(std::string_view name) {
    content_ += fmt::format("<g><title>{}</title>\n", escaped(name));
}

void Svg::close() { content_ += "</g>\n"; }

std::string Svg::document(double width, double height, std::string_view title,
                          std::string_view defs) const {
    return fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>)"
                       "\n"
                       R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}")"
                       R"( viewBox="0 0 {0:.0f} {1:.0f}" font-family="sans-serif">)"
                       "\n<title>{2}</title>\n<defs>{3}</defs>\n"
                       R"(<rect x="0" y="0" width="{0:.0f}" height="{1:.0f}" fill="#ffffff"/>)"
                       "\n{4}</svg>\n",
                       width, height, escaped(title), defs, content_);
}

}  // namespace inquest::sim
