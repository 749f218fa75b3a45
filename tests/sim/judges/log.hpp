// The log of a run: one line for each transition, as the daemon's journal has it, and one for each
// fault of the timeline. expect.log holds it; two runs of one seed make the same.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::sim {

/// `   12.345s n1 peer=n2 verdict=suspect->lost reason="..."`
/// `   12.345s n1 coordinator=n2 term=4`
/// `   12.345s n1 peer=n2 agreed=accepted index=17 reason="removed n4"`
///
/// What was agreed is told once, by the member that applied it first; boots and what clients ask
/// all along are left out.
class Log : public Watcher {
 public:
    void happened(const World& world, const Event& event) override;
    void left_out(const World& world, const Event& event) override;
    void told(const World& world, std::size_t host, const Transition& transition) override;
    void agreed(const World& world, std::size_t host, const agreement::Action& action) override;
    void removed(const World& world, std::size_t host, const std::string& word) override;
    void refused(const World& world, std::size_t host, const std::string& why) override;
    void resetting(const World& world, std::size_t host) override;
    void failed(const World& world, const Event& event, const std::string& why) override;

    const std::string& text() const { return text_; }
    const std::vector<Told>& told() const { return told_; }

 private:
    void line(const World& world, std::size_t host, std::string_view said);
    void note_entry(const World& world, std::size_t host, const agreement::Applied& applied);

    std::string text_;
    std::uint64_t agreed_ = 0;  ///< the highest place that has been told
    std::vector<Told> told_;
};

/// A moment as the log writes it: seconds with three decimals.
std::string seconds(Moment moment);

}  // namespace inquest::sim
