// Words on one row of bars, so that none stands on another, and none on a bar that it does not
// name.
#pragma once

#include "tests/sim/picture/svg.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim::picture {

/// What is to be written at a bar, or at a mark (whose `from` and `to` are the same).
struct Label {
    double from = 0;
    double to = 0;
    std::vector<std::string> words;  ///< the best first, then shorter ones
    Font font;
    int rank = 0;  ///< the highest is placed first
    enum class Room : std::uint8_t {
        inside,  ///< in its own bar or nowhere
        beside,  ///< or after it with an arrow, where no other bar is that means something
        free,    ///< after `from`, or before it, wherever no words are
        exact,   ///< at `from` or nowhere
    } room = Room::inside;
};

class Labels {
 public:
    Labels(double left, double right) : left_(left), right_(right) {}

    void wish(Label label) { wishes_.push_back(std::move(label)); }
    /// No words here.
    void block(double from, double to) { taken_.push_back({from, to}); }
    /// A bar that means something: only its own words may stand on it.
    void bar(double from, double to) { bars_.push_back({from, to}); }
    /// Draws all that find a place.
    void draw(Svg& svg, double baseline);

 private:
    struct Taken {
        double from;
        double to;
    };
    bool place(Svg& svg, double baseline, const Label& label, const std::string& words);
    bool inside(Svg& svg, double baseline, const Label& label, const std::string& words);
    bool write(Svg& svg, double baseline, double x, const std::string& words, const Font& font);
    bool near(Svg& svg, double baseline, const Label& label, const std::string& words);
    bool before(Svg& svg, double baseline, const Label& label);
    bool is_free(double from, double to) const;
    bool stands_on_bar(double from, double to) const;
    double first_free(double from, double width) const;

    double left_;
    double right_;
    std::vector<Label> wishes_;
    std::vector<Taken> taken_;
    std::vector<Taken> bars_;
};

}  // namespace inquest::sim::picture
