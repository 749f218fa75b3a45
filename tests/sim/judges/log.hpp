// The log of a run: one line for each transition, as the daemon's journal has it, and one for each
// fault of the timeline. expect.log holds it; two runs of one seed make the same.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// `   12.345s n1 peer=n2 verdict=suspect->lost reason="..."`
/// `   12.345s n1 coordinator=n2 term=4`
class Log : public Watcher {
 public:
    void happened(const World& world, const Event& event) override;
    void left_out(const World& world, const Event& event) override;
    void told(const World& world, std::size_t host, const Transition& transition) override;
    void coordinates(const World& world, std::size_t host, const Coordinator& coordinator) override;

    const std::string& text() const { return text_; }
    const std::vector<Told>& told() const { return told_; }

 private:
    std::string text_;
    std::vector<Told> told_;
};

/// A moment as the log writes it: seconds with three decimals.
std::string seconds(Moment moment);

}  // namespace inquest::sim
