// The sentences of an explanation: pure functions from findings to words.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/explanation.hpp"
#include "heartbeat/core/path_state.hpp"
#include "heartbeat/core/roster.hpp"
#include "heartbeat/core/verdict.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inquest {

std::string join(const std::vector<std::string>& words, std::string_view between);
/// `nobody`, `n1`, `n1 and n2`, `n1, n2 and n3`.
std::string listing(const std::vector<std::string>& words);
std::vector<std::string> names(const FixedVector<std::uint8_t, members_max>& places,
                               const Roster& roster);

/// One path as its observer sees it.
Explanation explain_cell(const Cell& cell, const std::string& path, const std::string& detail);
/// What a witness says; `made` is what its view said, `now` what that is worth by now.
std::string_view testimony_words(Testimony now, Testimony made);
/// The rule that makes this verdict of this finding.
std::string rule_of(const Finding& finding, Verdict verdict, const Timing& timing);
/// What would have changed the verdict.
std::vector<std::string> changers(const Finding& finding, Verdict verdict, const std::string& name,
                                  const Roster& roster, const Timing& timing);
/// The verdict in one sentence; `degraded` has one of its own, with the fault in it.
std::string headline(const Finding& finding, Verdict verdict, const std::string& name,
                     const Roster& roster);
std::string degraded_headline(const std::string& name, const std::string& faults, bool well,
                              const Timing& timing);
Explanation explain_last_beat(std::optional<Instant> last, const std::string& name, Instant now);
/// What follows from the loss of a node, and when; in a cluster that is not armed, what would.
Explanation explain_failover(Instant due, const Timing& timing, bool armed, Instant now);

}  // namespace inquest
