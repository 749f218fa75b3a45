#include "tests/sim/judges/log.hpp"

#include "tests/sim/story/timeline_text.hpp"
#include "tests/sim/world/world.hpp"

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

void Log::line(const World& world, std::size_t host, std::string_view said) {
    text_ += fmt::format("{:>8}s {} {}\n", seconds(world.now()), world.cluster().members[host].name,
                         said);
}

void Log::agreed(const World& world, std::size_t host, const agreement::Action& action) {
    if (const auto* changed = std::get_if<agreement::CoordinatorChanged>(&action)) {
        const auto leads = world.place(changed->coordinator);
        line(world, host,
             fmt::format("coordinator={} term={}",
                         leads ? world.cluster().members[*leads].name : "none", changed->term));
    } else if (const auto* applied = std::get_if<agreement::Applied>(&action)) {
        note_entry(world, host, *applied);
    }
}

void Log::note_entry(const World& world, std::size_t host, const agreement::Applied& applied) {
    if (applied.index <= agreed_) return;
    agreed_ = applied.index;
    const bool boot = std::holds_alternative<IncarnationBegun>(applied.entry.body) &&
                      applied.outcome == EntryRefusal::none;
    if (boot || Clients::made(applied.entry.request)) return;
    const auto by = world.place(applied.entry.asked_by);
    const auto& machines = world.cluster().members;
    const Transition told{.kind = Transition::Kind::agreed,
                          .when = world.host(host).clock().since_boot(world.now()),
                          .observer = machines[host].name,
                          .peer = by ? machines[*by].name : "none",
                          .to = std::string(word(applied.outcome)),
                          .facts = fmt::format("index={}", applied.index),
                          .reason = applied.sentence};
    line(world, host, log_line(told));
    told_.push_back({world.now(), told});
}

void Log::removed(const World& world, std::size_t host, const std::string& word) {
    line(world, host, fmt::format("removed reason=\"{}\"", word));
}

void Log::refused(const World& world, std::size_t host, const std::string& why) {
    line(world, host, fmt::format("does not start reason=\"{}\"", why));
}

void Log::resetting(const World& world, std::size_t host) {
    line(world, host, "reset by its watchdog");
}

void Log::failed(const World& world, const Event& event, const std::string& why) {
    text_ += fmt::format("{:>8}s * {}: refused: {}\n", seconds(world.now()),
                         sim::text(event, world.cluster()), why);
}

void Log::told(const World& world, std::size_t host, const Transition& transition) {
    line(world, host, log_line(transition));
    told_.push_back({world.now(), transition});
}

}  // namespace inquest::sim
