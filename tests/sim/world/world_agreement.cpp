// Agreements at work. Each has an alarm of its own beside its node's: what the bus brings is read
// at once, and a node judges no sooner for it. This is heartbeat/daemon/agreeing.cpp with the
// world's bus, disk and time.
#include "heartbeat/agreement/introduction.hpp"
#include "tests/sim/world/world.hpp"

#include <utility>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// How long a node asks for something of its own before it asks anew.
constexpr Duration own_request_time = 30s;
/// How long a client waits.
constexpr Duration client_time = 10s;

std::int64_t seconds_of(Duration realtime) {
    return std::chrono::duration_cast<std::chrono::seconds>(realtime).count();
}

}  // namespace

std::optional<std::size_t> World::coordinator() const {
    std::optional<std::size_t> found;
    ledger::Term newest;
    for (std::size_t place = 0; place < hosts_.size(); ++place) {
        if (!hosts_[place].runs()) continue;
        const ledger::Ledger& ledger = hosts_[place].scribe().ledger();
        if (ledger.role() != ledger::Role::leader || ledger.term() <= newest) continue;
        newest = ledger.term();
        found = place;
    }
    return found;
}

void World::Eye::stepped(const ledger::Event& event, const ledger::Standing& before,
                         const ledger::Ledger& after, const ledger::Actions& actions) {
    const LedgerStep step{event, before, after, actions};
    for (Watcher* watcher : world->watchers_) watcher->stepped(*world, place, step);
}

// ---- What wakes an agreement --------------------------------------------------------------------

/// libknet takes nothing from whom it was not told of, nor what another key signs.
void World::deliver(std::size_t place, PathId path, Bus::Parcel parcel) {
    Host& host = hosts_[place];
    const Bus::Message& message = bus_.message(parcel);
    const bool reaches = host.runs() && host.has_carrier(path);
    if (!reaches || !bus_.is_news(parcel, host.run()) || message.to != host.self() ||
        !host.reaches(message.from) || !host.understands(message.key) ||
        !host.scribe().take(parcel))
        return bus_.done(parcel);
    attend(place);
}

/// Something waits for the agreement: at once, if its daemon is free.
void World::attend(std::size_t place) {
    const Host& host = hosts_[place];
    if (host.awake(now_) && !host.lags()) {
        wake_agreement(place);
    } else {
        arm_agreement(place);
    }
}

void World::wake_agreement(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.runs()) return;
    if (now_ < host.paused_until()) return arm_agreement(place);
    const std::uint32_t run = host.run();
    for (const Bus::Parcel parcel : host.scribe().take_out()) {
        const Bus::Message& message = bus_.message(parcel);
        if (host.run() == run)
            step_agreement(place, agreement::Heard{message.from, message.channel, message.body});
        bus_.done(parcel);
    }
    if (host.run() != run) return;
    if (const auto persisted = host.scribe().persisted()) step_agreement(place, *persisted);
    if (host.run() != run) return;
    const Instant local = host.clock().since_boot(now_);
    if (local >= host.scribe().agreement().next_deadline()) {
        step_agreement(place, agreement::Wake{seconds_of(host.clock().realtime(now_))});
        if (host.run() != run) return;
        host.let_go(now_);
        introduce(place);
        tell_fence(place);
    }
    arm_agreement(place);
}

/// An alarm that comes too early costs a look; one for each message would cost more.
void World::arm_agreement(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.runs()) return;
    Scribe& scribe = host.scribe();
    const Moment due = host.agreement_due(now_);
    if (due >= scribe.armed_for) return;
    scribe.armed_for = due;
    put(Due::Kind::ledger, host.scheduled(due), place, ++scribe.alarm);
}

void World::look_at_disk(std::size_t place) {
    Scribe& scribe = hosts_[place].scribe();
    if (const auto next = scribe.disk().look(now_))
        put(Due::Kind::written, *next, place, scribe.disk().life());
    if (hosts_[place].runs() && scribe.has_work()) attend(place);
}

// ---- Steps --------------------------------------------------------------------------------------

void World::step_agreement(std::size_t place, const agreement::Event& event) {
    Host& host = hosts_[place];
    const agreement::Agreement& agreement = host.scribe().agreement();
    const std::uint64_t before = agreement.state().index;
    const std::uint32_t run = host.run();
    agreement::Actions actions;
    host.scribe().step(host.clock().since_boot(now_), event, actions);
    ++counts_.ledger_steps;
    if (host.tell_core(now_, actions_)) {
        carry_out(place);
        arm(place);
    }
    const ledger::Ledger& ledger = agreement.ledger();
    note((ledger.log().last().value << 24) ^ (ledger.term().value << 8) ^ place);
    if (agreement.state().index != before) {
        note(agreement.state().hash);
        for (Watcher* watcher : watchers_) watcher->applied(*this, place);
    }
    for (const agreement::Action& action : actions) {
        if (host.run() != run) return;
        for (Watcher* watcher : watchers_) watcher->agreed(*this, place, action);
        std::visit([&](const auto& what) { carry_out(place, what); }, action);
    }
}

