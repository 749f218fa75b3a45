// The margin of a timeline: what is wrong with its lines is noted there, all of it at once.
#pragma once

#include "heartbeat/config/complaint.hpp"

#include <string>
#include <string_view>

namespace inquest::sim {

class Margin {
 public:
    explicit Margin(std::string file) : file_(std::move(file)) {}

    /// `key` is the verb or header word. What is not plain text becomes `?`, for it ends on a
    /// terminal.
    void note(int line, std::string_view key, std::string what, std::string remedy);

    bool clean() const { return complaints_.empty(); }
    /// So much is wrong that nobody reads on.
    bool full() const { return complaints_.size() >= complaints_max; }

    /// By line.
    config::Complaints take();

 private:
    static constexpr std::size_t complaints_max = 100;

    std::string file_;
    config::Complaints complaints_;
};

/// A word of the file as messages show it: no longer than a line bears.
std::string shown(std::string_view word);

}  // namespace inquest::sim
