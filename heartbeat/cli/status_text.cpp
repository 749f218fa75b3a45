#include "heartbeat/cli/status_text.hpp"

#include "heartbeat/cli/moment.hpp"
#include "heartbeat/cli/table.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/receipt.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace inquest::cli {
namespace {

/// From the worst that a path can be to the best.
constexpr std::array<std::string_view, 5> worst_first{"silent", "frozen", "late", "blind", "fresh"};

std::size_t rank(const std::string& state) {
    return static_cast<std::size_t>(std::find(worst_first.begin(), worst_first.end(), state) -
                                    worst_first.begin());
}

bool is_off(const Json& path) {
    return text_of(path, "state") == "blind" && text_of(path, "reason") == "off";
}

std::string paint_word(const Screen& screen, const std::string& word) {
    return paint(screen, tone_of(word), word);
}

/// "2/2 fresh", or "1/2 fresh, lan-b silent": how many, and the worst of the others.
std::string paths_summary(const Screen& screen, const Json& peer) {
    std::size_t in_use = 0;
    std::size_t fresh = 0;
    const Json* worst = nullptr;
    for (const Json& path : list_of(peer, "paths")) {
        if (is_off(path)) continue;
        ++in_use;
        const std::string state = text_of(path, "state");
        if (state == "fresh") {
            ++fresh;
        } else if (worst == nullptr || rank(state) < rank(text_of(*worst, "state"))) {
            worst = &path;
        }
    }
    std::string text = std::to_string(fresh) + "/" + std::to_string(in_use) + " fresh";
    if (worst == nullptr) return text;
    const std::string which = fresh == 0 && in_use > 1 ? "worst " : "";
    text +=
        ", " + which + text_of(*worst, "name") + " " + paint_word(screen, text_of(*worst, "state"));
    const std::string reason = text_of(*worst, "reason");
    if (text_of(*worst, "state") == "blind" && !reason.empty()) text += " (" + reason + ")";
    return text;
}

/// What has proven that a condemned node runs nothing any more, or when its own reset will.
std::string proof_text(const Json& peer, const Json& stands) {
    const std::string receipt = text_of(stands, "receipt");
    if (receipt == word(Receipt::operators_word))
        return ", off by the word of " + text_of(stands, "person");
    if (receipt == word(Receipt::self_fence_elapsed))
        return ", off: its lease and its watchdog have run out";
    if (receipt == word(Receipt::released)) return ", and has no guests";
    if (receipt == word(Receipt::power_off)) return ", switched off by a fence device";
    if (receipt == word(Receipt::storage_cut)) return ", cut off from all storage";
    std::string text = flag_of(stands, "held") ? ", held" : "";
    if (const std::string fencing = text_of(stands, "fencing"); !fencing.empty())
        text += ": " + fencing;
    if (const auto left = age_of(peer, "self_fence_left_ms"))
        text += ", safe at " + text_of(peer, "safe_at") + " (in " + phrase(*left) + ")";
    return text;
}

std::string remarks(const Json& peer) {
    std::string text = text_of(peer, "reason");
    const auto add = [&](const char* name, const char* remark) {
        if (flag_of(peer, name)) text += (text.empty() ? "" : "; ") + std::string(remark);
    };
    add("relayed", "its beats come through another node");
    add("config_differs", "its cluster.toml differs from this node's");
    add("maintenance", "in maintenance");
    if (const Json& stands = object_of(peer, "condemned"); !stands.empty()) {
        text += (text.empty() ? "condemned at " : "; condemned at ") + text_of(stands, "time");
        text += proof_text(peer, stands);
    }
    return text;
}

std::string since(const Json& status, const Json& peer) {
    const std::string written = text_of(peer, "since");
    const auto length = elapsed(written, text_of(status, "time"));
    return length ? phrase(*length) : written;
}

/// It has a token, and has not joined: nobody misses it.
bool is_invited(const Json& peer) { return text_of(peer, "standing") == "invited"; }

std::string role(const Json& peer) {
    const std::string role = text_of(peer, "role");
    if (role.empty() || role == "voter") return flag_of(peer, "votes") ? "" : "no vote";
    return role;
}

/// "2 of 3 nodes alive, 1 degraded": this node counts as alive unless it hears no one.
std::string census(const Json& status) {
    std::size_t alive = flag_of(status, "isolated") ? 0 : 1;
    std::size_t invited = 0;
    std::vector<std::pair<std::string, std::size_t>> others;
    const Json& peers = list_of(status, "peers");
    for (const Json& peer : peers) {
        const std::string verdict = text_of(peer, "verdict");
        if (is_invited(peer)) {
            ++invited;
            continue;
        }
        if (verdict == "alive") {
            ++alive;
            continue;
        }
        const auto known = std::find_if(others.begin(), others.end(),
                                        [&](const auto& other) { return other.first == verdict; });
        if (known == others.end()) {
            others.emplace_back(verdict, 1);
        } else {
            ++known->second;
        }
    }
    std::string text = std::to_string(alive) + " of " + std::to_string(peers.size() + 1 - invited) +
                       (peers.size() == invited ? " node alive" : " nodes alive");
    for (const auto& [verdict, count] : others) {
        text +=
            ", " + std::to_string(count) + " " + (verdict.empty() ? "without a verdict" : verdict);
    }
    if (invited > 0) text += ", " + std::to_string(invited) + " invited";
    return text;
}

std::string headline(const Screen& screen, const Json& status) {
    if (flag_of(status, "removed")) {
        return paragraph("",
                         paint(screen, Tone::bad, text_of(status, "node")) +
                             " was removed from the cluster " + text_of(status, "cluster") + ".",
                         screen.width);
    }
    const bool quorate = flag_of(status, "quorate");
    const bool armed = flag_of(status, "armed");
    std::string text =
        "Cluster " + paint(screen, Tone::strong, text_of(status, "cluster")) + " seen from " +
        paint(screen, Tone::strong, text_of(status, "node")) + ": " +
        (quorate ? paint(screen, Tone::good, "quorate") : paint(screen, Tone::bad, "NO QUORUM")) +
        ", " +
        (armed ? "armed (lost nodes are condemned, and switched off by their fence devices)"
               : "observing (verdicts are only recorded)") +
        ", " + census(status) + ".";
    if (flag_of(status, "ledger")) {
        const std::string coordinator = text_of(status, "coordinator");
        text +=
            coordinator.empty() ? " There is no coordinator." : " " + coordinator + " coordinates.";
    }
    return paragraph("", text, screen.width);
}

/// What its own inquestd says of its part in the cluster; a node that was removed says nothing
/// else.
std::string part_trouble(const Screen& screen, const Json& status) {
    const std::string trouble = text_of(status, "trouble");
    if (trouble.empty()) return "";
    const std::string head = flag_of(status, "removed") ? "REMOVED:" : "Trouble:";
    return paragraph("", paint(screen, Tone::bad, head) + " " + trouble + ".", screen.width);
}

/// A lost majority that was given up is told for ever: who was left out must never come back as it
/// was.
std::string recovery_text(const Screen& screen, const Json& status) {
    const Json& recovered = object_of(status, "recovered");
    if (text_of(recovered, "time").empty()) return "";
    std::string left_out;
    for (const Json& name : list_of(recovered, "left_out")) {
        if (name.is_string())
            left_out += (left_out.empty() ? "" : ", ") + clean(name.get_ref<const std::string&>());
    }
    std::string text = paint(screen, Tone::warning, "Recovered:") + " generation " +
                       text_of(recovered, "generation") + " began at " +
                       text_of(recovered, "time") + " with " + text_of(recovered, "survivor") +
                       " alone; " + text_of(recovered, "person") +
                       " confirmed that the majority before it is lost.";
    if (!left_out.empty())
        text += " Left out, to be reset (`inquest reset-node`) before they are invited anew: " +
                left_out + ".";
    return paragraph("", text, screen.width);
}

std::string count_text(const Json& status, const char* name) {
    const auto count = number_of(status, name);
    return count ? std::to_string(*count) : "?";
}

/// How long this node may run guarded VMs if it hears nobody from now on.
std::string lease_text(const Screen& screen, const Json& status) {
    const auto remaining = age_of(status, "lease_remaining_ms");
    if (!remaining || flag_of(status, "removed")) return "";
    const Json& lease = object_of(status, "lease");
    const Duration length = age_of(lease, "length_ms").value_or(Duration::zero());
    if (*remaining > Duration::zero())
        return paragraph("", "Lease: " + phrase(*remaining) + " of " + phrase(length) + " left.",
                         screen.width);
    return paragraph(
        "",
        paint(screen, Tone::bad, "No lease:") + " fewer than " + count_text(lease, "needed") +
            " of " + std::to_string(list_of(lease, "grants").size()) +
            " voters have granted a beat of this node in the last " + phrase(length) + ".",
        screen.width);
}

/// Nothing where no watchdog is open: then no guarded VM may run here.
std::string watchdog_text(const Screen& screen, const Json& status) {
    if (flag_of(status, "removed")) return "";
    const Json& watchdog = object_of(status, "watchdog");
    const std::string trouble = text_of(watchdog, "trouble");
    if (!trouble.empty())
        return paragraph("", paint(screen, Tone::warning, "No watchdog:") + " " + trouble + ".",
                         screen.width);
    if (!flag_of(watchdog, "open")) return "";
    const std::string guests = text_of(status, "guests");
    const std::string runs = guests == "none"   ? "no guests"
                             : guests == "some" ? "guests run"
                                                : "guests may run";
    const std::string within = phrase(age_of(watchdog, "reset_within_ms").value_or(Duration{}));
    const std::string end =
        guests == "none" ? "." : "; without a lease they end within " + within + ".";
    if (flag_of(watchdog, "fed"))
        return paragraph("", "Watchdog: " + text_of(watchdog, "device") + ", fed; " + runs + end,
                         screen.width);
    return paragraph("",
                     paint(screen, Tone::bad, "Watchdog not fed:") + " no lease, and " + runs +
                         ": this machine is reset within " + within + " of the last feed.",
                     screen.width);
}

std::string own_trouble(const Screen& screen, const Json& status) {
    std::string text;
    if (flag_of(status, "removed")) return text;
    const std::string node = text_of(status, "node");
    if (flag_of(status, "maintenance"))
        text += paragraph("", node + " is in maintenance.", screen.width);
    if (const Json& stands = object_of(status, "condemned"); !stands.empty()) {
        text += paragraph("",
                          paint(screen, Tone::bad, node + " is CONDEMNED:") +
                              " the others have missed it (entry " + text_of(stands, "entry") +
                              "), and grant it no lease until they hear it.",
                          screen.width);
    }
    if (flag_of(status, "isolated")) {
        text += paragraph("",
                          paint(screen, Tone::bad, node + " is ISOLATED:") +
                              " it hears no one on any path, so it accuses nobody.",
                          screen.width);
    }
    if (!flag_of(status, "quorate") && !flag_of(status, "isolated")) {
        text += paragraph("",
                          paint(screen, Tone::bad, "No quorum:") + " " +
                              count_text(status, "votes_together") + " of " +
                              count_text(status, "voters") + " votes hear each other here, " +
                              count_text(status, "votes_needed") + " are needed.",
                          screen.width);
    }
    if (const std::string reason = text_of(status, "cannot_testify"); !reason.empty()) {
        text +=
            paragraph("", paint(screen, Tone::warning, node + " cannot testify:") + " " + reason,
                      screen.width);
    }
    return text;
}

}  // namespace

