#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace inquest::test {
namespace {

/// Datagrams that a socket holds for a stalled node: about what Linux's default buffer takes.
constexpr std::size_t queue_max = 256;

/// A node that asks to be woken at one instant again and again would hang the daemon.
constexpr int wakes_at_once_max = 50;

/// So long after a change beats still go to members that it has removed.
constexpr int farewell_intervals = 3;

}  // namespace

ClusterConfig cluster_config(int nodes, int paths, Timing timing, int voters) {
    ClusterConfig config;
    config.name = "lab";
    config.timing = timing;
    config.hash = 7;
    for (int i = 0; i < paths; ++i) {
        const char letter = static_cast<char>('a' + i);
        config.paths.push_back({.name = fmt::format("lan-{}", letter),
                                .kind = PathKind::udp,
                                .fate = fmt::format("sw-{}", letter),
                                .admin = Switched::on});
    }
    for (int i = 0; i < nodes; ++i) {
        MemberConfig member{.id = MemberId(static_cast<std::uint16_t>(i + 1)),
                            .name = fmt::format("n{}", i + 1),
                            .role = Role::voter,
                            .votes = i < voters,
                            .paths = {}};
        for (int path = 0; path < paths; ++path) {
            member.paths.push_back(PathId(static_cast<std::uint8_t>(path)));
        }
        config.members.push_back(std::move(member));
    }
    return config;
}

namespace {

void append(std::string& text, const Explanation& part, int depth) {
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    text += indent + part.claim + "\n";
    if (!part.rule.empty()) text += indent + "  rule: " + part.rule + "\n";
    for (const std::string& other : part.would_have_changed_it) {
        text += indent + "  it would be different: " + other + "\n";
    }
    for (const Explanation& because : part.because) append(text, because, depth + 1);
}

}  // namespace

std::string text(const Explanation& explanation) {
    std::string result;
    append(result, explanation, 0);
    return result;
}

Cluster::Cluster(Layout layout)
    : config_(cluster_config(layout.nodes, layout.paths, layout.timing, layout.voters)),
      random_(layout.seed),
      seed_(layout.seed) {
    make_room();
    for (std::size_t i = 0; layout.power == Power::on && i < hosts_.size(); ++i) {
        power_on(everybody_[i].name);
    }
}

/// For the members and paths of the newest configuration.
void Cluster::make_room() {
    for (const MemberConfig& member : config_.members) {
        if (std::none_of(everybody_.begin(), everybody_.end(),
                         [&](const MemberConfig& known) { return known.id == member.id; }))
            everybody_.push_back(member);
    }
    const auto paths = config_.paths.size();
    hosts_.resize(everybody_.size());
    cut_.resize(hosts_.size());
    switched_off_.resize(paths);
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        hosts_[i].clock = 1000s * static_cast<int>(i + 1);
        hosts_[i].overrun.resize(paths);
        hosts_[i].plugged.resize(paths, true);
        hosts_[i].drowning.resize(paths);
        cut_[i].resize(hosts_.size());
        for (std::vector<bool>& way : cut_[i]) way.resize(paths);
    }
}

// --- Configuration -------------------------------------------------------------------------------

void Cluster::write(ClusterConfig next) {
    for (const Problem& problem : problems(next)) {
        INFO(problem.where << " " << problem.what);
        REQUIRE(problem.severity == Problem::Severity::warning);
    }
    next.hash = config_.hash + 1;
    config_ = std::move(next);
    make_room();
}

void Cluster::follow(std::string_view node) {
    Host& following = host(node);
    REQUIRE(following.node);
    following.removed = following.config.members;
    following.removed_until = now_ + farewell_intervals * following.config.timing.beat_interval;
    following.config = config_;
    step(following, Reconfigured{following.config});
    if (following.node->next_deadline() < local(following)) FAIL_CHECK("a deadline in the past");
}

void Cluster::follow_all(Duration apart) {
    for (const MemberConfig& member : newest().members) {
        if (!host(member.name).node || host(member.name).config.hash == config_.hash) continue;
        follow(member.name);
        run(apart);
    }
}

bool Cluster::has_socket(const Host& host, PathId path) {
    return path.value < host.config.paths.size() &&
           host.config.paths[path.value].admin == Switched::on;
}

