#include "heartbeat/cli/recovery_plan.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

std::string seen(const Json& peer) {
    const std::string since = text_of(peer, "since");
    return text_of(peer, "name") + " " + text_of(peer, "verdict") +
           (since.empty() ? "" : " since " + since);
}

/// Labels stand in one column, and what they label beside it.
std::string row(const Screen& screen, std::string label, const std::string& text) {
    constexpr std::size_t label_width = 14;
    label.resize(label_width, ' ');
    return paragraph("  " + label, text, screen.width);
}

std::string kept(const RecoveryPlan& plan) {
    std::string text =
        plan.survivor + ", with " + plan.source + ", up to entry " + std::to_string(plan.last);
    if (plan.agreed < plan.last)
        text += " (up to " + std::to_string(plan.agreed) +
                " a majority is known to have agreed; the rest is kept too)";
    return text;
}

std::string lost(const RecoveryPlan& plan) {
    return "whatever the others agreed on behind entry " + std::to_string(plan.last) +
           ": nothing here can know of it. Go on with the survivor whose last entry is the "
           "highest";
}

std::string must_be_off(const RecoveryPlan& plan) {
    if (plan.left_out.empty()) return "nobody: there is no other member";
    return listed(plan.left_out) +
           ". That this node hears nothing is no proof: a cut cable looks the same. Proof is a "
           "power supply, a BMC or a switch port that you saw off, or their own console. If a "
           "majority lives elsewhere, there will be two clusters";
}

std::string afterwards(const RecoveryPlan& plan) {
    if (plan.left_out.empty()) return "a new key signs";
    return "a new key signs, which the others do not have. Each of them that is switched on again "
           "is told that it was removed as soon as it hears this node, and is made bare with "
           "`inquest reset-node` and invited anew. Reset them one by one, before two of them can "
           "meet without this node";
}

/// The only vote of the cluster is the one of this node.
bool votes_alone(const Json& ledger) {
    const Json& members = list_of(ledger, "members");
    return !members.empty() &&
           std::all_of(members.begin(), members.end(), [&ledger](const Json& member) {
               const bool self = text_of(member, "name") == text_of(ledger, "node");
               return flag_of(member, "votes") == self;
           });
}

}  // namespace

RecoveryPlan recovery_plan(const Json& ledger, const Json& status, const Json& paths) {
    RecoveryPlan plan{.cluster = text_of(ledger, "cluster"),
                      .generation = number_of(ledger, "generation").value_or(0) + 1,
                      .survivor = text_of(ledger, "node"),
                      .source = "the ledger of this node",
                      .last = number_of(ledger, "last").value_or(0),
                      .agreed = number_of(ledger, "committed").value_or(0)};
    for (const Json& member : list_of(ledger, "members")) {
        if (text_of(member, "name") != plan.survivor)
            plan.left_out.push_back(text_of(member, "name"));
    }
    for (const Json& peer : list_of(status, "peers")) plan.seen.push_back(seen(peer));
    for (const Json& path : list_of(paths, "paths")) {
        const Json& here = object_of(path, "local");
        if (!flag_of(here, "good"))
            plan.deaf.push_back(text_of(path, "name") + " (" + text_of(here, "reason") + ")");
    }
    return plan;
}

RecoveryPlan restore_plan(const wire::LedgerBackup& backup, const std::string& survivor) {
    const ClusterState& state = backup.state;
    RecoveryPlan plan{
        .cluster = clean(state.name),
        .generation = std::int64_t{state.generation} + 1,
        .survivor = survivor,
        .source = "the backup that " + clean(backup.node) + " made at " + clean(backup.made),
        .last = static_cast<std::int64_t>(state.index),
        .agreed = static_cast<std::int64_t>(state.index)};
    for (const AgreedMember& member : state.members) {
        if (member.name != survivor) plan.left_out.push_back(clean(member.name));
    }
    return plan;
}

std::string plan_text(const Screen& screen, const RecoveryPlan& plan) {
    std::string text =
        paragraph("",
                  "Generation " + std::to_string(plan.generation) + " of the cluster " +
                      paint(screen, Tone::strong, plan.cluster) + " would begin with " +
                      paint(screen, Tone::strong, plan.survivor) + " alone:",
                  screen.width);
    text += row(screen, "survives", kept(plan));
    text += row(screen, "may be lost", lost(plan));
    if (!plan.left_out.empty())
        text += row(screen, "left out",
                    listed(plan.left_out) + ": members no more, and their votes are void");
    text += row(screen, "MUST BE OFF", must_be_off(plan));
    if (!plan.seen.empty()) text += row(screen, "seen from here", listed(plan.seen));
    if (!plan.deaf.empty())
        text += row(screen, "DEAF on", listed(plan.deaf) + ": nobody could be heard there");
    return text + row(screen, "afterwards", afterwards(plan));
}

Json plan_json(const RecoveryPlan& plan) {
    return {{"cluster", plan.cluster},   {"generation", plan.generation},
            {"survivor", plan.survivor}, {"source", plan.source},
            {"last_entry", plan.last},   {"agreed_entry", plan.agreed},
            {"left_out", plan.left_out}, {"must_be_off", plan.left_out},
            {"seen", plan.seen},         {"deaf_paths", plan.deaf}};
}

std::optional<RecoveryObstacle> recovery_obstacle(const Json& ledger) {
    const Json& recovery = object_of(ledger, "recovery");
    if (flag_of(recovery, "possible")) return std::nullopt;
    std::string why = text_of(recovery, "why");
    if (why.empty()) why = "inquestd does not say that it could";
    return RecoveryObstacle{{"no new generation begins", why, text_of(recovery, "remedy")},
                            flag_of(recovery, "passes")};
}

std::int64_t begun_generation(const Json& ledger) {
    const Json& all = list_of(ledger, "recoveries");
    if (all.empty()) return 0;
    if (number_of(all.back(), "survivor") != number_of(ledger, "member")) return 0;
    const bool coordinates = text_of(ledger, "coordinator") == text_of(ledger, "node");
    if (!coordinates && !votes_alone(ledger)) return 0;
    return number_of(all.back(), "generation").value_or(0);
}

}  // namespace inquest::cli
