// `inquest-sim run`: scenarios, one after the other.
#include "tests/sim/judges/difference.hpp"
#include "tests/sim/judges/run.hpp"
#include "tests/sim/orders.hpp"
#include "tests/sim/picture/picture.hpp"
#include "tests/sim/run_text.hpp"
#include "tests/sim/story/load.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

namespace inquest::sim {
namespace {

void print_complaints(const config::Complaints& complaints) {
    for (const config::Complaint& complaint : complaints) {
        if (complaint.severity == config::Severity::error)
            fmt::print(stderr, "inquest-sim: {}\n", to_string(complaint));
    }
}

/// All of them, or none: a bad file runs nothing.
std::optional<std::vector<Loaded>> load_all(const RunOrder& order) {
    std::vector<Loaded> all;
    bool sound = true;
    for (const std::string& path : order.scenarios) {
        auto loaded = load(path);
        if (!loaded) {
            print_complaints(loaded.error());
            sound = false;
            continue;
        }
        if (order.seed) loaded->scenario.seed = *order.seed;
        all.push_back(std::move(*loaded));
    }
    if (!sound) return std::nullopt;
    return all;
}

bool write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (file.good()) return true;
    fmt::print(stderr, "inquest-sim: {}: cannot be written: check the folder and its space\n",
               path.string());
    return false;
}

/// What is wrong with the log against expect.log; empty where nothing is.
std::string log_fault(const Loaded& loaded, const Outcome& outcome) {
    if (loaded.form == Loaded::Form::bare) return "";
    if (!loaded.expected)
        return "  there is no expect.log: look at the log (--log), then run with --rewrite\n";
    const std::string differs = difference(*loaded.expected, outcome.log);
    return differs.empty()
               ? ""
               : "  the log is not as expect.log says (-: expected, +: got):\n" + differs;
}

bool rewrite(const Loaded& loaded, const Outcome& outcome) {
    if (loaded.form == Loaded::Form::bare) {
        fmt::print(stderr, "inquest-sim: {}: a bare timeline has no expect.log to rewrite\n",
                   loaded.scenario.name);
        return false;
    }
    if (loaded.expected == outcome.log) return true;
    fmt::print("{}: expect.log {}:\n{}", loaded.scenario.name,
               loaded.expected ? "changes" : "is new",
               difference(loaded.expected.value_or(""), outcome.log));
    return write_file(loaded.log_path, outcome.log);
}

struct Totals {
    double simulated_s = 0;
    World::Counts counts;
    std::uint64_t authenticated = 0;

    void add(const Outcome& outcome) {
        simulated_s += std::chrono::duration<double>(outcome.ended.time_since_epoch()).count();
        counts.steps += outcome.counts.steps;
        counts.datagrams += outcome.counts.datagrams;
        authenticated += outcome.post.authenticated;
    }
};

class Runner {
 public:
    Runner(const RunOrder& order, Authentication authentication)
        : order_(order), authentication_(authentication) {}

    void run(const Loaded& loaded);
    int end() const;

 private:
    const RunOrder& order_;
    Authentication authentication_;
    Totals totals_;
    int held_ = 0;
    int broke_ = 0;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void Runner::run(const Loaded& loaded) {
    Picture picture(loaded.scenario);
    std::vector<Watcher*> watchers;
    if (!order_.svg.empty()) watchers.push_back(&picture);
    const Outcome outcome = sim::run(loaded.scenario, authentication_, watchers);
    totals_.add(outcome);

    std::string faults = violations_text(outcome);
    bool good = outcome.violations.empty();
    if (order_.rewrite) {
        good = rewrite(loaded, outcome) && good;
    } else if (const std::string fault = log_fault(loaded, outcome); !fault.empty()) {
        faults += fault;
        good = false;
    }
    if (!order_.svg.empty()) good = write_file(order_.svg, picture.svg()) && good;
    ++(good ? held_ : broke_);
    if (order_.json) {
        fmt::print("{}\n", outcome_json(loaded.scenario, outcome));
        if (!good) fmt::print(stderr, "inquest-sim: {}:\n{}", loaded.scenario.name, faults);
        return;
    }
    if (order_.log) fmt::print("{}", outcome.log);
    fmt::print("{} {}\n{}{}", good ? "ok    " : "FAILED", loaded.scenario.name, faults,
               breaches_text(outcome));
}

int Runner::end() const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began_;
    if (order_.figures) {
        fmt::print(stderr, "{}",
                   figures(totals_.simulated_s, wall.count(), totals_.counts.steps,
                           totals_.counts.datagrams, totals_.authenticated));
    }
    if (!order_.json) {
        fmt::print("{}{} held, {} did not\n", vacuous_text(), held_, broke_);
    }
    return broke_ == 0 ? exit_held : exit_broke;
}

}  // namespace

int run_scenarios(const RunOrder& order, Authentication authentication) {
    if (!order.svg.empty() && order.scenarios.size() != 1) {
        fmt::print(stderr, "inquest-sim: --svg: draws one run: name one scenario\n");
        return exit_usage;
    }
    const auto all = load_all(order);
    if (!all) return exit_usage;
    Runner runner(order, authentication);
    for (const Loaded& loaded : *all) runner.run(loaded);
    return runner.end();
}

}  // namespace inquest::sim
