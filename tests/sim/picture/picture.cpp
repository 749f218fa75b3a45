#include "tests/sim/picture/picture.hpp"

#include "tests/sim/picture/page.hpp"
#include "tests/sim/picture/recording.hpp"

namespace inquest::sim {

Picture::Picture(const Scenario& scenario)
    : name_(scenario.name),
      seed_(scenario.seed),
      recording_(std::make_unique<picture::Recording>(scenario.cluster, scenario.length)) {}

Picture::~Picture() = default;

void Picture::happened(const World& world, const Event& event) {
    recording_->happened(world, event);
}

void Picture::told(const World& world, std::size_t host, const Transition& transition) {
    recording_->told(world, host, transition);
}

void Picture::woke(const World& world, std::size_t) { recording_->look(world); }

std::string Picture::svg() const { return picture::Page(name_, seed_, *recording_).document(); }

}  // namespace inquest::sim
