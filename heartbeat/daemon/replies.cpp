#include "heartbeat/daemon/replies.hpp"

#include "heartbeat/core/fence_story.hpp"
#include "heartbeat/core/lease.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"
#include "heartbeat/core/terms_rules.hpp"
#include "heartbeat/daemon/json_text.hpp"
#include "heartbeat/wire/local.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace inquest::daemon {
namespace {

using nlohmann::ordered_json;

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

/// By what was agreed; without a ledger there is none.
bool in_maintenance(MemberId id, const Knowledge& k) {
    if (!k.belonging.follows_ledger()) return false;
    const AgreedMember* member = k.belonging.agreeing()->agreement().state().member(id);
    return member != nullptr && member->maintenance == Maintenance::on;
}

ordered_json names_of(const Electorate& voters, const Knowledge& k) {
    ordered_json names = ordered_json::array();
    for (const MemberId voter : voters) {
        const auto place = k.node.roster().place(voter);
        names.push_back(place ? k.node.roster().name(*place)
                              : fmt::format("member-{}", voter.value));
    }
    return names;
}

/// By what was agreed; null where no condemnation of it stands.
ordered_json condemned(MemberId id, const Knowledge& k) {
    if (!k.belonging.follows_ledger()) return nullptr;
    const AgreedMember* member = k.belonging.agreeing()->agreement().state().member(id);
    if (member == nullptr || !member->condemnation) return nullptr;
    const Condemnation& stands = *member->condemnation;
    const std::chrono::seconds since_1970(stands.wall_seconds);
    return {{"entry", stands.index},
            {"incarnation", stands.incarnation.value},
            {"time", endings::wall_phrase(endings::Wall(since_1970))},
            {"silence_ms", ms(stands.silence)},
            {"witnesses", names_of(stands.witnesses, k)},
            {"held", stands.hold != Hold::none},
            {"fencing", fence_headline(k.belonging.agreeing()->agreement().state(), *member)},
            {"receipt", stands.receipt == Receipt::none ? "" : word(stands.receipt)},
            {"person", stands.person}};
}

/// What is being done to switch the member off; nothing where nothing is.
std::optional<Explanation> fence_of(const std::string& name, const Knowledge& k) {
    if (!k.belonging.follows_ledger()) return std::nullopt;
    const ClusterState& state = k.belonging.agreeing()->agreement().state();
    const AgreedMember* member = state.member(std::string_view(name));
    return member == nullptr ? std::nullopt : explain_fence(state, *member);
}

/// What the member has committed about itself; null: it enforces nothing.
ordered_json terms_of(MemberId id, const Knowledge& k) {
    if (!k.belonging.follows_ledger()) return nullptr;
    const AgreedMember* member = k.belonging.agreeing()->agreement().state().member(id);
    if (member == nullptr || !member->terms) return nullptr;
    const Terms& terms = *member->terms;
    return {{"watchdog", word(terms.watchdog.kind)},
            {"trusted", terms.watchdog.trusted == Trusted::yes},
            {"reset_within_ms", ms(terms.watchdog.reset_within)},
            {"lease_ms", ms(terms.lease)}};
}

/// When its lease and its watchdog have run out for certain, in whole seconds, a little late.
ordered_json safe_at(std::optional<Duration> left, const Knowledge& k) {
    if (!left) return nullptr;
    const endings::Wall exact = wall_of(k.clocks.now + *left, k.clocks);
    return endings::wall_phrase(std::chrono::ceil<std::chrono::seconds>(exact));
}

ordered_json peer(const PeerReport& report, const Knowledge& k) {
    ordered_json paths = ordered_json::array();
    for (const PathReport& path : report.paths) paths.push_back(path_of_peer(path, k));
    const auto place = k.node.roster().place(report.name);
    const MemberConfig& member = k.config.cluster.members[place.value_or(0)];
    return {{"name", report.name},
            {"role", member.role == Role::witness ? "witness" : "voter"},
            {"standing", member.joined ? "joined" : "invited"},
            {"maintenance", in_maintenance(member.id, k)},
            {"terms", terms_of(member.id, k)},
            {"condemned", condemned(member.id, k)},
            {"self_fence_left_ms", ms(report.self_fence_left)},
            {"safe_at", safe_at(report.self_fence_left, k)},
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

/// The last time that a lost majority was given up: nothing where that never was.
ordered_json recovered(const Knowledge& k) {
    if (!k.belonging.follows_ledger() || k.belonging.removed()) return nullptr;
    const ClusterState& state = k.belonging.agreeing()->agreement().state();
    if (state.recoveries.empty()) return nullptr;
    const Recovery& last = state.recoveries.back();
    const AgreedMember* survivor = state.member(last.survivor);
    ordered_json left_out = ordered_json::array();
    for (const Tombstone& gone : state.tombstones) {
        if (gone.index == last.index && state.member(gone.name) == nullptr)
            left_out.push_back(gone.name);
    }
    const std::chrono::seconds since_1970(last.wall_seconds);
    return {{"generation", last.generation},
            {"time", endings::wall_phrase(endings::Wall(since_1970))},
            {"survivor", survivor == nullptr ? "" : survivor->name},
            {"person", last.person},
            {"left_out", std::move(left_out)}};
}

std::string trouble(const Knowledge& k) {
    if (!k.belonging.word().empty()) return k.belonging.word();
    return k.belonging.follows_ledger() ? k.belonging.agreeing()->trouble() : "";
}

/// What the bus says of that path; null where it goes another way, or there is no bus.
ordered_json bus_of_peer(const std::vector<bus::LinkState>& links, MemberId peer, PathId path) {
    const auto link = std::find_if(links.begin(), links.end(), [&](const bus::LinkState& each) {
        return each.peer == peer && each.path == path;
    });
    if (link == links.end()) return nullptr;
    return {{"up", link->carrying == bus::Carrying::up},
            {"latency_us",
             std::chrono::duration_cast<std::chrono::microseconds>(link->latency).count()},
            {"mtu", link->mtu_bytes},
            {"downs", link->downs}};
}

ordered_json lease(const LeaseReport& report) {
    ordered_json grants = ordered_json::array();
    for (const GrantReport& grant : report.grants)
        grants.push_back({{"voter", grant.voter}, {"age_ms", ms(grant.age)}});
    return {{"length_ms", ms(report.length)},
            {"needed", report.grants.empty() ? 0 : blocking(report.grants.size())},
            {"grants", std::move(grants)}};
}

ordered_json watchdog(const WatchdogReport& report, const Knowledge& k) {
    return {{"open", report.open},
            {"device", k.enforcing.device()},
            {"fed", report.fed},
            {"starved_for_ms", ms(report.starved_for)},
            {"reset_within_ms", report.open ? ms(report.reset_within) : ordered_json(nullptr)},
            {"trouble", k.enforcing.trouble()}};
}

/// May a guest start now? Whoever asks has said before that some run.
bool may_start(const NodeReport& report, const Knowledge& k) {
    if (!k.belonging.follows_ledger() || k.belonging.removed()) return false;
    const MemberId self = k.node.roster().id(k.node.roster().self());
    const AgreedMember* member = k.belonging.agreeing()->agreement().state().member(self);
    const bool holds_lease = report.lease.remaining.value_or(Duration::zero()) > Duration::zero();
    return member != nullptr && holds_lease && report.watchdog.guests == Guests::some &&
           enforces(*member, report.incarnation, k.enforcing.watchdog());
}

}  // namespace

std::string guard_reply(const Knowledge& k) {
    const NodeReport report = k.node.report(k.clocks.now);
    const MemberId self = k.node.roster().id(k.node.roster().self());
    return dump({{"incarnation", report.incarnation.value},
                 {"may_start", may_start(report, k)},
                 {"lease_remaining_ms", ms(report.lease.remaining)},
                 {"watchdog", watchdog(report.watchdog, k)},
                 {"terms", terms_of(self, k)},
                 {"condemned", condemned(self, k)}});
}

/// Each device that this node may ask, for each node that it could switch off.
ordered_json fence(const Knowledge& k) {
    ordered_json all = ordered_json::array();
    const Agreeing* agreeing = k.belonging.agreeing();
    if (agreeing == nullptr) return all;
    const std::string& here = k.node.roster().name(k.node.roster().self());
    for (const Fenceability& one : agreeing->fenceability()) {
        ordered_json entry{{"node", one.node}, {"device", one.device.name}, {"from", here}};
        entry["ready"] = one.ready ? ordered_json(*one.ready) : ordered_json();
        entry["why"] = one.why;
        entry["age_ms"] = one.ready ? ms(k.clocks.now - one.seen) : ordered_json();
        entry["since"] = one.ready ? ordered_json(wall_time(one.since, k.clocks)) : ordered_json();
        all.push_back(std::move(entry));
    }
    return all;
}

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
                 {"maintenance", in_maintenance(k.node.roster().id(k.node.roster().self()), k)},
                 {"condemned", condemned(k.node.roster().id(k.node.roster().self()), k)},
                 {"ledger", k.belonging.follows_ledger()},
                 {"removed", k.belonging.removed()},
                 {"recovered", recovered(k)},
                 {"trouble", trouble(k)},
                 {"isolated", report.isolated},
                 {"cannot_testify", cannot_testify(report)},
                 {"lease_remaining_ms", ms(report.lease.remaining)},
                 {"lease", lease(report.lease)},
                 {"guests", word(report.watchdog.guests)},
                 {"watchdog", watchdog(report.watchdog, k)},
                 {"terms", terms_of(k.node.roster().id(k.node.roster().self()), k)},
                 {"peers", std::move(peers)},
                 {"matrix", matrix(report, k)},
                 {"vms", ordered_json::array()},
                 {"fence", fence(k)}});
}

