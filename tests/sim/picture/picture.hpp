// A run as a picture: a lane per node, path states as bands, verdicts as bars, faults as marks.
#pragma once

#include "tests/sim/story/scenario.hpp"
#include "tests/sim/world/watcher.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace inquest::sim {

namespace picture {
class Recording;
}

/// Watches a run and draws it afterwards.
class Picture : public Watcher {
 public:
    explicit Picture(const Scenario& scenario);
    ~Picture() override;

    void happened(const World& world, const Event& event) override;
    void told(const World& world, std::size_t host, const Transition& transition) override;
    void woke(const World& world, std::size_t host) override;

    /// A whole SVG document, without scripts, fonts or images from elsewhere.
    std::string svg() const;

 private:
    std::string name_;
    std::uint64_t seed_;
    std::unique_ptr<picture::Recording> recording_;
};

}  // namespace inquest::sim
