#include "tests/sim/judges/client_history.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {

void ClientHistory::asked(const ClusterEntry& entry) {
    requests_.try_emplace(entry.request, Request{.body = entry.body, .floor = highest_});
}

void ClientHistory::answered(const agreement::Answered& answer, Faults& faults) {
    const auto known = requests_.find(answer.request);
    if (known == requests_.end())
        return faults.push_back(fmt::format("request {} was never made", answer.request.value));
    if (answer.handling.stage != agreement::Handling::Stage::handled) return;
    Request& request = known->second;
    if (request.index != answer.handling.index || request.outcome != answer.handling.outcome)
        return faults.push_back(fmt::format("request {} is answered as {} at {}, and was {} at {}",
                                            answer.request.value, word(answer.handling.outcome),
                                            answer.handling.index, word(request.outcome),
                                            request.index));
    highest_ = std::max(highest_, request.index);
    if (request.acknowledged) return;
    request.acknowledged = true;
    ++acknowledged_;
}

void ClientHistory::applied(const agreement::Applied& applied, Faults& faults) {
    const ClusterEntry& entry = applied.entry;
    if (entry.request == RequestId{} || applied.outcome == EntryRefusal::repeated) return;
    const auto known = requests_.find(entry.request);
    if (known == requests_.end())
        return faults.push_back(fmt::format("request {} was never made", entry.request.value));
    Request& request = known->second;
    if (!(request.body == entry.body))
        faults.push_back(fmt::format("request {} says something else", entry.request.value));
    if (request.index == 0) {
        request.index = applied.index;
        request.outcome = applied.outcome;
    }
    if (request.index != applied.index || request.outcome != applied.outcome)
        faults.push_back(fmt::format("request {} is done twice, at {} and {}", entry.request.value,
                                     request.index, applied.index));
    if (request.index <= request.floor)
        faults.push_back(
            fmt::format("request {} stands before one that was done before", entry.request.value));
}

}  // namespace inquest::sim
