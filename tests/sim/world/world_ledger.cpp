// The ledgers at work. Each has an alarm of its own beside its node's: what the bus brings is read
// at once, and a node judges no sooner for it.
#include "tests/sim/world/world.hpp"

#include <utility>

namespace inquest::sim {

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

// ---- What wakes a ledger ------------------------------------------------------------------------

void World::deliver(std::size_t place, PathId path, Bus::Parcel parcel) {
    Host& host = hosts_[place];
    const bool reaches = host.runs() && host.has_carrier(path);
    if (!reaches || !bus_.is_news(parcel, host.run()) || !host.scribe().take(parcel))
        return bus_.done(parcel);
    attend(place);
}

/// Something waits for the ledger: at once, if its daemon is free.
void World::attend(std::size_t place) {
    const Host& host = hosts_[place];
    if (host.awake(now_) && !host.lags()) {
        wake_ledger(place);
    } else {
        arm_ledger(place);
    }
}

void World::wake_ledger(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.runs()) return;
    if (now_ < host.paused_until()) return arm_ledger(place);
    Scribe& scribe = host.scribe();
    for (const Bus::Parcel parcel : scribe.take_out()) {
        if (const ledger::Message* message = bus_.open(parcel))
            step_ledger(place, ledger::Received{*message});
        bus_.done(parcel);
    }
    if (const auto persisted = scribe.persisted()) step_ledger(place, *persisted);
    if (host.clock().since_boot(now_) >= scribe.ledger().next_deadline()) {
        step_ledger(place, ledger::Wake{});
        if (const auto invitation = scribe.invitation()) step_ledger(place, *invitation);
    }
    arm_ledger(place);
}

/// An alarm that comes too early costs a look; one for each message would cost more.
void World::arm_ledger(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.runs()) return;
    Scribe& scribe = host.scribe();
    const Moment due = host.ledger_due(now_);
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

void World::step_ledger(std::size_t place, const ledger::Event& event) {
    Host& host = hosts_[place];
    Scribe& scribe = host.scribe();
    const ledger::Ledger& ledger = scribe.ledger();
    const ledger::Role role = ledger.role();
    const ledger::Term term = ledger.term();
    ledger::Actions actions;
    scribe.step(host.clock().since_boot(now_), event, actions);
    ++counts_.ledger_steps;
    note((ledger.log().last().value << 24) ^ (ledger.term().value << 8) ^ place);
    const LedgerStep step{event, role, term, ledger, actions};
    for (Watcher* watcher : watchers_) watcher->stepped(*this, place, step);
    for (const ledger::Action& action : actions) {
        std::visit([&](const auto& what) { carry_out(place, what); }, action);
    }
    if (const auto taken = scribe.snapshot()) step_ledger(place, *taken);
}

void World::carry_out(std::size_t place, const ledger::Persist& persist) {
    Disk& disk = hosts_[place].scribe().disk();
    if (const auto done = disk.write(now_, persist))
        put(Due::Kind::written, *done, place, disk.life());
}

void World::carry_out(std::size_t from, const ledger::Send& sending) {
    const auto to = bus_.place(sending.message.to);
    if (!to || *to == from) return;
    const Bus::Parcel parcel = bus_.pack(sending.message);
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

void World::carry_out(std::size_t place, const ledger::Committed& committed) {
    hosts_[place].scribe().apply(committed.entry);
    for (Watcher* watcher : watchers_) watcher->applied(*this, place);
}

void World::carry_out(std::size_t place, const ledger::Restore& restore) {
    hosts_[place].scribe().load(restore.snapshot);
    for (Watcher* watcher : watchers_) watcher->applied(*this, place);
}

void World::carry_out(std::size_t place, const ledger::TakeSnapshot& asked) {
    hosts_[place].scribe().snapshot_asked(asked.index);
}

void World::carry_out(std::size_t, const ledger::Proposed& proposed) {
    if (proposed.outcome == ledger::Proposed::Outcome::refused) asked_instead_ = proposed.leader;
}

void World::carry_out(std::size_t place, const ledger::Standing& standing) {
    const auto news = hosts_[place].scribe().news(standing);
    if (!news) return;
    for (Watcher* watcher : watchers_) watcher->coordinates(*this, place, *news);
}

// ---- Clients ------------------------------------------------------------------------------------

/// A command at some host, and at the one that it names if that leads.
void World::ask_for_something() {
    put(Due::Kind::command, now_ + clients_.pause());
    asked_instead_ = nobody;
    const ledger::Propose command = clients_.command();
    std::size_t place = clients_.pick(hosts_.size());
    for (std::size_t i = 0; i < hosts_.size() && !hosts_[place].awake(now_); ++i)
        place = (place + 1) % hosts_.size();
    propose(place, command);
    if (const auto leads = bus_.place(asked_instead_)) propose(*leads, clients_.again(command));
}

void World::propose(std::size_t place, const ledger::Propose& command) {
    if (!hosts_[place].awake(now_)) return;
    step_ledger(place, command);
    arm_ledger(place);
}

}  // namespace inquest::sim
