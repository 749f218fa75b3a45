// The whole picture: title, axis, the strip of faults, the lanes, the legend.
#pragma once

#include "tests/sim/picture/recording.hpp"
#include "tests/sim/picture/scale.hpp"
#include "tests/sim/picture/svg.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace inquest::sim::picture {

class Page {
 public:
    Page(const std::string& name, std::uint64_t seed, const Recording& recording);

    std::string document();

 private:
    struct StripRow {
        double taken_from;
        double taken_to;
    };

    void title();
    void axis();
    void strip();
    void trouble(std::size_t number);
    double strip_row(double from, double to);
    void lanes();
    void shade(double top, double bottom);
    void grid(double top, double bottom);
    void marks(double bottom);
    void legend();
    double legend_word(double x, const std::string& words);
    std::string when(const Trouble& trouble) const;
    Duration end_of(const Trouble& trouble) const;

    const std::string& name_;
    std::uint64_t seed_;
    const Recording& recording_;
    Scale scale_;
    Svg under_;  ///< behind everything: shades, grid, the lines of the faults
    Svg over_;
    double y_ = 0;
    double strip_top_ = 0;
    std::vector<std::vector<StripRow>> strip_rows_;
    std::vector<double> trouble_y_;  ///< where each trouble's disc is
};

}  // namespace inquest::sim::picture
