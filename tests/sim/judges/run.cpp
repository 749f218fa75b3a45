#include "tests/sim/judges/run.hpp"

#include "tests/sim/judges/expectations.hpp"
#include "tests/sim/judges/fence_oracle.hpp"
#include "tests/sim/judges/guest_oracle.hpp"
#include "tests/sim/judges/invariants.hpp"
#include "tests/sim/judges/lease_oracle.hpp"
#include "tests/sim/judges/ledger_oracle.hpp"
#include "tests/sim/judges/log.hpp"
#include "tests/sim/world/world.hpp"

#include <algorithm>

namespace inquest::sim {

Outcome run(const Scenario& scenario, Authentication authentication,
            const std::vector<Watcher*>& more) {
    Log log;
    Oracle oracle(scenario.cluster);
    LedgerOracle ledgers(authentication);
    LeaseOracle leases(scenario.cluster.members.size());
    GuestOracle guests;
    FenceOracle fences;
    Expectations expectations;
    std::vector<Watcher*> watchers{&log,    &oracle, &ledgers,     &leases,
                                   &guests, &fences, &expectations};
    watchers.insert(watchers.end(), more.begin(), more.end());

    World world(
        {scenario.cluster, scenario.outside, scenario.furniture.vms, scenario.seed, authentication},
        std::move(watchers));
    // What happens at the first instant comes before any node: one powered off then never ran.
    world.plan(scenario.events);
    world.power_on_all();
    world.run(dawn + scenario.length);

    Outcome outcome{.violations = oracle.violations(),
                    .breaches = fences.breaches(),
                    .told = log.told(),
                    .log = log.text(),
                    .counts = world.counts(),
                    .post = world.post(),
                    .ended = world.now()};
    for (const auto* more_of_them :
         {&ledgers.violations(), &leases.violations(), &guests.violations(), &fences.violations(),
          &expectations.violations()}) {
        outcome.violations.insert(outcome.violations.end(), more_of_them->begin(),
                                  more_of_them->end());
    }
    outcome.acknowledged = ledgers.acknowledged();
    std::stable_sort(outcome.violations.begin(), outcome.violations.end(),
                     [](const Violation& a, const Violation& b) { return a.when < b.when; });
    return outcome;
}

}  // namespace inquest::sim
