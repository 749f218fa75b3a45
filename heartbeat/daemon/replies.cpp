#include "heartbeat/daemon/replies.hpp"

#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"
#include "heartbeat/daemon/bus_findings.hpp"
#include "heartbeat/wire/local.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace inquest::daemon {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json ms(std::optional<Duration> length) {
    if (!length) return nullptr;
    return std::chrono::duration_cast<std::chrono::milliseconds>(*length).count();
}

ordered_json us(std::optional<Duration> length) {
    if (!length) return nullptr;
    return std::chrono::duration_cast<std::chrono::microseconds>(*length).count();
}

std::string why(const PathReport& path) {
    if (!path.reason.empty() || path.cell.state != PathState::blind) return path.reason;
    return std::string(word(path.cell.reason));
}

ordered_json path_of_peer(const PathReport& path, const Knowledge& k) {
    const PathConfig& config = k.config.cluster.paths[path.path];
    return {{"name", config.name}, {"kind", word(config.kind)}, {"state", word(path.cell.state)},
            {"reason", why(path)}, {"age_ms", ms(path.age)},    {"rtt_us", us(path.rtt)},
            {"loss", path.loss}};
}

ordered_json peer(const PeerReport& report, const Knowledge& k) {
    ordered_json paths = ordered_json::array();
    for (const PathReport& path : report.paths) paths.push_back(path_of_peer(path, k));
    const auto place = k.node.roster().place(report.name);
    const Role role = k.config.cluster.members[place.value_or(0)].role;
    return {{"name", report.name},
            {"role", role == Role::witness ? "witness" : "voter"},
            {"votes", report.votes},
            {"verdict", word(report.verdict)},
            {"since", wall_time(report.since, k.clocks)},
            {"reason", report.reason},
            {"incarnation", report.incarnation.value},
            {"session", report.session.value},
            {"relayed", report.relayed},
            {"config_differs", report.config_differs},
            {"paths", std::move(paths)}};
}

ordered_json view(const ViewReport& report) {
    ordered_json rows = ordered_json::array();
    for (const RowReport& row : report.rows) {
        ordered_json cells = ordered_json::array();
        ordered_json reasons = ordered_json::array();
        for (const Cell& cell : row.cells) {
            cells.push_back(word(cell.state));
            reasons.push_back(cell.reason == BlindReason::none ? "" : word(cell.reason));
        }
        rows.push_back({{"peer", row.peer},
                        {"age_ms", ms(row.age)},
                        {"relayed", row.relayed},
                        {"cells", std::move(cells)},
                        {"reasons", std::move(reasons)}});
    }
    return {{"observer", report.observer}, {"current", report.current},
            {"stalled", report.stalled},   {"relayed", !report.via.empty()},
            {"via", report.via},           {"age_ms", ms(report.age)},
            {"rows", std::move(rows)}};
}

ordered_json matrix(const NodeReport& report, const Knowledge& k) {
    ordered_json members = ordered_json::array();
    ordered_json paths = ordered_json::array();
    ordered_json views = ordered_json::array();
    for (const MemberConfig& member : k.config.cluster.members) members.push_back(member.name);
    for (const PathConfig& path : k.config.cluster.paths) paths.push_back(path.name);
    for (const ViewReport& entry : report.views) views.push_back(view(entry));
    return {{"members", std::move(members)},
            {"paths", std::move(paths)},
            {"views", std::move(views)},
            {"faults", report.faults}};
}

ordered_json cannot_testify(const NodeReport& report) {
    if (!report.stalls.cannot_testify) return nullptr;
    return fmt::format("woke late {} times, at worst by {}", report.stalls.count,
                       phrase(report.stalls.longest));
}

ordered_json tree(const Explanation& explanation, const Knowledge& k) {
    ordered_json because = ordered_json::array();
    for (const Explanation& part : explanation.because) because.push_back(tree(part, k));
    ordered_json json{{"claim", explanation.claim},
                      {"instant", nullptr},
                      {"age_ms", ms(explanation.age)},
                      {"rule", explanation.rule}};
    if (explanation.instant) json["instant"] = wall_time(*explanation.instant, k.clocks);
    if (!explanation.would_have_changed_it.empty()) {
        json["would_have_changed_it"] = explanation.would_have_changed_it;
    }
    json["because"] = std::move(because);
    return json;
}

ordered_json check(const std::string& name, const char* state, const std::string& what,
                   const std::string& remedy) {
    return {{"name", name}, {"state", state}, {"what", what}, {"remedy", remedy}};
}

void check_paths(const Knowledge& k, ordered_json& checks) {
    for (std::size_t i = 0; i < k.traffic.size(); ++i) {
        const Port& port = k.traffic.port(i);
        const std::string& name = k.config.cluster.paths[i].name;
        if (!port.here) continue;
        const std::string reason = port.link_good ? port.socket_reason : port.link_reason;
        const bool good = port.link_good && port.socket.is_open();
        checks.push_back(check(
            "path " + name, good ? "ok" : "warning",
            good ? fmt::format("{} on {}", port.socket.options().address, port.socket.interface())
                 : reason,
            good ? "" : "mend the link or the address; the path comes back by itself"));
        const std::size_t buffer = port.socket.receive_buffer_bytes();
        if (good && buffer < paths::receive_buffer_wanted_bytes) {
            checks.push_back(check("receive buffer of " + name, "warning",
                                   fmt::format("{} bytes", buffer),
                                   "run inquestd with CAP_NET_ADMIN, or raise net.core.rmem_max"));
        }
    }
}

