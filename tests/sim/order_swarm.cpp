// `inquest-sim swarm` and `draw`.
#include "tests/sim/orders.hpp"
#include "tests/sim/run_text.hpp"
#include "tests/sim/story/timeline_text.hpp"
#include "tests/sim/swarm/swarm.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

namespace inquest::sim {
namespace {

constexpr int nodes_limit = 32;
constexpr double minutes_min = 0.05;
constexpr double minutes_max = 600;

/// `5` or `3..7`.
std::optional<Drawing> drawing_of(const SeedsOrder& order) {
    Drawing drawing;
    const char* const end = order.nodes.data() + order.nodes.size();
    auto read = std::from_chars(order.nodes.data(), end, drawing.nodes_min);
    drawing.nodes_max = drawing.nodes_min;
    const bool range =
        read.ec == std::errc() && end - read.ptr > 2 && read.ptr[0] == '.' && read.ptr[1] == '.';
    if (range) read = std::from_chars(read.ptr + 2, end, drawing.nodes_max);
    const bool sound = read.ec == std::errc() && read.ptr == end && drawing.nodes_min >= 2 &&
                       drawing.nodes_min <= drawing.nodes_max && drawing.nodes_max <= nodes_limit;
    if (!sound) {
        fmt::print(stderr, "inquest-sim: --nodes {}: 2 to {}, or a range: say 3..7\n", order.nodes,
                   nodes_limit);
        return std::nullopt;
    }
    // Asked this way round, because "nan" compares with nothing.
    if (!(order.minutes >= minutes_min && order.minutes <= minutes_max)) {
        fmt::print(stderr, "inquest-sim: --minutes {}: {} to {}\n", order.minutes, minutes_min,
                   minutes_max);
        return std::nullopt;
    }
    drawing.length =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(order.minutes * 60));
    return drawing;
}

/// The seed's shrunken timeline into a file, for `inquest-sim run`.
void keep(const SeedsOrder& order, const Scenario& scenario, const Outcome& outcome) {
    const Scenario small = shrink(scenario, outcome);
    std::error_code ignored;
    std::filesystem::create_directories(order.keep, ignored);
    const auto path = std::filesystem::path(order.keep) / (scenario.name + ".timeline");
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << fmt::format("# {} of inquest-sim {}, commit {}, shrunk from {} events to {}\n",
                        scenario.name, INQUEST_VERSION, INQUEST_COMMIT, scenario.events.size(),
                        small.events.size())
         << fmt::format("# breaks: {}: {}\n", outcome.violations.front().rule,
                        outcome.violations.front().what)
         << text(small);
    file.close();
    if (file.good())
        fmt::print(stderr, "  again: inquest-sim run {}\n", path.string());
    else
        fmt::print(stderr, "inquest-sim: {}: cannot be written: the whole timeline follows\n{}",
                   path.string(), text(small));
}

class Tally {
 public:
    explicit Tally(const SeedsOrder& order) : order_(order) {}

    void take(const Scenario& scenario, const Outcome& outcome) {
        simulated_s_ += std::chrono::duration<double>(outcome.ended.time_since_epoch()).count();
        steps_ += outcome.counts.steps;
        datagrams_ += outcome.counts.datagrams;
        authenticated_ += outcome.post.authenticated;
        if (order_.trace) {
            fmt::print("{}", trace(scenario, outcome));
        }
        if (outcome.violations.empty()) return;
        ++broken_;
        fmt::print(stderr, "FAILED {} (commit {})\n{}", scenario.name, INQUEST_COMMIT,
                   violations_text(outcome));
        // The first few are worth a person's time, and shrinking takes some.
        if (broken_ <= kept_max) keep(order_, scenario, outcome);
    }

    int end(double wall_s) const {
        fmt::print(stderr, "{}", figures(simulated_s_, wall_s, steps_, datagrams_, authenticated_));
        if (!order_.trace) {
            fmt::print("{}{} seeds from {}: {} broke an invariant\n", vacuous_text(), order_.seeds,
                       order_.from, broken_);
        }
        return broken_ == 0 ? exit_held : exit_broke;
    }

 private:
    static std::string trace(const Scenario& scenario, const Outcome& outcome) {
        return fmt::format("{} digest={:016x} steps={} datagrams={}\n{}", scenario.name,
                           outcome.counts.digest, outcome.counts.steps, outcome.counts.datagrams,
                           outcome.log);
    }

    static constexpr int kept_max = 5;

    const SeedsOrder& order_;
    double simulated_s_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t datagrams_ = 0;
    std::uint64_t authenticated_ = 0;
    int broken_ = 0;
};

}  // namespace

int run_swarm(const SeedsOrder& order, Authentication authentication) {
    const auto drawing = drawing_of(order);
    if (!drawing) return exit_usage;
    const auto began = std::chrono::steady_clock::now();
    Tally tally(order);
    swarm({order.from, order.seeds, order.jobs, *drawing, authentication},
          [&](const Scenario& scenario, const Outcome& outcome) { tally.take(scenario, outcome); });
    return tally.end(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

int draw_one(const SeedsOrder& order) {
    const auto drawing = drawing_of(order);
    if (!drawing) return exit_usage;
    fmt::print("{}", text(draw(order.from, *drawing)));
    return exit_held;
}

}  // namespace inquest::sim
