#include "tests/sim/swarm/swarm.hpp"

#include "tests/sim/judges/run.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace inquest::sim {
namespace {

struct Result {
    Scenario scenario;
    Outcome outcome;
};

Result run_seed(const SwarmOrder& order, std::uint64_t number) {
    Result result{.scenario = draw(order.first + number, order.drawing), .outcome = {}};
    result.outcome = run(result.scenario, order.authentication);
    return result;
}

/// Hands out numbers, and takes results back in their order. Nobody runs far ahead of the slowest,
/// so that few results wait.
class Desk {
 public:
    Desk(std::uint64_t numbers, std::uint64_t ahead) : numbers_(numbers), ahead_(ahead) {}

    /// The next number to run; false where there is none.
    bool next(std::uint64_t& number) {
        std::unique_lock lock(mutex_);
        moved_.wait(lock, [&] { return given_ >= numbers_ || given_ < taken_ + ahead_; });
        if (given_ >= numbers_) return false;
        number = given_++;
        return true;
    }

    void put(std::uint64_t number, Result result) {
        const std::scoped_lock lock(mutex_);
        results_.emplace(number, std::move(result));
        moved_.notify_all();
    }

    /// The result that is next in order.
    Result take() {
        std::unique_lock lock(mutex_);
        moved_.wait(lock, [&] { return results_.count(taken_) > 0; });
        Result result = std::move(results_.extract(taken_).mapped());
        ++taken_;
        moved_.notify_all();
        return result;
    }

 private:
    std::mutex mutex_;
    std::condition_variable moved_;
    std::map<std::uint64_t, Result> results_;
    std::uint64_t numbers_;
    std::uint64_t ahead_;
    std::uint64_t given_ = 0;
    std::uint64_t taken_ = 0;
};

}  // namespace

void swarm(const SwarmOrder& order,
           const std::function<void(const Scenario&, const Outcome&)>& take) {
    const unsigned jobs = std::max(1U, order.jobs);
    Desk desk(order.seeds, 4ULL * jobs);
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < jobs; ++i) {
        workers.emplace_back([&] {
            std::uint64_t number = 0;
            while (desk.next(number)) desk.put(number, run_seed(order, number));
        });
    }
    for (std::uint64_t number = 0; number < order.seeds; ++number) {
        const Result result = desk.take();
        take(result.scenario, result.outcome);
    }
}

}  // namespace inquest::sim