/// Who is removed learns it from a few last beats, as in the daemon.
bool Cluster::sends_to(const Host& host, MemberId member) const {
    const auto among = [member](const std::vector<MemberConfig>& members) {
        return std::any_of(members.begin(), members.end(),
                           [&](const MemberConfig& known) { return known.id == member; });
    };
    return among(host.config.members) || (now_ < host.removed_until && among(host.removed));
}

// --- Time ----------------------------------------------------------------------------------------

Instant Cluster::wake_time(const Host& host) const {
    if (!host.node) return never;
    return std::max({host.node->next_deadline() - host.clock, host.stalled_until, now_});
}

void Cluster::run(Duration length) {
    const Instant end = now_ + length;
    for (;;) {
        Instant next = flights_.empty() ? never : flights_.begin()->first.first;
        for (const Host& host : hosts_) next = std::min(next, wake_time(host));
        if (next > end) break;
        now_ = next;
        while (!flights_.empty() && flights_.begin()->first.first <= now_) {
            const Flight flight = std::move(flights_.begin()->second);
            flights_.erase(flights_.begin());
            deliver(flight);
        }
        for (Host& host : hosts_) {
            if (wake_time(host) <= now_) wake(host);
        }
    }
    now_ = end;
}

void Cluster::deliver(const Flight& flight) {
    Host& host = hosts_[flight.to];
    if (!host.node) return;
    if (host.drowning[flight.path.value]) {
        step(host, Overrun{flight.path});
        return;
    }
    if (now_ >= host.stalled_until) {
        receive(host, *flight.beat, flight.path, local(host));
        return;
    }
    const auto held = std::count_if(host.queue.begin(), host.queue.end(), [&](const auto& waiting) {
        return waiting.path == flight.path;
    });
    if (static_cast<std::size_t>(held) < queue_max) {
        host.queue.push_back({flight.beat, flight.path, local(host)});
    } else {
        host.overrun[flight.path.value] = true;
    }
}

void Cluster::receive(Host& host, const Beat& beat, PathId path, Instant arrived) {
    step(host, BeatHeard{beat, path, arrived});
}

void Cluster::wake(Host& host) {
    drain(host);
    host.moved.reset();
    host.motions.reset();
    step(host, Wake{});
    if (host.node->next_deadline() < local(host)) FAIL_CHECK("a deadline in the past");
    host.wakes_at_once = host.last_wake == now_ ? host.wakes_at_once + 1 : 0;
    host.last_wake = now_;
    if (host.wakes_at_once >= wakes_at_once_max) FAIL("the node wakes without end");
}

void Cluster::tell(std::string_view node, const LedgerTold& told) { step(host(node), told); }

void Cluster::tell_all(const LedgerTold& told) {
    for (Host& host : hosts_) {
        if (host.node != nullptr) step(host, told);
    }
}

void Cluster::drain(Host& host) {
    std::vector<Waiting> queue;
    queue.swap(host.queue);
    for (const Waiting& waiting : queue) {
        receive(host, *waiting.beat, waiting.path, waiting.arrived);
    }
    for (std::size_t path = 0; path < host.overrun.size(); ++path) {
        if (!host.overrun[path]) continue;
        host.overrun[path] = false;
        step(host, Overrun{PathId(static_cast<std::uint8_t>(path))});
    }
}

void Cluster::step(Host& host, const Event& event) {
    Actions actions;
    host.node->step(local(host), event, actions);
    carry_out(host, actions);
}

void Cluster::carry_out(Host& host, Actions& actions) {
    const auto from = static_cast<std::size_t>(&host - hosts_.data());
    for (Action& action : actions) {
        if (auto* change = std::get_if<Transition>(&action)) {
            change->when -= host.clock;
            transitions_.push_back(std::move(*change));
        } else if (auto* sending = std::get_if<SendBeat>(&action)) {
            const auto beat = std::make_shared<const Beat>(sending->beat);
            for (std::size_t to = 0; to < hosts_.size(); ++to) {
                if (to != from) send(from, to, beat->path, beat);
            }
        } else if (const auto* moved = std::get_if<Motions>(&action)) {
            host.motions = *moved;
            const bool decides =
                !moved->condemn.empty() || !moved->acquit.empty() || !moved->elapsed.empty();
            if (decides) host.moved = *moved;
        } else if (auto* relaying = std::get_if<RelayBeat>(&action)) {
            ++relayed_beats_;
            for (std::size_t to = 0; to < hosts_.size(); ++to) {
                if (everybody_[to].id != relaying->to) continue;
                send(from, to, relaying->path, std::make_shared<const Beat>(relaying->beat));
            }
        }
    }
}

