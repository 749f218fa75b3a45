#include "tests/unit/ledger_world.hpp"

#include "heartbeat/wire/ledger_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace inquest::test {

using namespace ledger;

namespace {

/// A ledger that asks to be woken at one instant again and again would hang the daemon.
constexpr int wakes_at_once_max = 50;

Bytes as_bytes(std::uint64_t number, std::size_t size) {
    Bytes bytes(std::max(size, sizeof number));
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

/// What arrives when the message is written as the wire has it, and read; nothing: it has no form.
std::optional<Message> through_the_wire(const Message& message) {
    if (!wire::sound(message)) return std::nullopt;
    Bytes bytes(wire::body_bytes(message));
    const std::size_t length = wire::encode(message, bytes);
    const wire::LedgerSort sort = wire::sort_of(message);
    if (length != bytes.size() || length > wire::ledger_body_bytes_max(sort)) return std::nullopt;
    auto read = wire::decode(bytes, {message.from, message.to, sort});
    return read ? std::optional(std::move(*read)) : std::nullopt;
}

/// A state's snapshot: the state, and padding, so that some have several chunks.
Bytes snapshot_bytes(std::uint64_t state) { return as_bytes(state, 8 + state % 5000); }

}  // namespace

Settings LedgerWorld::small_bounds() {
    return {.log_bytes_max = 64 << 10,
            .log_bytes_compact = 16 << 10,
            .kept_entries = 8,
            .uncommitted_max = 64,
            .window_entries = 8,
            .caught_up_entries = 16,
            .chunk_bytes_max = 1000};
}

LedgerWorld::LedgerWorld(const Options& options)
    : random(options.seed), settings_(options.settings) {
    Voters voters;
    for (int i = 1; i <= options.first_voters; ++i) {
        voters.push_back(MemberId(static_cast<std::uint16_t>(i)));
    }
    audit_.began(0);
    for (int i = 1; i <= options.servers; ++i) {
        const MemberId id(static_cast<std::uint16_t>(i));
        disks_[id].kept = i <= options.first_voters ? beginning(voters) : blank();
        servers_[id].clock = Duration(static_cast<Duration::rep>(random.next() >> 20));
        start(id);
    }
}

// ---- Faults ------------------------------------------------------------------------------------

/// Of the writes under way, the first few have reached the disk, perhaps none, perhaps all.
void LedgerWorld::crash(MemberId server) {
    Server& crashed = servers_.at(server);
    std::size_t reached = random.next() % (crashed.writes.size() + 1);
    for (const Persist& persist : crashed.writes) {
        if (reached-- == 0) break;
        disks_.at(server).write(persist);
    }
    crashed.writes.clear();
    crashed.snapshots.clear();
    crashed.ledger.reset();
}

void LedgerWorld::start(MemberId server) {
    Server& started = servers_.at(server);
    if (started.ledger != nullptr) return;
    Settings settings = settings_;
    settings.self = server;
    settings.seed = random.next();
    const Restored& kept = disks_.at(server).kept;
    load(started, kept.snapshot);
    ++started.run;
    started.stalled_until = now_;
    started.ledger = std::make_unique<Ledger>(settings, kept, now_ + started.clock);
}

void LedgerWorld::load(Server& server, const Snapshot& snapshot) {
    server.applied = snapshot.index;
    server.state = 0;
    if (snapshot.bytes.empty()) return;
    std::memcpy(&server.state, snapshot.bytes.data(), sizeof server.state);
}

void LedgerWorld::stall(MemberId server, Duration length) {
    Instant& until = servers_.at(server).stalled_until;
    until = std::max(until, now_ + length);
}

void LedgerWorld::isolate(MemberId server) {
    for (const auto& [other, unused] : servers_) {
        cut(server, other);
        cut(other, server);
    }
}

// ---- Requests ----------------------------------------------------------------------------------

std::uint64_t LedgerWorld::propose(MemberId server, std::size_t bytes) {
    const std::uint64_t id = ++proposals_;
    step(server, Propose{id, as_bytes(id, bytes)});
    return id;
}

std::uint64_t LedgerWorld::propose(MemberId server, const Change& change) {
    const std::uint64_t id = ++proposals_;
    step(server, ProposeChange{id, change, as_bytes(id, 8)});
    return id;
}

std::optional<Proposed> LedgerWorld::fate(std::uint64_t proposal) const {
    const auto known = fates_.find(proposal);
    return known == fates_.end() ? std::nullopt : std::optional(known->second);
}

void LedgerWorld::inject(const Message& message) { step(message.to, Received{message}); }

// ---- Time --------------------------------------------------------------------------------------

Instant LedgerWorld::wake_time(const Server& server) const {
    if (server.ledger == nullptr) return never;
    const Instant due = server.ledger->next_deadline();
    if (due == never) return never;
    return std::max({due - server.clock, server.stalled_until, now_});
}

void LedgerWorld::run(Duration length) {
    const Instant end = now_ + length;
    for (;;) {
        Instant next = queue_.empty() ? never : queue_.begin()->first.first;
        for (const auto& [id, server] : servers_) next = std::min(next, wake_time(server));
        if (next > end) break;
        now_ = std::max(now_, next);
        while (!queue_.empty() && queue_.begin()->first.first <= now_) {
            handle(queue_.extract(queue_.begin()).mapped());
        }
        wake_due();
    }
    now_ = end;
}

void LedgerWorld::wake_due() {
    for (auto& [id, server] : servers_) {
        int wakes = 0;
        while (wake_time(server) <= now_) {
            step(id, Wake{});
            if (++wakes > wakes_at_once_max) {
                audit_.violated(id, "wants to be woken for ever");
                crash(id);
            }
        }
    }
}

void LedgerWorld::happen(Instant when, Happening happening) {
    queue_.emplace(std::pair(when, ++queued_), std::move(happening));
}

void LedgerWorld::handle(const Happening& happening) {
    if (happening.written) return finish_write(*happening.written);
    const Message& message = *happening.message;
    Server& receiver = servers_.at(message.to);
    if (receiver.ledger == nullptr || cuts_.contains({message.from, message.to})) return;
    if (now_ < receiver.stalled_until) return happen(receiver.stalled_until, happening);
    step(message.to, Received{message});
}

/// One of the writes under way is done, which is the first: stalls may shuffle these calls.
void LedgerWorld::finish_write(const Written& written) {
    Server& server = servers_.at(written.server);
    if (server.run != written.run || server.ledger == nullptr) return;
    if (now_ < server.stalled_until) return happen(server.stalled_until, {.written = written});
    const Persist first = std::move(server.writes.front());
    server.writes.pop_front();
    disks_.at(written.server).write(first);
    step(written.server, Persisted{first.number});
}

// ---- Steps -------------------------------------------------------------------------------------

void LedgerWorld::step(MemberId id, const Event& event) {
    Server& server = servers_.at(id);
    if (server.ledger == nullptr) return;
    const Role role = server.ledger->role();
    const Term term = server.ledger->term();
    Actions actions;
    server.ledger->step(now_ + server.clock, event, actions);
    ++steps_;
    audit_.check({id, role, term, *server.ledger, actions}, disks_);
    carry_out(id, actions);
    if (answers_snapshots) take_snapshots(id);
}

void LedgerWorld::carry_out(MemberId id, const Actions& actions) {
    for (const Action& action : actions) {
        std::visit([&](const auto& what) { carry_out(id, what); }, action);
    }
}

/// Writes take their time, and end in order.
void LedgerWorld::carry_out(MemberId id, const Persist& persist) {
    Server& server = servers_.at(id);
    server.writes.push_back(persist);
    server.last_write = std::max(server.last_write, now_) + 1us + random.below(weather.write_max);
    happen(server.last_write, {.written = Written{id, server.run}});
}

void LedgerWorld::carry_out(MemberId id, const Send& sending) {
    if (!servers_.contains(sending.message.to)) return;
    if (cuts_.contains({id, sending.message.to})) return;
    const std::optional<Message> read = through_the_wire(sending.message);
    if (read != sending.message) return audit_.violated(id, "a message that the wire cannot carry");
    const int copies = 1 + (chance(weather.repeat_percent) ? 1 : 0);
    for (int i = 0; i < copies; ++i) {
        if (chance(weather.loss_percent)) continue;
        happen(now_ + 50us + random.below(weather.delay_max), {.message = read});
    }
}

void LedgerWorld::carry_out(MemberId id, const Committed& committed) {
    Server& server = servers_.at(id);
    if (committed.entry.index != server.applied + 1) {
        audit_.violated(
            id, fmt::format("told {} after {}", committed.entry.index.value, server.applied.value));
    }
    server.applied = committed.entry.index;
    server.state = followed_by(server.state, committed.entry);
    audit_.check_state(id, server.applied, server.state);
}

void LedgerWorld::carry_out(MemberId id, const Restore& restore) {
    Server& server = servers_.at(id);
    if (restore.snapshot.index <= server.applied) audit_.violated(id, "restored backwards");
    load(server, restore.snapshot);
    audit_.check_state(id, server.applied, server.state);
    ++snapshots_installed_;
}

void LedgerWorld::carry_out(MemberId id, const TakeSnapshot& asked) {
    Server& server = servers_.at(id);
    if (asked.index != server.applied) audit_.violated(id, "snapshot asked for another state");
    server.snapshots.push_back(asked.index);
}

/// The state is copied when it is asked for, and the answer comes at once.
void LedgerWorld::take_snapshots(MemberId id) {
    Server& server = servers_.at(id);
    while (!server.snapshots.empty()) {
        const Index index = server.snapshots.front();
        server.snapshots.pop_front();
        if (index == server.applied) step(id, SnapshotTaken{index, snapshot_bytes(server.state)});
    }
}

void LedgerWorld::carry_out(MemberId, const Proposed& proposed) { fates_[proposed.id] = proposed; }

// ---- What there is -----------------------------------------------------------------------------

MemberId LedgerWorld::leader() const {
    MemberId found = nobody;
    for (const auto& [id, server] : servers_) {
        if (server.ledger == nullptr || server.ledger->role() != Role::leader) continue;
        if (found == nobody || server.ledger->term() > ledger(found).term()) found = id;
    }
    return found;
}

std::vector<MemberId> LedgerWorld::servers() const {
    std::vector<MemberId> ids;
    for (const auto& [id, server] : servers_) ids.push_back(id);
    return ids;
}

std::uint64_t LedgerWorld::dropped(MemberId server, Dropped reason) const {
    return ledger(server).dropped()[static_cast<std::size_t>(reason)];
}

}  // namespace inquest::test
