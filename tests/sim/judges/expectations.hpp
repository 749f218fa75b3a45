// The timeline's own questions: `expect` and `never`.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim {

class Expectations : public Watcher {
 public:
    void happened(const World& world, const Event& event) override;
    void left_out(const World& world, const Event& event) override;
    void told(const World& world, std::size_t host, const Transition& transition) override;
    void agreed(const World& world, std::size_t host, const agreement::Action& action) override;

    const std::vector<Violation>& violations() const { return violations_; }

 private:
    struct Said {
        std::size_t observer;
        std::string peer;
        std::string word;
        Moment when;
    };

    void note(Said said);
    void expect(const World& world, const Event& event, std::size_t node);
    void never_said(const World& world, const Event& event, std::size_t node);
    void violate(const World& world, const Event& event, std::string rule, std::string what);

    std::vector<Said> said_;  ///< every verdict and record, once
    std::vector<Violation> violations_;
};

}  // namespace inquest::sim
