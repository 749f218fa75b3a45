#include "tests/sim/judges/log.hpp"

#include "tests/sim/story/timeline_text.hpp"

#include <fmt/format.h>

namespace inquest::sim {

std::string seconds(Moment moment) {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
    return fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

void Log::happened(const World& world, const Event& event) {
    if (!is_fault(event.verb)) return;
    text_ += fmt::format("{:>8}s * {}\n", seconds(world.now()), sim::text(event, world.cluster()));
}

void Log::left_out(const World& world, const Event& event) {
    if (!is_fault(event.verb)) return;
    text_ += fmt::format("{:>8}s * {}: nobody leads\n", seconds(world.now()),
                         sim::text(event, world.cluster()));
}

void Log::coordinates(const World& world, std::size_t host, const Coordinator& coordinator) {
    text_ += fmt::format("{:>8}s {} {}\n", seconds(world.now()), world.cluster().members[host].name,
                         log_line(coordinator, world.cluster()));
}

void Log::told(const World& world, std::size_t host, const Transition& transition) {
    text_ += fmt::format("{:>8}s {} {}\n", seconds(world.now()), world.cluster().members[host].name,
                         log_line(transition));
    told_.push_back({world.now(), transition});
}

}  // namespace inquest::sim