void check_peers(const NodeReport& report, ordered_json& checks) {
    for (const PeerReport& peer : report.peers) {
        if (!peer.config_differs) continue;
        checks.push_back(check(
            "configuration of " + peer.name, "warning", "its cluster.toml differs from this node's",
            "make cluster.toml the same on all nodes, then restart inquestd one node at a time"));
    }
}

/// Refused beats that somebody should look after, with what to do.
void check_refused(const std::map<std::string, std::uint64_t>& refused, ordered_json& checks) {
    struct Cure {
        const char* reason;
        const char* what;
        const char* remedy;
    };
    constexpr Cure cures[] = {
        {"mac", "beats signed with another key", "make keys/cluster.keys the same on all nodes"},
        {"key", "beats signed with a key that is not here",
         "make keys/cluster.keys the same on all nodes"},
        {"version", "beats of another version of Inquest", "install one version on all nodes"},
        {"ancient", "beats of a node that counts its boots from an older number",
         "see `inquest explain` of the node that is missing: its boot file was lost or restored"},
        {"other-boot", "beats of another boot under a number that was used before",
         "see `inquest explain` of the node that is missing: its boot file was lost or restored"},
        {"unknown-member", "beats of a node that cluster.toml here does not know",
         "make cluster.toml the same on all nodes"},
    };
    for (const Cure& cure : cures) {
        const auto found = refused.find(cure.reason);
        if (found == refused.end()) continue;
        checks.push_back(check(std::string("refused: ") + cure.reason, "warning",
                               fmt::format("{} since the start: {}", found->second, cure.what),
                               cure.remedy));
    }
}

ordered_json check_events(const Diary::Health& diary) {
    const std::string lost =
        diary.lost == 0 ? "" : fmt::format("; {} are lost since the start", diary.lost);
    if (diary.trouble.empty()) {
        return check("events", diary.lost == 0 ? "ok" : "warning", "written to events.db" + lost,
                     diary.lost == 0 ? "" : "look whether the disk is full or slow");
    }
    return check("events", "warning", diary.trouble,
                 fmt::format("{} are kept in memory meanwhile{}", diary.unsaved, lost));
}

std::string no_such_node(const std::string& name, const Knowledge& k) {
    std::string known;
    for (const MemberConfig& member : k.config.cluster.members) {
        known += (known.empty() ? "" : ", ") + member.name;
    }
    return wire::to_text(
        wire::ErrorReply{{fmt::format("no node `{}`", name), "it is not in cluster.toml",
                          fmt::format("say one of: {}", known)},
                         wire::Exit::usage});
}

/// Whoever leads the ledger, as far as this node knows.
ordered_json coordinator(const Knowledge& k) {
    if (!k.belonging.follows_ledger() || k.belonging.removed()) return nullptr;
    const agreement::Agreement& agreement = k.belonging.agreeing()->agreement();
    const AgreedMember* member = agreement.state().member(agreement.coordinator());
    return member == nullptr ? ordered_json(nullptr) : ordered_json(member->name);
}

bool armed(const Knowledge& k) {
    return k.belonging.follows_ledger() &&
           k.belonging.agreeing()->agreement().state().armed == Armed::yes;
}

std::string trouble(const Knowledge& k) {
    if (!k.belonging.word().empty()) return k.belonging.word();
    return k.belonging.follows_ledger() ? k.belonging.agreeing()->trouble() : "";
}

}  // namespace

std::string status_reply(const Knowledge& k) {
    const NodeReport report = k.node.report(k.clocks.now);
    ordered_json peers = ordered_json::array();
    for (const PeerReport& entry : report.peers) peers.push_back(peer(entry, k));
    return dump({{"time", wall_time(k.clocks.now, k.clocks)},
                 {"version", INQUEST_VERSION},
                 {"cluster", k.config.cluster.name},
                 {"node", report.name},
                 {"incarnation", report.incarnation.value},
                 {"session", report.session.value},
                 {"quorate", report.quorate},
                 {"votes_together", report.votes_together},
                 {"votes_needed", votes_needed(report.voters)},
                 {"voters", report.voters},
                 {"coordinator", coordinator(k)},
                 {"armed", armed(k)},
                 {"ledger", k.belonging.follows_ledger()},
                 {"removed", k.belonging.removed()},
                 {"trouble", trouble(k)},
                 {"isolated", report.isolated},
                 {"cannot_testify", cannot_testify(report)},
                 {"lease_remaining_ms", nullptr},
                 {"peers", std::move(peers)},
                 {"matrix", matrix(report, k)},
                 {"vms", ordered_json::array()},
                 {"fence", ordered_json::array()}});
}