// --- The network ---------------------------------------------------------------------------------

bool Cluster::passes(std::size_t from, std::size_t to, PathId path) {
    const bool wired = !switched_off_[path.value] && !cut_[from][to][path.value] &&
                       hosts_[from].plugged[path.value] && hosts_[to].plugged[path.value] &&
                       has_socket(hosts_[to], path) && sends_to(hosts_[from], everybody_[to].id);
    if (!wired) return false;
    return weather.loss_percent == 0 ||
           random_.next() % 100 >= static_cast<std::uint64_t>(weather.loss_percent);
}

void Cluster::send(std::size_t from, std::size_t to, PathId path,
                   std::shared_ptr<const Beat> beat) {
    for (int copy = 0; copy < weather.copies; ++copy) {
        if (!passes(from, to, path)) continue;
        const Instant arrives = now_ + weather.delay + random_.below(weather.jitter);
        flights_.emplace(std::pair(arrives, sent_++), Flight{to, path, beat});
        if (weather.recorded) tape.push_back({everybody_[to].name, path, beat});
    }
}

void Cluster::inject(std::string_view to, std::string_view path, const Beat& beat) {
    Host& target = host(to);
    receive(target, beat, PathId(static_cast<std::uint8_t>(path_place(path))), local(target));
}

void Cluster::set_cut(std::string_view from, std::string_view to, bool cut) {
    std::vector<bool>& paths = cut_[place(from)][place(to)];
    paths.assign(paths.size(), cut);
}

void Cluster::cut(std::string_view from, std::string_view to) { set_cut(from, to, true); }

void Cluster::cut(std::string_view from, std::string_view to, std::string_view path) {
    cut_[place(from)][place(to)][path_place(path)] = true;
}

void Cluster::separate(std::string_view a, std::string_view b) {
    cut(a, b);
    cut(b, a);
}

void Cluster::heal(std::string_view from, std::string_view to) { set_cut(from, to, false); }

void Cluster::heal() {
    for (auto& row : cut_) {
        for (std::vector<bool>& paths : row) paths.assign(paths.size(), false);
    }
    switched_off_.assign(switched_off_.size(), false);
}

void Cluster::switch_off(std::string_view path) { switched_off_[path_place(path)] = true; }
void Cluster::switch_on(std::string_view path) { switched_off_[path_place(path)] = false; }

void Cluster::unplug(std::string_view node, std::string_view path) {
    const std::size_t number = path_place(path);
    host(node).plugged[number] = false;
    step(host(node),
         LocalHalfBroken{PathId(static_cast<std::uint8_t>(number)), "eth0: no carrier"});
}

void Cluster::plug(std::string_view node, std::string_view path) {
    const std::size_t number = path_place(path);
    host(node).plugged[number] = true;
    step(host(node), LocalHalfGood{PathId(static_cast<std::uint8_t>(number))});
}

void Cluster::drown(std::string_view node, std::string_view path) {
    std::vector<bool>& drowning = host(node).drowning;
    drowning[path_place(path)] = !drowning[path_place(path)];
}

// --- Nodes ---------------------------------------------------------------------------------------

void Cluster::power_on(std::string_view node) {
    const Host& starting = host(node);
    const auto tag = static_cast<std::uint32_t>(random_.next());
    power_on(node, {Incarnation(starting.last.incarnation.value + 1), Session(1), tag});
}

void Cluster::power_on(std::string_view node, Boot boot) {
    Host& starting = host(node);
    starting.last = boot;
    starting.queue.clear();
    starting.stalled_until = now_;
    const Identity identity{.self = everybody_[place(node)].id,
                            .incarnation = boot.incarnation,
                            .session = boot.session,
                            .boot_tag = boot.tag,
                            .seed = seed_ * 1000 + place(node)};
    starting.config = config_;
    starting.node = std::make_unique<Node>(config_, identity, local(starting));
}

void Cluster::power_off(std::string_view node) { host(node).node.reset(); }

void Cluster::restart_daemon(std::string_view node) {
    Boot boot = host(node).last;
    ++boot.session.value;
    power_on(node, boot);
}

void Cluster::leave(std::string_view node) {
    step(host(node), Leave{});
    power_off(node);
}

