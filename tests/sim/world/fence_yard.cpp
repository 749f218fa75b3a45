#include "tests/sim/world/fence_yard.hpp"

#include <algorithm>
#include <utility>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// From the order to the machine without power and the answer, where all is well.
constexpr Duration switching = 5ms;

}  // namespace

void FenceYard::be_faulty(std::size_t target, const std::string& device, Fault fault) {
    faulty_.push_back({target, device, fault});
}

void FenceYard::be_slow(std::size_t target, Duration by) { slow_.push_back({target, by}); }

bool FenceYard::is(std::size_t target, const std::string& device, Fault fault) const {
    return std::any_of(faulty_.begin(), faulty_.end(), [&](const Faulty& each) {
        return each.target == target && each.fault == fault &&
               (each.device.empty() || each.device == device);
    });
}

Duration FenceYard::takes(std::size_t target) const {
    Duration all = switching;
    for (const Slow& slow : slow_) {
        if (slow.target == target) all = switching + slow.by;
    }
    return all;
}

std::uint32_t FenceYard::begin(FenceWork work) {
    works_.push_back(std::move(work));
    return static_cast<std::uint32_t>(works_.size() - 1);
}

void FenceYard::drop(std::size_t by, std::uint32_t run, const agreement::FenceOrderId& id) {
    for (FenceWork& work : works_) {
        if (work.by == by && work.run == run && work.order.id == id) work.dropped = true;
    }
}

}  // namespace inquest::sim
