#include "tests/sim/world/world.hpp"

#include "tests/sim/world/founding.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// At first all machines come up within this.
constexpr Duration dawn_spread = 50ms;
/// What netmon needs, at most, to learn that a link has changed.
constexpr Duration link_news_max = 3ms;
/// After a crash the daemon is started again.
constexpr Duration restart_delay = 1s;
/// A machine that its watchdog has reset comes up by itself after this.
constexpr Duration boot_delay = 20s;

/// What the bus and its clients do is drawn by itself, so that beats do not change with it.
constexpr std::uint64_t bus_salt = 0x6275732e62757321;
constexpr std::uint64_t clients_salt = 0x636c69656e747321;
constexpr std::uint64_t people_salt = 0x70656f706c652121;
constexpr std::uint64_t keys_salt = 0x6b65797321212121;

std::uint64_t mixed(std::uint64_t value) { return Random(value).next(); }

std::uint64_t mixed(std::string_view text) {
    std::uint64_t result = text.size();
    for (const char letter : text) result = mixed(result ^ static_cast<unsigned char>(letter));
    return result;
}

}  // namespace

World::World(Setup setup, std::vector<Watcher*> watchers)
    : setup_(std::move(setup)),
      watchers_(std::move(watchers)),
      random_(mixed(setup_.seed)),
      keys_(setup_.cluster.name, mixed(setup_.seed ^ keys_salt)),
      post_(keys_, setup_.authentication),
      network_(setup_.cluster, random_.next()),
      bus_(setup_.cluster),
      bus_random_(mixed(setup_.seed ^ bus_salt)),
      people_(mixed(setup_.seed ^ people_salt)),
      clients_(mixed(setup_.seed ^ clients_salt)),
      eyes_(setup_.cluster.members.size()),
      strangers_answered_(setup_.cluster.members.size(), dawn),
      stays_off_(setup_.cluster.members.size(), false) {
    begin_hosts();
    put(Due::Kind::command, dawn + clients_.pause());
}

void World::begin_hosts() {
    const AgreedKey key = keys_.draw({});
    const ClusterState state = founding(setup_.cluster, setup_.outside, key);
    const Papers papers{.cluster = configuration(state), .keys = {key}, .keys_index = state.index};
    hosts_.reserve(eyes_.size());
    for (std::size_t place = 0; place < eyes_.size(); ++place) {
        eyes_[place].world = this;
        eyes_[place].place = place;
        Host::Parts parts{.paths = setup_.cluster.paths.size(),
                          .seed = random_.next(),
                          .papers = {},
                          .ledger = {},
                          .keys = &keys_,
                          .post = &post_,
                          .bus = &bus_,
                          .onlooker = &eyes_[place],
                          .has_guests = place < static_cast<std::size_t>(setup_.guests)};
        if (const MemberId id = setup_.cluster.members[place].id; state.member(id) != nullptr) {
            parts.papers = papers;
            parts.papers.self = id;
            parts.ledger = beginning(state);
            members_.emplace_back(id, place);
        }
        hosts_.push_back(Host(std::move(parts)));
    }
}

// ---- The loop -----------------------------------------------------------------------------------

void World::plan(const Events& events) {
    events_ = &events;
    for (const Event& event : events) {
        if (event.verb != Verb::maintenance) continue;
        for (const std::size_t place : event.nodes)
            if (place != whoever_leads) clients_.leave_alone(setup_.cluster.members[place].name);
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        put(Due::Kind::event, dawn + events[i].when, 0, static_cast<std::uint32_t>(i));
    }
}

void World::power_on_all() {
    for (std::size_t place = 0; place < hosts_.size(); ++place) {
        put(Due::Kind::restart, now_ + random_.below(dawn_spread), place, hosts_[place].run());
    }
}

void World::run(Moment until) {
    while (!queue_.empty() && queue_.next().moment <= until) {
        const Due due = queue_.take();
        now_ = due.moment;
        ++counts_.steps;
        take(due);
    }
    now_ = std::max(now_, until);
}

void World::put(Due::Kind kind, Moment moment, std::size_t host, std::uint32_t what, PathId path) {
    queue_.put({moment, 0, what, static_cast<std::uint8_t>(host), path.value, kind});
}

