#include "tests/sim/whatif/fault_groups.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace inquest::sim {
namespace {

using Places = std::vector<std::size_t>;

/// The pairs as a graph: faults by place, in the order of single_faults(), and who stands with
/// whom.
class Pairs {
 public:
    explicit Pairs(const std::vector<Faults>& cases) {
        for (const Faults& pair : cases) {
            for (const Fault& fault : pair) {
                if (place(fault) == faults_.size()) faults_.push_back(fault);
            }
        }
        std::stable_sort(faults_.begin(), faults_.end(), Before{first_nodes(faults_)});
        together_.assign(faults_.size(), std::vector<bool>(faults_.size(), false));
        for (const Faults& pair : cases) mark(place(pair[0]), place(pair[1]), true);
    }

    std::size_t size() const { return faults_.size(); }
    const Fault& fault(std::size_t at) const { return faults_[at]; }

    Places partners(std::size_t of) const {
        Places all;
        for (std::size_t i = 0; i < size(); ++i) {
            if (together_[of][i]) all.push_back(i);
        }
        return all;
    }

    void take(const Places& some, const Places& others) {
        for (const std::size_t a : some) {
            for (const std::size_t b : others) mark(a, b, false);
        }
    }

 private:
    /// Kinds apart, and the links of a node together.
    struct Before {
        std::vector<std::string> nodes;

        bool operator()(const Fault& a, const Fault& b) const {
            if (a.kind != b.kind) return a.kind < b.kind;
            return std::find(nodes.begin(), nodes.end(), a.node) <
                   std::find(nodes.begin(), nodes.end(), b.node);
        }
    };

    static std::vector<std::string> first_nodes(const Faults& faults) {
        std::vector<std::string> nodes;
        for (const Fault& fault : faults) {
            if (std::count(nodes.begin(), nodes.end(), fault.node) == 0)
                nodes.push_back(fault.node);
        }
        return nodes;
    }

    std::size_t place(const Fault& fault) const {
        return static_cast<std::size_t>(std::find(faults_.begin(), faults_.end(), fault) -
                                        faults_.begin());
    }
    void mark(std::size_t a, std::size_t b, bool together) {
        together_[a][b] = together_[b][a] = together;
    }

    Faults faults_;
    std::vector<std::vector<bool>> together_;
};

/// `kill n2 or cut n1:lan-a, n1:lan-b`: a verb is said once for all that follow.
std::string any_of(const Faults& faults) {
    std::string text;
    std::string verb;
    for (const Fault& fault : faults) {
        const std::string whole = sim::text(fault);
        const std::string name = whole.substr(whole.find(' ') + 1);
        const std::string now = whole.substr(0, whole.find(' '));
        if (!text.empty()) text += now == verb ? ", " : " or ";
        text += now == verb ? name : whole;
        verb = now;
    }
    return text;
}

std::string any_of(const Pairs& pairs, const Places& places) {
    Faults faults;
    for (const std::size_t place : places) faults.push_back(pairs.fault(place));
    return any_of(faults);
}

/// The largest set, from the first pair on, of which any two are a case.
Places clique(const Pairs& pairs, std::size_t first) {
    Places found{first};
    for (const std::size_t next : pairs.partners(first)) {
        const Places known = pairs.partners(next);
        const bool all = std::all_of(found.begin(), found.end(), [&](std::size_t each) {
            return std::count(known.begin(), known.end(), each) > 0;
        });
        if (all) found.push_back(next);
    }
    return found;
}

std::vector<std::string> grouped_pairs(Pairs pairs) {
    std::vector<std::string> lines;
    for (std::size_t first = 0; first < pairs.size(); ++first) {
        while (!pairs.partners(first).empty()) {
            const Places two_of = clique(pairs, first);
            const Places partners = pairs.partners(first);
            if (two_of.size() > 2 && two_of.size() == partners.size() + 1) {
                lines.push_back("any two of: " + any_of(pairs, two_of));
                pairs.take(two_of, two_of);
                continue;
            }
            Places same;
            for (std::size_t i = first; i < pairs.size(); ++i) {
                if (pairs.partners(i) == partners) same.push_back(i);
            }
            lines.push_back(any_of(pairs, same) + " with " + any_of(pairs, partners));
            pairs.take(same, partners);
        }
    }
    return lines;
}

}  // namespace

std::vector<std::string> grouped(const std::vector<Faults>& cases) {
    const auto all_have = [&](std::size_t count) {
        return std::all_of(cases.begin(), cases.end(),
                           [&](const Faults& faults) { return faults.size() == count; });
    };
    if (all_have(2)) return grouped_pairs(Pairs(cases));
    if (all_have(1)) {
        Faults all;
        for (const Faults& faults : cases) all.push_back(faults.front());
        return {any_of(all)};
    }
    std::vector<std::string> lines;
    for (const Faults& faults : cases) {
        std::vector<std::string> words;
        for (const Fault& fault : faults) words.push_back(text(fault));
        lines.push_back(fmt::format("{}", fmt::join(words, " with ")));
    }
    return lines;
}

}  // namespace inquest::sim