std::string paths_reply(const Knowledge& k) {
    const NodeReport report = k.node.report(k.clocks.now);
    const Agreeing* agreeing = k.belonging.agreeing();
    const auto links = agreeing == nullptr ? std::vector<bus::LinkState>() : agreeing->links();
    ordered_json paths = ordered_json::array();
    for (std::size_t i = 0; i < k.traffic.size(); ++i) {
        const Port& port = k.traffic.port(i);
        const PathConfig& config = k.config.cluster.paths[i];
        ordered_json peers = ordered_json::array();
        for (const PeerReport& peer : report.peers) {
            for (const PathReport& path : peer.paths) {
                if (path.path != i) continue;
                const MemberId id =
                    k.node.roster().id(k.node.roster().place(peer.name).value_or(0));
                const PathId path_id(static_cast<std::uint8_t>(i));
                const config::Endpoint* there = k.config.endpoint(id, path_id);
                ordered_json entry = path_of_peer(path, k);
                entry["name"] = peer.name;
                entry.erase("kind");
                entry["address"] = there == nullptr ? "" : there->address.text;
                entry["since"] = wall_time(path.since, k.clocks);
                entry["flaps"] = path.flaps;
                entry["bus"] = bus_of_peer(links, id, path_id);
                peers.push_back(std::move(entry));
            }
        }
        const config::Endpoint* own =
            k.config.endpoint(k.config.self, PathId(static_cast<std::uint8_t>(i)));
        const bool good = port.here && port.good();
        const std::string reason =
            port.here ? port.reason() : "this node is not on it, or it is off";
        paths.push_back({{"name", config.name},
                         {"kind", word(config.kind)},
                         {"fate", config.fate},
                         {"off", config.admin == Switched::off},
                         {"local",
                          {{"address", own == nullptr ? "" : own->address.text},
                           {"interface", port.interface()},
                           {"port", port.is_disk ? 0 : port.socket.options().port},
                           {"good", good},
                           {"reason", good ? "" : reason}}},
                         {"peers", std::move(peers)}});
    }
    return dump({{"node", report.name}, {"paths", std::move(paths)}});
}

std::string explain_reply(const Knowledge& k, const std::string& node) {
    if (k.belonging.removed())
        return wire::to_text(wire::ErrorReply{{"this node judges nobody", k.belonging.word(),
                                               "`inquest reset-node` makes it a bare node"},
                                              wire::Exit::failed});
    const NodeReport report = k.node.report(k.clocks.now);
    const std::string& name = node == "self" ? report.name : node;
    auto explanation = k.node.explain(name, k.clocks.now);
    if (!explanation) return no_such_node(node, k);
    if (auto fence = fence_of(name, k)) explanation->because.push_back(std::move(*fence));
    std::string_view verdict = word(report.isolated ? Verdict::isolated : Verdict::alive);
    for (const PeerReport& peer : report.peers) {
        if (peer.name == name) verdict = word(peer.verdict);
    }
    ordered_json json{{"node", name}, {"verdict", verdict}, {"observer", report.name}};
    json.update(tree(*explanation, k));
    return dump(json);
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