void World::take(const Due& due) {
    switch (due.kind) {
        case Due::Kind::event: apply((*events_)[due.what]); break;
        case Due::Kind::arrival:
            ++counts_.datagrams;
            hosts_[due.host].receive(now_, PathId(due.path), due.what);
            break;
        case Due::Kind::wake:
            if (due.what == hosts_[due.host].alarm()) wake(due.host);
            break;
        case Due::Kind::links:
            // A change of a link wakes the daemon at once; the core then says when to wake next.
            if (!hosts_[due.host].awake(now_)) break;
            hosts_[due.host].read_links(now_, actions_);
            carry_out(due.host);
            arm(due.host);
            break;
        case Due::Kind::keeper:
            if (due.what == hosts_[due.host].run()) keep(due.host);
            break;
        case Due::Kind::watchdog: look_at_watchdog(due.host); break;
        case Due::Kind::boot:
            if (due.what == hosts_[due.host].run() && !stays_off_[due.host])
                befall(due.host, Verb::start);
            break;
        case Due::Kind::restart:
            if (due.what == hosts_[due.host].run()) start(due.host);
            break;
        case Due::Kind::parcel: deliver(due.host, PathId(due.path), due.what); break;
        case Due::Kind::ledger:
            if (due.what != hosts_[due.host].scribe().alarm) break;
            hosts_[due.host].scribe().armed_for = end_of_time;
            wake_agreement(due.host);
            break;
        case Due::Kind::written:
            if (due.what == hosts_[due.host].scribe().disk().life()) look_at_disk(due.host);
            break;
        case Due::Kind::command: ask_for_something(); break;
        case Due::Kind::errands:
            errands_due_ = false;
            look_after_errands();
            break;
        case Due::Kind::fence: switch_off_by_fence(due.what); break;
        case Due::Kind::fence_answer: answer_fence(due.what); break;
        case Due::Kind::farewell:
            if (due.what == hosts_[due.host].self().value && hosts_[due.host].awake(now_))
                be_removed(due.host, "another member says that this node has been removed");
            break;
    }
}

void World::note(std::uint64_t value) {
    counts_.digest =
        mixed(counts_.digest ^ value ^ static_cast<std::uint64_t>(now_.time_since_epoch().count()));
}

// ---- Who is who ---------------------------------------------------------------------------------

std::optional<std::size_t> World::place(MemberId member) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const auto& known) { return known.first == member; });
    if (found == members_.end()) return std::nullopt;
    return found->second;
}

std::optional<Verdict> World::verdict(std::size_t host, std::size_t of) const {
    const Node& node = hosts_[host].node();
    const auto place = node.roster().place(std::string_view(setup_.cluster.members[of].name));
    return place ? std::optional(node.verdict(*place)) : std::nullopt;
}

std::optional<Verdict> World::pronounced(std::size_t host, std::size_t of) const {
    const Node& node = hosts_[host].node();
    const auto place = node.roster().place(std::string_view(setup_.cluster.members[of].name));
    return place ? std::optional(node.pronounced(*place)) : std::nullopt;
}

bool World::in_touch(std::size_t a, std::size_t b) const {
    const auto hears = [](const Host& listener, const Host& speaker) {
        return listener.knows(speaker.self()) && listener.understands(speaker.signing());
    };
    const Host& one = hosts_[a];
    const Host& other = hosts_[b];
    return one.is_member() && other.is_member() && hears(one, other) && hears(other, one);
}

// ---- The timeline -------------------------------------------------------------------------------

void World::apply(const Event& event) {
    if (const auto known = resolved(event)) return carry_out(*known);
    for (Watcher* watcher : watchers_) watcher->left_out(*this, event);
}

/// The event with the place of whoever leads now; nothing where nobody does.
std::optional<Event> World::resolved(const Event& event) const {
    const auto unknown = [](const Nodes& nodes) {
        return std::find(nodes.begin(), nodes.end(), whoever_leads) != nodes.end();
    };
    const bool asks = unknown(event.nodes) || unknown(event.to) || event.observer == whoever_leads;
    if (!asks) return event;
    const auto leads = coordinator();
    if (!leads) return std::nullopt;
    Event known = event;
    const auto put_in = [&](Nodes& nodes) {
        if (std::find(nodes.begin(), nodes.end(), *leads) != nodes.end())
            std::erase(nodes, whoever_leads);
        std::replace(nodes.begin(), nodes.end(), whoever_leads, *leads);
    };
    put_in(known.nodes);
    put_in(known.to);
    if (known.observer == whoever_leads) known.observer = leads;
    return known;
}

