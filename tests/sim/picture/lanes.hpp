// The lanes: what each observer says of the others, and how it fares itself.
#pragma once

#include "tests/sim/picture/labels.hpp"
#include "tests/sim/picture/recording.hpp"
#include "tests/sim/picture/rows.hpp"
#include "tests/sim/picture/scale.hpp"
#include "tests/sim/picture/svg.hpp"

#include <string>
#include <vector>

namespace inquest::sim::picture {

class LanePainter {
 public:
    /// All three must outlive the painter.
    LanePainter(const Recording& recording, const Scale& scale, Svg& svg)
        : recording_(recording), scale_(scale), svg_(svg) {}

    /// Each answers where the next thing may begin, below.
    double lane(const LaneRows& rows, double y);
    /// One line for the observers that have seen nothing.
    double quiet_lanes(const std::vector<std::size_t>& observers, double y);

 private:
    double lane_title(const std::vector<std::size_t>& observers, double y);
    double head(const std::vector<std::size_t>& observers, double y);
    void note_stalls(const Lane& lane, Labels& labels, double y);
    void note_faults(Labels& labels) const;
    double row(const std::vector<std::size_t>& observers, const Row& row, double y);
    void verdict_bar(const std::vector<std::size_t>& observers, const Row& row, double y);
    void note_verdicts(const std::vector<std::size_t>& observers, const Row& row,
                       Labels& labels) const;
    void mark_failovers(const std::vector<std::size_t>& observers, const Row& row, Labels& labels,
                        double y);
    double path_band(const std::vector<std::size_t>& observers, const Row& row,
                     const std::vector<std::size_t>& paths, double y);
    double quiet_row(const std::string& gutter, const std::string& words,
                     const std::vector<std::size_t>& observers, double y);
    void keep_off_mute(std::size_t observer, Labels& labels) const;
    void mute(std::size_t observer, double top, double bottom);

    const std::string& name(std::size_t place) const {
        return recording_.cluster().members[place].name;
    }
    std::string listed(const std::vector<std::size_t>& places) const;
    /// `n2, n3`; of many: `all others but n4`; of several observers among themselves: `each other`.
    std::string names(const std::vector<std::size_t>& observers,
                      const std::vector<std::size_t>& peers) const;
    std::string others(const std::vector<std::size_t>& places, const std::string& all) const;
    bool shares(std::size_t observer, const Row& row, std::size_t path) const;

    const Recording& recording_;
    const Scale& scale_;
    Svg& svg_;
};

/// Left of everything.
inline constexpr double page_margin = 14;

}  // namespace inquest::sim::picture
