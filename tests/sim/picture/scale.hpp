// Where a time stands in the picture, and how it is written.
#pragma once

#include "heartbeat/base/time.hpp"

#include <string>

namespace inquest::sim::picture {

class Scale {
 public:
    /// Pre: length > 0.
    Scale(double left, double right, Duration length)
        : left_(left), right_(right), length_(length) {}

    double left() const { return left_; }
    double right() const { return right_; }
    double x(Duration when) const;
    /// Between two ticks of the axis: a round time that leaves room for its words.
    Duration tick() const;
    /// `2.5 s`; in a run of more than two minutes `1:05`.
    std::string words(Duration when) const;

 private:
    double left_;
    double right_;
    Duration length_;
};

/// Seconds without needless zeros: `2.5 s`, `-0.25 s`.
std::string seconds_words(Duration length);

}  // namespace inquest::sim::picture
