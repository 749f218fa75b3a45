// The judge of fence devices, from what they truly do: nobody loses power but by a condemnation
// that stands, and by no more devices within a window than the guard against storms allows. A
// device that lies is no fault of ours: it is told as the assumption that it breaks.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace inquest::sim {

class FenceOracle : public Watcher {
 public:
    void happened(const World& world, const Event& event) override;
    void agreed(const World& world, std::size_t host, const agreement::Action& action) override;
    void fencing(const World& world, const FenceWork& work) override;

    /// The first break of each of `no-fence-without-condemnation`, `fence-storm` and
    /// `receipt-is-true`.
    const std::vector<Violation>& violations() const { return violations_; }
    /// Assumptions of docs/safety.md that did not hold, a sentence each.
    const std::vector<Violation>& breaches() const { return breaches_; }

 private:
    struct Standing {
        MemberId member;
        std::uint32_t boot_tag = 0;
        std::uint64_t index = 0;
        bool released = false;
        std::uint64_t attempt = 0;  ///< the last that has begun; 0: none
    };
    struct Cut {
        std::uint64_t condemnation = 0;
        Moment when{};
    };

    Standing* standing(std::uint64_t condemnation);
    void judge_answer(const World& world, const FenceAnswered& answered);
    void broken(const World& world, std::string rule, std::string what);

    std::vector<Standing> condemned_;
    std::vector<Cut> cuts_;
    bool clocks_err_ = false;
    std::uint64_t told_of_ = 0;  ///< the newest entry that was looked at
    std::vector<Violation> violations_;
    std::vector<Violation> breaches_;
};

}  // namespace inquest::sim