std::string paths_reply(const Knowledge& k) {
    const NodeReport report = k.node.report(k.clocks.now);
    ordered_json paths = ordered_json::array();
    for (std::size_t i = 0; i < k.traffic.size(); ++i) {
        const Port& port = k.traffic.port(i);
        const PathConfig& config = k.config.cluster.paths[i];
        ordered_json peers = ordered_json::array();
        for (const PeerReport& peer : report.peers) {
            for (const PathReport& path : peer.paths) {
                if (path.path != i) continue;
                const auto place = k.node.roster().place(peer.name);
                const config::Endpoint* there = k.config.endpoint(
                    k.node.roster().id(place.value_or(0)), PathId(static_cast<std::uint8_t>(i)));
                ordered_json entry = path_of_peer(path, k);
                entry["name"] = peer.name;
                entry.erase("kind");
                entry["address"] = there == nullptr ? "" : there->address.text;
                entry["since"] = wall_time(path.since, k.clocks);
                entry["flaps"] = path.flaps;
                peers.push_back(std::move(entry));
            }
        }
        const bool good = port.here && port.link_good && port.socket.is_open();
        const std::string reason = !port.here       ? "this node is not on it, or it is off"
                                   : port.link_good ? port.socket_reason
                                                    : port.link_reason;
        paths.push_back({{"name", config.name},
                         {"kind", word(config.kind)},
                         {"fate", config.fate},
                         {"off", config.admin == Switched::off},
                         {"local",
                          {{"address", port.socket.options().address},
                           {"interface", port.socket.interface()},
                           {"port", port.socket.options().port},
                           {"good", good},
                           {"reason", good ? "" : reason}}},
                         {"peers", std::move(peers)}});
    }
    return dump({{"node", report.name}, {"paths", std::move(paths)}});
}

std::string explain_reply(const Knowledge& k, const std::string& node) {
    const NodeReport report = k.node.report(k.clocks.now);
    const std::string& name = node == "self" ? report.name : node;
    const auto explanation = k.node.explain(name, k.clocks.now);
    if (!explanation) return no_such_node(node, k);
    std::string_view verdict = word(report.isolated ? Verdict::isolated : Verdict::alive);
    for (const PeerReport& peer : report.peers) {
        if (peer.name == name) verdict = word(peer.verdict);
    }
    ordered_json json{{"node", name}, {"verdict", verdict}, {"observer", report.name}};
    json.update(tree(*explanation, k));
    return dump(json);
}

std::string doctor_reply(const Knowledge& k) {
    const NodeReport report = k.node.report(k.clocks.now);
    ordered_json checks = ordered_json::array();
    for (const Privilege& privilege : k.privileges) {
        checks.push_back(check(privilege.name, privilege.granted ? "ok" : "warning", privilege.what,
                               privilege.remedy));
    }
    check_paths(k, checks);
    check_peers(report, checks);
    checks.push_back(check(
        "waking in time", report.stalls.cannot_testify ? "warning" : "ok",
        fmt::format("late {} times since the start, {} in all, at worst {}", report.stalls.count,
                    phrase(report.stalls.total), phrase(report.stalls.longest)),
        report.stalls.cannot_testify
            ? "this node is too busy to testify: give inquestd real-time priority and a processor"
            : ""));
    checks.push_back(check_events(k.diary));
    if (k.log_dropped > 0) {
        checks.push_back(check("log", "warning",
                               fmt::format("{} lines were dropped", k.log_dropped),
                               "journald or the terminal is too slow"));
    }
    std::map<std::string, std::uint64_t> refused = k.traffic.refused();
    for (std::size_t i = 1; i < k.node.refused().size(); ++i) {
        if (k.node.refused()[i] == 0) continue;
        refused[std::string(word(static_cast<BeatRefusal>(i)))] = k.node.refused()[i];
    }
    check_refused(refused, checks);
    if (report.isolated) {
        checks.push_back(check("hearing", "warning", "this node hears nobody on any path",
                               "look at its links and switches: `inquest explain self`"));
    } else if (!report.quorate) {
        checks.push_back(check("quorum", "warning", "this node has no quorum",
                               "see who does not hear whom: `inquest status --matrix`"));
    }
    ordered_json bus = nullptr;
    if (const Agreeing* agreeing = k.belonging.agreeing()) {
        const bus::Counters counters = agreeing->counters();
        for (const BusFinding& finding : bus_findings(counters))
            checks.push_back(check(finding.name, "warning", finding.what, finding.remedy));
        bus = bus_counters(counters);
    }
    return dump({{"checks", std::move(checks)},
                 {"refused", std::move(refused)},
                 {"beats", k.node.beats_heard()},
                 {"bus", std::move(bus)}});
}

std::string event_message(const Happening& happening) {
    const Transition& transition = happening.transition;
    return dump({{"time", endings::wall_text(happening.wall)},
                 {"observer", transition.observer},
                 {"peer", transition.peer},
                 {"event", word(transition.kind)},
                 {"from", transition.from},
                 {"to", transition.to},
                 {"reason", transition.reason},
                 {"path", transition.path},
                 {"facts", transition.facts}});
}

}  // namespace inquest::daemon