void Cluster::stall(std::string_view node, Duration length) {
    host(node).stalled_until = now_ + length;
}

Cluster::Boot Cluster::boot(std::string_view node) const { return host(node).last; }

// --- What they say -------------------------------------------------------------------------------

std::size_t Cluster::place(std::string_view node) const {
    const auto found = std::find_if(everybody_.begin(), everybody_.end(),
                                    [&](const auto& member) { return member.name == node; });
    REQUIRE(found != everybody_.end());
    return static_cast<std::size_t>(found - everybody_.begin());
}

std::size_t Cluster::path_place(std::string_view path) const {
    const auto found = std::find_if(config_.paths.begin(), config_.paths.end(),
                                    [&](const auto& entry) { return entry.name == path; });
    REQUIRE(found != config_.paths.end());
    return static_cast<std::size_t>(found - config_.paths.begin());
}

const Node& Cluster::node(std::string_view name) const {
    REQUIRE(host(name).node);
    return *host(name).node;
}

NodeReport Cluster::report(std::string_view name) const {
    return node(name).report(local(host(name)));
}

const PeerReport& Cluster::of(const NodeReport& report, std::string_view peer) {
    const auto found = std::find_if(report.peers.begin(), report.peers.end(),
                                    [&](const auto& entry) { return entry.name == peer; });
    REQUIRE(found != report.peers.end());
    return *found;
}

Verdict Cluster::verdict(std::string_view observer, std::string_view peer) const {
    return of(report(observer), peer).verdict;
}

std::string Cluster::reason(std::string_view observer, std::string_view peer) const {
    return of(report(observer), peer).reason;
}

Cell Cluster::cell(std::string_view observer, std::string_view peer, std::string_view path) const {
    const NodeReport all = report(observer);
    const std::size_t number = path_place(path);
    for (const PathReport& entry : of(all, peer).paths) {
        if (entry.path == number) return entry.cell;
    }
    return off_cell;
}

Explanation Cluster::explanation(std::string_view observer, std::string_view peer) const {
    const auto found = node(observer).explain(peer, local(host(observer)));
    REQUIRE(found.has_value());
    return *found;
}

std::string Cluster::explain(std::string_view observer, std::string_view peer) const {
    return text(explanation(observer, peer));
}

std::uint64_t Cluster::refused(std::string_view name, BeatRefusal reason) const {
    return node(name).refused()[static_cast<std::size_t>(reason)];
}

std::string Cluster::story(std::string_view observer, std::string_view peer) const {
    std::string told;
    for (const Transition& change : transitions_) {
        if (change.kind != Transition::Kind::verdict) continue;
        if (change.observer != observer || change.peer != peer) continue;
        told += (told.empty() ? "" : " ") + change.to;
    }
    return told;
}

bool Cluster::ever(Verdict verdict) const {
    return std::any_of(transitions_.begin(), transitions_.end(), [&](const Transition& change) {
        return change.kind == Transition::Kind::verdict && change.to == word(verdict);
    });
}

bool Cluster::ever_by(std::string_view observer, Verdict verdict) const {
    return std::any_of(transitions_.begin(), transitions_.end(), [&](const Transition& change) {
        return change.kind == Transition::Kind::verdict && change.to == word(verdict) &&
               change.observer == observer;
    });
}

bool Cluster::ever_on(std::string_view peer, Verdict verdict) const {
    return std::any_of(transitions_.begin(), transitions_.end(), [&](const Transition& change) {
        return change.kind == Transition::Kind::verdict && change.to == word(verdict) &&
               change.peer == peer;
    });
}

int Cluster::count(Transition::Kind kind) const {
    return static_cast<int>(std::count_if(transitions_.begin(), transitions_.end(),
                                          [&](const auto& change) { return change.kind == kind; }));
}

Instant Cluster::first(std::string_view observer, std::string_view peer, Verdict verdict) const {
    for (const Transition& change : transitions_) {
        if (change.kind == Transition::Kind::verdict && change.observer == observer &&
            change.peer == peer && change.to == word(verdict)) {
            return change.when;
        }
    }
    return never;
}

std::string Cluster::log() const {
    std::string lines;
    for (const Transition& change : transitions_) {
        lines += fmt::format("{:>10.4f} {} {}\n",
                             std::chrono::duration<double>(change.when.time_since_epoch()).count(),
                             change.observer, log_line(change));
    }
    return lines;
}

}  // namespace inquest::test
