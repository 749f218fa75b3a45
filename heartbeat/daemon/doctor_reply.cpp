#include "heartbeat/core/lease.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/daemon/bus_findings.hpp"
#include "heartbeat/daemon/json_text.hpp"
#include "heartbeat/daemon/replies.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace inquest::daemon {
namespace {

using nlohmann::ordered_json;

ordered_json check(const std::string& name, const char* state, const std::string& what,
                   const std::string& remedy) {
    return {{"name", name}, {"state", state}, {"what", what}, {"remedy", remedy}};
}

ordered_json check_disk(const std::string& name, const Port& port) {
    if (!port.good())
        return check("path " + name, "warning", port.reason(),
                     "mend the disk or its name; the path comes back by itself");
    const paths::DiskCounters counters = port.disk->counters();
    return check("path " + name, "ok",
                 fmt::format("slot {} of {}; the last write took {}, the last read {}",
                             port.disk->options().slot, port.disk->options().device,
                             phrase(counters.write_took), phrase(counters.read_took)),
                 "");
}

void check_paths(const Knowledge& k, ordered_json& checks) {
    for (std::size_t i = 0; i < k.traffic.size(); ++i) {
        const Port& port = k.traffic.port(i);
        const std::string& name = k.config.cluster.paths[i].name;
        if (!port.here) continue;
        if (port.is_disk) {
            checks.push_back(check_disk(name, port));
            continue;
        }
        const bool good = port.good();
        checks.push_back(check(
            "path " + name, good ? "ok" : "warning",
            good ? fmt::format("{} on {}", port.socket.options().address, port.socket.interface())
                 : port.reason(),
            good ? "" : "mend the link or the address; the path comes back by itself"));
        const std::size_t buffer = port.socket.receive_buffer_bytes();
        if (good && buffer < paths::receive_buffer_wanted_bytes) {
            checks.push_back(check("receive buffer of " + name, "warning",
                                   fmt::format("{} bytes", buffer),
                                   "run inquestd with CAP_NET_ADMIN, or raise net.core.rmem_max"));
        }
    }
}

std::string listed(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

/// One line for each path that the bus goes over: to whom it does not get through, and where its
/// longest ordinary messages need more than one datagram.
void check_bus(const Knowledge& k, ordered_json& checks) {
    if (k.belonging.agreeing() == nullptr || k.belonging.removed()) return;
    const auto links = k.belonging.agreeing()->links();
    for (std::size_t i = 0; i < k.config.cluster.paths.size(); ++i) {
        std::vector<std::string> up, down, narrow;
        for (const bus::LinkState& link : links) {
            const auto place = k.node.roster().place(link.peer);
            if (link.path.value != i || !place) continue;
            const std::string& peer = k.config.cluster.members[*place].name;
            const bool is_up = link.carrying == bus::Carrying::up;
            (is_up ? up : down).push_back(peer);
            if (is_up && link.mtu_bytes > 0 && link.mtu_bytes < bus::message_bytes_max)
                narrow.push_back(fmt::format("{} ({} bytes)", peer, link.mtu_bytes));
        }
        const std::string name = "bus on " + k.config.cluster.paths[i].name;
        if (!down.empty())
            checks.push_back(
                check(name, "warning", "it does not get through to " + listed(down),
                      "see `inquest paths`; if beats pass, let UDP port 7741 pass as well"));
        if (!narrow.empty())
            checks.push_back(check(name, "warning",
                                   "only short messages fit one datagram to " + listed(narrow),
                                   "make the MTU of all cards and switches of this path the same"));
        if (down.empty() && narrow.empty() && !up.empty())
            checks.push_back(check(name, "ok", "gets through to " + listed(up), ""));
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
void check_refused(const std::map<std::string, std::uint64_t>& refused, bool agrees,
                   ordered_json& checks) {
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
        const std::string_view remedy = cure.remedy;
        const bool of_files = remedy.starts_with("make ");
        checks.push_back(check(
            std::string("refused: ") + cure.reason, "warning",
            fmt::format("{} since the start: {}", found->second, cure.what),
            // Where members agree nobody keeps files alike by hand.
            agrees && of_files ? "some node was removed, or has not joined: `inquest status` there "
                                 "says so, and `inquest reset-node` there ends it"
                               : cure.remedy));
    }
}

/// Nothing without a ledger: nobody could condemn this node, and nobody grants it a lease.
void check_lease(const LeaseReport& report, const std::string& self, ordered_json& checks) {
    if (!report.remaining) return;
    if (*report.remaining > Duration::zero()) {
        checks.push_back(check(
            "lease", "ok",
            fmt::format("survives a loss of all networks for {}", phrase(report.length)), ""));
        return;
    }
    checks.push_back(check(
        "lease", "warning",
        fmt::format("none: no {} of the {} voters have granted a beat of this node for {}",
                    blocking(report.grants.size()), report.grants.size(), phrase(report.length)),
        fmt::format("see `inquest explain {}`: it names who grants and who does not", self)));
}

ordered_json check_keeper(const Knowledge& k) {
    if (!k.kept)
        return check("keeper", "warning",
                     "none: should inquestd die, this node looks lost to the others",
                     "start inquestd without --no-keeper");
    return check("keeper", "ok",
                 fmt::format("beats for {} in place of inquestd should that die",
                             phrase(k.config.cluster.timing.restart_grace)),
                 "");
}

/// Nothing where the cluster only observes, or node.toml names none: then no guarded VM may run
/// here.
void check_watchdog(const Knowledge& k, const WatchdogReport& report, ordered_json& checks) {
    const Enforcing& enforcing = k.enforcing;
    if (!enforcing.trouble().empty()) {
        checks.push_back(check("watchdog", "warning", enforcing.trouble(),
                               "no guarded VM runs on this node until it is open"));
        return;
    }
    if (!report.open) {
        checks.push_back(check("watchdog", "ok",
                               k.config.watchdog
                                   ? "not open: that comes with `inquest arm`, and the first lease"
                                   : "none in node.toml: no guarded VM runs on this node",
                               ""));
        return;
    }
    if (!report.fed) {
        checks.push_back(
            check("watchdog", "failed",
                  fmt::format("not fed for {}: this machine is reset within {}",
                              phrase(*report.starved_for), phrase(report.reset_within)),
                  "see `inquest explain self`"));
        return;
    }
    checks.push_back(check(
        "watchdog", enforcing.doubt().empty() ? "ok" : "warning",
        fmt::format("{}: resets this machine within {} of its last lease{}", enforcing.device(),
                    phrase(report.reset_within),
                    enforcing.doubt().empty() ? "" : "; " + enforcing.doubt()),
        enforcing.doubt().empty()
            ? ""
            : "name a hardware watchdog, or say in `trusted_because` of node.toml why its reset "
              "can be relied on"));
}

/// How long it takes until a node that nobody hears has certainly reset itself.
void check_takeover(const Knowledge& k, ordered_json& checks) {
    if (!k.belonging.follows_ledger() || k.belonging.removed()) return;
    const ClusterState& state = k.belonging.agreeing()->agreement().state();
    std::vector<std::string> waits;
    for (const AgreedMember& member : state.members) {
        if (!member.terms) continue;
        if (!proves_itself(member)) {
            waits.push_back(member.name + " never");
            continue;
        }
        const Duration wait =
            state.timing.condemn_after + self_fence_wait(*member.terms, state.timing.margin);
        waits.push_back(fmt::format("{} {}", member.name, phrase(wait)));
    }
    if (waits.empty()) return;
    checks.push_back(
        check("self-fence", "ok",
              "after its last beat a node has reset itself for certain: " + listed(waits), ""));
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

void check_fences(const Knowledge& k, ordered_json& checks) {
    const Agreeing* agreeing = k.belonging.agreeing();
    if (agreeing == nullptr || agreeing->fenceability().empty()) return;
    std::size_t ready = 0;
    for (const Fenceability& one : agreeing->fenceability()) {
        ready += one.ready.value_or(false) ? 1 : 0;
        if (!one.ready || *one.ready) continue;
        checks.push_back(check("fencing", "warning",
                               fmt::format("{} could not switch {} off, asked from here: {}",
                                           one.device.name, one.node, one.why),
                               "see docs/fencing.md; `inquest fence status` asks for all"));
    }
    if (ready == agreeing->fenceability().size())
        checks.push_back(
            check("fencing", "ok",
                  fmt::format("all {} fence devices that this node may ask are ready", ready), ""));
}

}  // namespace

std::string doctor_reply(const Knowledge& k) {
    const NodeReport report = k.node.report(k.clocks.now);
    ordered_json checks = ordered_json::array();
    for (const Privilege& privilege : k.privileges) {
        checks.push_back(check(privilege.name, privilege.granted ? "ok" : "warning", privilege.what,
                               privilege.remedy));
    }
    if (k.belonging.removed()) {
        checks.push_back(check("member", "failed", k.belonging.word(),
                               "`inquest reset-node` makes it a bare node, which can be invited "
                               "anew"));
        return dump({{"checks", std::move(checks)}, {"refused", ordered_json::object()}});
    }
    checks.push_back(check_keeper(k));
    check_paths(k, checks);
    check_bus(k, checks);
    check_peers(report, checks);
    checks.push_back(check(
        "waking in time", report.stalls.cannot_testify ? "warning" : "ok",
        fmt::format(
            "late {} since the start, {} in all, at worst {}",
            report.stalls.count == 1 ? "once" : fmt::format("{} times", report.stalls.count),
            phrase(report.stalls.total), phrase(report.stalls.longest)),
        report.stalls.cannot_testify
            ? "this node is too busy to testify: give inquestd real-time priority and a processor"
            : ""));
    check_fences(k, checks);
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
    check_refused(refused, k.belonging.follows_ledger(), checks);
    check_lease(report.lease, report.name, checks);
    check_watchdog(k, report.watchdog, checks);
    check_takeover(k, checks);
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

}  // namespace inquest::daemon
