#include "netmon/changes.hpp"

#include <algorithm>
#include <utility>

namespace inquest::netmon {

Changes::Changes(std::vector<Wanted> wanted) { follow(std::move(wanted)); }

void Changes::follow(std::vector<Wanted> wanted) {
    std::vector<Told> told;
    told.reserve(wanted.size());
    for (Wanted& path : wanted) {
        path.address = canonical(path.address);
        const auto before = std::find_if(told_.begin(), told_.end(),
                                         [&](const Told& said) { return said.wanted == path; });
        if (before != told_.end())
            told.push_back(std::move(*before));
        else
            told.push_back({.wanted = std::move(path)});
    }
    told_ = std::move(told);
}

// A socket is bound to the number of an interface, so it outlives a lost carrier, but not an
// interface that is made anew, nor (safer than to reason about each kernel) a lost address.
void Changes::judge(const Table& table, std::vector<Change>& changes) {
    for (Told& told : told_) {
        Judgement judgement = netmon::judge(table, told.wanted);
        if (told.opened_on != judgement.usable_on) told.opened_on = no_link;

        const bool good = judgement.fault == Fault::none;
        const bool reopen = good && told.opened_on == no_link;
        const bool known =
            told.ever && told.fault == judgement.fault && told.reason == judgement.reason;
        if (known && !reopen) continue;

        if (good) told.opened_on = judgement.usable_on;
        told.ever = true;
        told.fault = judgement.fault;
        told.reason = judgement.reason;
        changes.push_back({told.wanted.path, good, std::move(judgement.reason), reopen});
    }
}

}  // namespace inquest::netmon