void World::carry_out(const Event& event) {
    if (is_fault(event.verb)) {
        network_.apply(event);
        for (const std::size_t host : event.nodes) apply_to(event, host);
        update_links();
    }
    for (Watcher* watcher : watchers_) watcher->happened(*this, event);
    if (is_errand(event.verb)) begin_errand(event);
}

void World::apply_to(const Event& event, std::size_t place) {
    Host& host = hosts_[place];
    switch (event.verb) {
        case Verb::start: start(place); break;
        case Verb::power_off: host.power_off(); break;
        case Verb::hang: host.hang(); break;
        case Verb::pause:
            host.pause(now_ + event.length);
            if (host.runs()) arm(place);
            break;
        case Verb::crash:
            if (!host.runs()) break;
            host.crash(now_);
            keep(place);
            put(Due::Kind::restart, std::max(now_ + restart_delay, host.paused_until()), place,
                host.run());
            break;
        case Verb::stop:
            if (!host.awake(now_)) break;
            // One that was removed has nobody to say goodbye to.
            if (!host.is_member()) {
                host.end_daemon(Scribe::Ending::in_peace);
                break;
            }
            host.leave(now_, actions_);
            carry_out(place);
            break;
        case Verb::guard_crash:
            host.crash_guard(now_, actions_);
            carry_out(place);
            if (host.awake(now_)) arm(place);
            break;
        case Verb::fence_fails:
            fences_.be_faulty(place, event.word, FenceYard::Fault::fails);
            break;
        case Verb::fence_lies: fences_.be_faulty(place, event.word, FenceYard::Fault::lies); break;
        case Verb::fence_slow: fences_.be_slow(place, event.length); break;
        case Verb::lose_disk: host.lose_disk(); break;
        case Verb::damage_disk: host.scribe().disk().damage(); break;
        case Verb::reset: host.reset(); break;
        case Verb::disk_stall: host.scribe().disk().stall(now_ + event.length); break;
        case Verb::lag: host.lag(event.length); break;
        case Verb::drift:
            host.drift(now_, event.millionths);
            if (!host.runs()) break;
            arm(place);
            arm_agreement(place);
            break;
        case Verb::clock_step: host.step_clock(event.length); break;
        case Verb::invite:
        case Verb::join:
        case Verb::leave:
        case Verb::remove:
        case Verb::rekey:
        case Verb::maintenance:
        case Verb::arm:
        case Verb::disarm:
        case Verb::confirm_off:
        case Verb::release:
        case Verb::cut:
        case Verb::heal:
        case Verb::switch_off:
        case Verb::switch_on:
        case Verb::switch_hang:
        case Verb::unplug:
        case Verb::plug:
        case Verb::loss:
        case Verb::delay:
        case Verb::duplicate:
        case Verb::reorder:
        case Verb::corrupt:
        case Verb::mtu:
        case Verb::expect:
        case Verb::never:
        case Verb::end: break;
    }
}

/// A machine that is off or hangs boots; one that is on without a daemon gets one; one that runs
/// goes on.
void World::start(std::size_t place) {
    Host& host = hosts_[place];
    if (host.runs()) return;
    stays_off_[place] = false;
    if (host.power() == Host::Power::on)
        host.start_daemon(now_);
    else
        host.power_on(now_);
    if (host.refuses_to_start()) {
        for (Watcher* watcher : watchers_) watcher->refused(*this, place, "its ledger is damaged");
    }
    if (!host.runs()) return keep(place);
    // What is known to be committed is told at once.
    step_agreement(place, ledger::Persisted{});
    host.read_links(now_, actions_);
    carry_out(place);
    arm(place);
    arm_agreement(place);
}

/// While no daemon speaks; a keeper sleeps as its machine does.
void World::keep(std::size_t place) {
    Host& host = hosts_[place];
    if (now_ >= host.paused_until()) {
        host.keep(now_, actions_);
        carry_out(place);
    }
    const Moment due = host.keeper_due(now_);
    if (due != end_of_time) put(Due::Kind::keeper, due, place, host.run());
}