std::string faults_text(const Screen& screen, const Json& status) {
    std::string text;
    if (!status.is_object() || !status.contains("matrix")) return text;
    for (const Json& fault : list_of(status["matrix"], "faults")) {
        if (fault.is_string()) {
            text += paragraph("  - ", clean(fault.get_ref<const std::string&>()), screen.width);
        }
    }
    return text.empty() ? "" : "\n" + text;
}

std::string status_text(const Screen& screen, const Json& status) {
    Column peers{"peer", {}}, roles{"role", {}}, verdicts{"verdict", {}}, times{"for", {}},
        paths{"paths", {}}, reasons{"reason", {}};
    for (const Json& peer : list_of(status, "peers")) {
        peers.cells.push_back(text_of(peer, "name"));
        roles.cells.push_back(role(peer));
        verdicts.cells.push_back(paint_word(screen, text_of(peer, "verdict")));
        times.cells.push_back(since(status, peer));
        paths.cells.push_back(paths_summary(screen, peer));
        reasons.cells.push_back(remarks(peer));
    }
    return headline(screen, status) + lease_text(screen, status) + watchdog_text(screen, status) +
           own_trouble(screen, status) + part_trouble(screen, status) +
           recovery_text(screen, status) + "\n" +
           table(screen, {peers, roles, verdicts, times, paths, reasons});
}

wire::Exit status_exit(const Json& status) {
    if (flag_of(status, "removed")) return wire::Exit::no_quorum;
    if (flag_of(status, "isolated") || !flag_of(status, "quorate")) return wire::Exit::no_quorum;
    const Json& peers = list_of(status, "peers");
    const bool healthy = std::all_of(peers.begin(), peers.end(), [](const Json& peer) {
        const std::string verdict = text_of(peer, "verdict");
        return verdict == "alive" || verdict == "left" || is_invited(peer);
    });
    const bool testifies = text_of(status, "cannot_testify").empty();
    return healthy && testifies ? wire::Exit::healthy : wire::Exit::degraded;
}

}  // namespace inquest::cli
