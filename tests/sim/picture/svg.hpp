// SVG elements as text: escaped, with fixed decimals, the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::sim {

/// Text as XML may hold it, in an element or in a quoted attribute. What is no character of XML
/// becomes a question mark.
std::string escaped(std::string_view text);

/// In pixels, from the upper left.
struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
};

struct Stroke {
    std::string_view colour = "#000000";
    double width = 1;
    std::string_view dashes = {};  ///< as SVG writes them; empty: none
    double opacity = 1;
};

struct Font {
    double size = 11;
    std::string_view colour = "#222222";
    enum class Weight : std::uint8_t { normal, bold } weight = Weight::normal;
    enum class Anchor : std::uint8_t { start, middle, end } anchor = Anchor::start;
    /// A white rim keeps words readable on whatever they stand.
    enum class Halo : std::uint8_t { none, white } halo = Halo::none;
};

/// Room for a text of this size in a wide sans-serif, rather too much than too little.
double text_width(std::string_view text, const Font& font);

/// The text, or as much of its beginning as has room, with an ellipsis.
std::string shortened(std::string_view text, const Font& font, double room);

/// A piece of a document. `hint` is what a browser shows under the pointer; empty: nothing.
class Svg {
 public:
    void box(const Box& box, std::string_view fill, std::string_view hint = {});
    void line(double x1, double y1, double x2, double y2, const Stroke& stroke);
    void disc(double x, double y, double radius, std::string_view fill);
    void diamond(double x, double y, double radius, std::string_view hint = {});
    void text(double x, double y, std::string_view words, const Font& font);
    /// All that follows until close() belongs together, under this name.
    void open(std::string_view name);
    void close();

    void append(const Svg& piece) { content_ += piece.content_; }
    /// The whole document: white, with these dimensions; `defs` are patterns, as SVG.
    std::string document(double width, double height, std::string_view title,
                         std::string_view defs) const;

 private:
    void end(std::string_view element, std::string_view hint);

    std::string content_;
};

}  // namespace inquest::sim