void World::carry_out(std::size_t place, const ledger::Persist& persist) {
    Disk& disk = hosts_[place].scribe().disk();
    if (const auto done = disk.write(now_, persist))
        put(Due::Kind::written, *done, place, disk.life());
}

void World::carry_out(std::size_t from, const agreement::SendMessage& message) {
    const Host& host = hosts_[from];
    const auto to = this->place(message.to);
    if (!to || *to == from || !host.reaches(message.to)) return;
    const Bus::Parcel parcel =
        bus_.pack({host.self(), message.to, message.channel, host.signing(), message.body});
    bus_.send(parcel);
    for (const PathId path : bus_.paths(from, *to)) {
        if (const auto most = network_.most_bytes(from, *to, path);
            most && bus_.size(parcel) > *most)
            continue;
        for (const Network::Passage& passage : network_.carry(from, *to, path, bus_random_)) {
            const bool damaged = passage.bytes == Network::Passage::Bytes::damaged;
            const Bus::Parcel copy = damaged ? bus_.damage() : parcel;
            bus_.send(copy);
            put(Due::Kind::parcel, now_ + passage.delay, *to, copy, path);
        }
    }
    bus_.done(parcel);
}

void World::carry_out(std::size_t place, const agreement::Applied& applied) {
    if (applied.outcome != EntryRefusal::none) return;
    if (const auto* invited = std::get_if<Invited>(&applied.entry.body))
        meet(invited->member.id, invited->member.name);
    follow(place);
}

void World::carry_out(std::size_t place, const agreement::StateReplaced&) {
    meet(hosts_[place].scribe().agreement().state());
    follow(place);
}

void World::carry_out(std::size_t place, const agreement::Answered& told) {
    Scribe& scribe = hosts_[place].scribe();
    if (scribe.introducing == told.request) scribe.introducing.reset();
    if (scribe.telling_fence == told.request) scribe.telling_fence.reset();
    for (Errand& errand : errands_) {
        const bool meant = errand.waits && errand.asked == place && errand.entry &&
                           errand.entry->request == told.request;
        if (meant) answered(errand, told.handling);
    }
}

void World::carry_out(std::size_t place, const agreement::Dismissed&) {
    be_removed(place, "a committed change has removed this node from the cluster");
}

/// A daemon whose ledger makes no sense to it ends, and its keeper tries again.
void World::carry_out(std::size_t place, const agreement::Unreadable&) {
    hosts_[place].end_daemon();
}

/// What was agreed becomes what the node runs with.
void World::follow(std::size_t place) {
    if (!hosts_[place].follow(now_, actions_)) return;
    for (Watcher* watcher : watchers_) watcher->followed(*this, place);
    carry_out(place);
    arm(place);
}

void World::introduce(std::size_t place) {
    Host& host = hosts_[place];
    const agreement::Agreement& agreement = host.scribe().agreement();
    if (agreement.coordinator() == nobody || host.scribe().introducing) return;
    auto owed = agreement::introduction(agreement.state(), host.oneself());
    if (!owed) return;
    ClusterEntry entry{.request = RequestId(people_.next() >> 1 | 1)};
    entry.body = std::move(*owed);
    host.scribe().introducing = entry.request;
    ask(place, std::move(entry), own_request_time);
}

// ---- Clients ------------------------------------------------------------------------------------

void World::ask(std::size_t place, ClusterEntry entry, Duration within) {
    const Host& host = hosts_[place];
    entry.asked_by = host.self();
    entry.wall_seconds = seconds_of(host.clock().realtime(now_));
    for (Watcher* watcher : watchers_) watcher->asked(*this, place, entry);
    step_agreement(place, agreement::Ask{entry, host.clock().since_boot(now_) + within});
    arm_agreement(place);
}

/// At some member that runs; now and then the same at another at once.
void World::ask_for_something() {
    put(Due::Kind::command, now_ + clients_.pause());
    std::size_t place = clients_.pick(hosts_.size());
    const auto answers = [&](const Host& host) { return host.awake(now_) && host.is_member(); };
    const auto next = [&] {
        for (std::size_t i = 0; i < hosts_.size() && !answers(hosts_[place]); ++i)
            place = (place + 1) % hosts_.size();
        return answers(hosts_[place]);
    };
    if (!next()) return;
    const auto entry = clients_.request(hosts_[place].scribe().agreement().state());
    clients_ask_ = entry.has_value();
    if (!entry) return;
    ask(place, *entry, client_time);
    const std::size_t first = place;
    if (!clients_.asks_twice()) return;
    place = (place + 1) % hosts_.size();
    if (next() && place != first) ask(place, *entry, client_time);
}

}  // namespace inquest::sim
