#include "tests/sim/whatif/rows.hpp"

#include "tests/sim/whatif/costs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace inquest::sim {
namespace {

using Names = std::vector<std::string>;

/// How a row speaks of the nodes that its faults name.
enum class Speech { by_name, as_that_node };

/// The nodes that the faults name, in the order of the file.
Names named_nodes(const Case& of) {
    Names names;
    for (const Effect& effect : of.effects) {
        const bool named = std::any_of(of.faults.begin(), of.faults.end(), [&](const Fault& fault) {
            return fault.node == effect.node;
        });
        if (named) names.push_back(effect.node);
    }
    return names;
}

std::string that_node(const Names& names) {
    return names.size() == 1 ? "that node" : "those nodes";
}

bool is_part_of_name(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
}

/// Replaces whole names only: `n1` stands in `n1:lan-a` and not in `n12`.
std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        const std::size_t end = at + what.size();
        const bool inside = (at > 0 && is_part_of_name(text[at - 1])) ||
                            (end < text.size() && is_part_of_name(text[end]));
        if (!inside) text.replace(at, what.size(), by);
    }
    return text;
}

std::vector<std::string> costs(const Case& of, Speech speech) {
    std::vector<std::string> costs = of.costs;
    const Names named = named_nodes(of);
    if (speech == Speech::by_name || named.empty()) return costs;
    for (std::string& cost : costs) cost = replaced(cost, listed(named), that_node(named));
    return costs;
}

// ---- What is seen -------------------------------------------------------------------------------

std::string state(const Effect& effect) {
    std::string text = effect.verdict ? std::string(word(*effect.verdict)) : "off";
    return effect.would_fail_over ? text + " (failover)" : text;
}

/// Nodes of which the same is said.
struct Group {
    std::string state;
    Names nodes;
};

/// The nodes that the faults name come first, what most nodes are comes last.
std::vector<Group> groups(const Case& of) {
    std::vector<Group> groups;
    for (const Effect& effect : of.effects) {
        auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const Group& each) { return each.state == state(effect); });
        if (group == groups.end()) group = groups.insert(groups.end(), {state(effect), {}});
        group->nodes.push_back(effect.node);
    }
    const Names named = named_nodes(of);
    const auto rank = [&](const Group& group) {
        return std::pair(group.nodes != named, group.nodes.size());
    };
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const Group& a, const Group& b) { return rank(a) < rank(b); });
    return groups;
}

/// `n1 lost (failover), the others alive`.
std::string seen(const Case& of, Speech speech) {
    const std::vector<Group> all = groups(of);
    if (all.size() == 1) return "all " + all.front().state;
    const Names named = named_nodes(of);
    const bool pronoun = speech == Speech::as_that_node && all.front().nodes == named;
    Names parts;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Names& nodes = all[i].nodes;
        const bool last = i + 1 == all.size();
        std::string who = fmt::format("{}", fmt::join(nodes, " "));
        if (i == 0 && pronoun) who = that_node(named);
        if (last && nodes.size() > 1) who = "the others";
        if (last && nodes.size() == 1 && pronoun && all.size() == 2) who = "the other";
        parts.push_back(who + " " + all[i].state);
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

Duration latest(const Case& of) {
    Duration longest{};
    for (const Effect& effect : of.effects) longest = std::max(longest, effect.after);
    return longest;
}

Row row(const Case& of, Speech speech) {
    return {.faults = of.faults.size(),
            .seen = seen(of, speech),
            .votes = fmt::format("{} of {}", of.votes_together, of.voters),
            .costs = costs(of, speech)};
}

bool ends_the_same(const Row& a, const Row& b) {
    return a.faults == b.faults && a.seen == b.seen && a.votes == b.votes && a.costs == b.costs;
}

}  // namespace

std::vector<Row> rows(const std::vector<Case>& cases) {
    std::vector<Row> rows;
    for (const Case& each : cases) {
        Row made = row(each, Speech::as_that_node);
        auto known = std::find_if(rows.begin(), rows.end(),
                                  [&](const Row& row) { return ends_the_same(row, made); });
        if (known == rows.end()) known = rows.insert(rows.end(), std::move(made));
        // A person may name a fault and ask for all of them as well.
        if (std::count(known->cases.begin(), known->cases.end(), each.faults) == 0)
            known->cases.push_back(each.faults);
        known->after = std::max(known->after, latest(each));
    }
    for (const Case& each : cases) {
        for (Row& alone : rows) {
            if (alone.cases.size() != 1 || alone.cases.front() != each.faults) continue;
            Row named = row(each, Speech::by_name);
            alone.seen = std::move(named.seen);
            alone.costs = std::move(named.costs);
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        return a.faults != b.faults ? a.faults < b.faults : a.costs.empty() < b.costs.empty();
    });
    return rows;
}

}  // namespace inquest::sim