void World::watch(std::size_t place) {
    const Moment due = hosts_[place].resets_at();
    if (due != end_of_time) put(Due::Kind::watchdog, due, place);
}

/// What no timeline says, and everybody may see.
void World::befall(std::size_t place, Verb verb) {
    Event event;
    event.when = now_ - dawn;
    event.verb = verb;
    event.nodes = {place};
    carry_out(event);
}

/// It counts on while the machine hangs or is paused.
void World::look_at_watchdog(std::size_t place) {
    Host& host = hosts_[place];
    if (now_ < host.resets_at()) return;
    for (Watcher* watcher : watchers_) watcher->resetting(*this, place);
    befall(place, Verb::power_off);
    put(Due::Kind::boot, now_ + boot_delay, place, host.run());
}

void World::update_links() {
    for (std::size_t place = 0; place < hosts_.size(); ++place) {
        bool changed = false;
        for (std::size_t i = 0; i < setup_.cluster.paths.size(); ++i) {
            const PathId path(static_cast<std::uint8_t>(i));
            changed = hosts_[place].set_carrier(path, network_.carrier(place, path)) || changed;
        }
        if (changed) put(Due::Kind::links, now_ + random_.below(link_news_max), place);
    }
}

// ---- Hosts at work ------------------------------------------------------------------------------

void World::wake(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.is_member()) return;
    if (now_ < host.paused_until()) return arm(place);
    host.wake(
        now_,
        [&](const BeatHeard& event, Moment arrived) {
            answer_stranger(place, event.beat, event.path);
            note((event.beat.sequence.value << 16) ^ (event.beat.sender.value << 8) ^ place);
            for (Watcher* watcher : watchers_) watcher->heard(*this, place, event, arrived);
        },
        actions_);
    carry_out(place);
    if (!host.is_member()) return;
    for (Watcher* watcher : watchers_) watcher->woke(*this, place);
    if (now_ >= host.leaves_at())
        host.end_daemon(Scribe::Ending::in_peace);
    else
        arm(place);
}

void World::arm(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.is_member()) return;
    const Moment fires = host.set_alarm(now_);
    if (fires != end_of_time) put(Due::Kind::wake, fires, place, host.alarm());
}

void World::carry_out(std::size_t from) {
    Actions actions;
    actions.swap(actions_);
    std::optional<Motions> motions;
    for (const Action& action : actions) {
        if (std::holds_alternative<FeedWatchdog>(action)) {
            hosts_[from].feed_watchdog(now_);
            watch(from);
        } else if (const auto* sending = std::get_if<SendBeat>(&action)) {
            const Post::Letter letter = post_.write(sending->beat, hosts_[from].signing());
            post_.send(letter);
            for (const MemberId member : hosts_[from].audience(now_)) {
                const auto to = place(member);
                if (to && *to != from) send(from, *to, sending->beat.path, letter);
            }
            post_.done(letter);
        } else if (const auto* relaying = std::get_if<RelayBeat>(&action)) {
            const Post::Letter letter = post_.write(relaying->beat, hosts_[from].signing());
            post_.send(letter);
            if (const auto to = place(relaying->to)) send(from, *to, relaying->path, letter);
            post_.done(letter);
        } else if (const auto* told = std::get_if<Transition>(&action)) {
            note(mixed(log_line(*told)) ^ from);
            for (Watcher* watcher : watchers_) watcher->told(*this, from, *told);
        } else if (const auto* moved = std::get_if<Motions>(&action)) {
            motions = *moved;
        }
    }
    actions.clear();
    actions_.swap(actions);
    if (!motions) return;
    step_agreement(from, *motions);
    arm_agreement(from);
}

void World::send(std::size_t from, std::size_t to, PathId path, Post::Letter letter) {
    if (const auto most = network_.most_bytes(from, to, path); most && post_.size(letter) > *most)
        return;
    for (const Network::Passage& passage : network_.carry(from, to, path)) {
        const bool damaged = passage.bytes == Network::Passage::Bytes::damaged;
        const Post::Letter sent = damaged ? post_.damage(letter, random_) : letter;
        post_.send(sent);
        put(Due::Kind::arrival, now_ + passage.delay, to, sent, path);
    }
}

}  // namespace inquest::sim
