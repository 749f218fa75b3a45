#include "heartbeat/agreement/agreement.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/ledger_codec.hpp"

#include <algorithm>
#include <utility>

namespace inquest::agreement {
namespace {

/// The end of the year 9999, in seconds since 1970: what is later is no clock.
constexpr std::int64_t last_day_seconds = 253'402'300'799;

}  // namespace

tl::expected<Agreement, std::string> Agreement::open(const Settings& settings,
                                                     ledger::Restored restored, Instant now) {
    ClusterState state;
    if (restored.snapshot.index != ledger::Index{}) {
        auto read = wire::decode_state(restored.snapshot.bytes);
        if (!read || read->index != restored.snapshot.index.value)
            return tl::unexpected<std::string>(
                "the ledger's snapshot is not understood: a later version wrote it");
        state = std::move(*read);
    }
    return Agreement(settings, std::move(restored), std::move(state), now);
}

Agreement::Agreement(const Settings& settings, ledger::Restored restored, ClusterState state,
                     Instant now)
    : settings_(settings),
      ledger_(settings.ledger, std::move(restored), now),
      state_(std::move(state)),
      keys_changed_at_(state_.index),
      restored_last_(ledger_.log().last().value),
      now_(now),
      report_due_(now),
      coordinate_due_(now),
      begun_before_(now) {
    remember_hash();
    durable_ = {state_.index, state_.hash};
    search_log();
}

void Agreement::step(Instant now, const Event& event, Actions& out) {
    if (part_ == Part::ended) return;
    now_ = now;
    std::visit([&](const auto& happened) { on(happened, now, out); }, event);
    search_log();
    settle_requests(now, out);
    tell_coordinator(now, out);
}

/// Requests go to a new coordinator at once.
void Agreement::tell_coordinator(Instant now, Actions& out) {
    const MemberId leader = coordinator();
    const std::uint64_t term = ledger_.term().value;
    if (leader == told_coordinator_ && (leader == nobody || term == told_term_)) return;
    told_coordinator_ = leader;
    told_term_ = term;
    for (auto& [id, request] : open_) request.next_try = now;
    out.emplace_back(CoordinatorChanged{leader, term});
}

Instant Agreement::next_deadline() const {
    if (part_ == Part::ended) return never;
    if (has_new_orders_) return now_;
    Instant next = frozen() ? never : ledger_.next_deadline();
    if (coordinator() != nobody)
        next = std::min(next, coordinates() ? coordinate_due_ : report_due_);
    for (const auto& [id, request] : open_) {
        if (request.handling.stage == Handling::Stage::waiting)
            next = std::min({next, request.next_try, request.deadline});
    }
    return next;
}

// ---- Events -------------------------------------------------------------------------------------

void Agreement::on(const Wake& wake, Instant now, Actions& out) {
    wall_seconds_ = wake.wall_seconds;
    wall_read_at_ = now;
    if (!frozen()) step_ledger(now, ledger::Wake{}, out);
    try_open_requests(now, out);
    order_devices(out);
    if (frozen()) return;
    coordinate(now, out);
    report(now, out);
}

/// Also without room: what was asked to be durable before is so.
void Agreement::on(const ledger::Persisted& persisted, Instant now, Actions& out) {
    if (persisted.number <= asked_to_write_) written_ = std::max(written_, persisted.number);
    step_ledger(now, persisted, out);
}

/// One who led before it stood still learns first whether it may still lead.
void Agreement::on(const SpaceTold& told, Instant now, Actions& out) {
    const bool was_frozen = frozen();
    space_ = told.space;
    if (was_frozen && coordinates()) step_ledger(now, ledger::Wake{}, out);
}

void Agreement::on(const Heard& heard, Instant now, Actions& out) {
    if (frozen()) return;
    switch (heard.channel) {
        case Channel::ledger:
        case Channel::snapshot: {
            const auto sort = heard.channel == Channel::snapshot ? wire::LedgerSort::chunk
                                                                 : wire::LedgerSort::ordinary;
            const auto message =
                wire::decode(heard.body, {heard.from, settings_.ledger.self, sort});
            if (!message) break;
            return step_ledger(now, ledger::Received{*message}, out);
        }
        case Channel::request: {
            const auto request = decode_request(heard.body);
            if (!request) break;
            if (const auto* report = std::get_if<Report>(&*request))
                return take_report(heard.from, *report, now, out);
            return answer_request(heard.from, std::get<ClusterEntry>(*request), now, out);
        }
        case Channel::reply: {
            const auto answer = decode_answer(heard.body);
            if (!answer) break;
            if (const auto* clock = std::get_if<ClockShown>(&*answer))
                return compare_clocks(heard.from, *clock, now);
            return take_reply(heard.from, std::get<Reply>(*answer), out);
        }
    }
    ++refusals_.malformed;
}

// ---- The ledger ---------------------------------------------------------------------------------

void Agreement::step_ledger(Instant now, const ledger::Event& event, Actions& out) {
    const ledger::Standing before{ledger_.role(), ledger_.term(), ledger_.leader()};
    ledger_.step(now, event, ledger_actions_);
    if (settings_.onlooker != nullptr)
        settings_.onlooker->stepped(event, before, ledger_, ledger_actions_);
    ledger::Actions actions = std::exchange(ledger_actions_, {});
    std::optional<ledger::Index> asked;
    for (ledger::Action& action : actions) {
        if (const auto* snapshot = std::get_if<ledger::TakeSnapshot>(&action))
            asked = snapshot->index;
        else
            take(action, out);
    }
    if (!asked || part_ == Part::ended) return;
    INQUEST_ASSERT(asked->value == state_.index);
    step_ledger(now, ledger::SnapshotTaken{*asked, wire::encode(state_)}, out);
}

void Agreement::take(ledger::Action& action, Actions& out) {
    if (part_ == Part::ended) return;
    if (auto* persist = std::get_if<ledger::Persist>(&action)) {
        asked_to_write_ = persist->number;
        const auto gone_from = persist->truncate_from;
        out.emplace_back(std::move(*persist));
        if (!gone_from || gone_from->value > restored_last_) return;
        restored_last_ = gone_from->value - 1;
        out.emplace_back(KeysChanged{});
    } else if (const auto* sending = std::get_if<ledger::Send>(&action)) {
        send(sending->message, out);
    } else if (const auto* committed = std::get_if<ledger::Committed>(&action)) {
        applied(committed->entry, out);
    } else if (const auto* restore = std::get_if<ledger::Restore>(&action)) {
        replaced(restore->snapshot, out);
    } else if (const auto* told = std::get_if<ledger::Proposed>(&action)) {
        proposed(*told);
    } else if (std::holds_alternative<ledger::Dismissed>(action)) {
        dismissed(out);
    }
}

void Agreement::dismissed(Actions& out) {
    if (part_ != Part::taken) return;
    part_ = Part::dismissed;
    out.emplace_back(Dismissed{});
}

void Agreement::unreadable(std::uint64_t index, Actions& out) {
    part_ = Part::ended;
    out.emplace_back(Unreadable{index});
}

void Agreement::send(const ledger::Message& message, Actions& out) {
    wire::Bytes body(wire::body_bytes(message));
    body.resize(wire::encode(message, body));
    const bool chunk = wire::sort_of(message) == wire::LedgerSort::chunk;
    out.emplace_back(
        SendMessage{message.to, chunk ? Channel::snapshot : Channel::ledger, std::move(body)});
}

void Agreement::applied(const ledger::Entry& entry, Actions& out) {
    if (entry.bytes.empty()) {
        pass(state_, entry.index.value, {});
        remember_hash();
        return see_removal_through(entry.index, out);
    }
    const auto read = wire::decode_entry(entry.bytes);
    if (!read) return unreadable(entry.index.value, out);
    Applied told{entry.index.value, *read, EntryRefusal::none, sentence(*read, state_)};
    const KeyNumber waited = state_.key_waiting;
    told.outcome = apply(state_, entry.index.value, *read, entry.bytes);
    remember_hash();
    std::erase_if(proposals_, [&](const auto& open) { return open.second == read->request; });
    if (state_.key_waiting != waited) {
        keys_changed_at_ = state_.index;
        report_due_ = {};
    }
    has_new_orders_ = has_new_orders_ || std::holds_alternative<FenceBegun>(read->body);
    if (const auto* begun = std::get_if<IncarnationBegun>(&read->body))
        if (told.outcome == EntryRefusal::none) begun_[begun->member] = now_;
    forget_strangers();
    out.emplace_back(std::move(told));
    see_removal_through(entry.index, out);
}

/// The others may need this node's vote until they know that its removal is settled; an entry after
/// that has told them (heartbeat/ledger, Decisions).
void Agreement::see_removal_through(ledger::Index applied, Actions& out) {
    if (state_.tombstone(settings_.ledger.self) == nullptr) return;
    const ledger::Membership& membership = ledger_.membership();
    if (membership.settled_by(ledger_.committed()) && applied > membership.settled) dismissed(out);
}

/// Notes are kept of members alone.
void Agreement::forget_strangers() {
    const auto is_stranger = [&](const auto& noted) {
        return std::as_const(state_).member(noted.first) == nullptr;
    };
    std::erase_if(told_, is_stranger);
    std::erase_if(begun_, is_stranger);
}

void Agreement::replaced(const ledger::Snapshot& snapshot, Actions& out) {
    auto read = wire::decode_state(snapshot.bytes);
    if (!read || read->index != snapshot.index.value) return unreadable(snapshot.index.value, out);
    state_ = std::move(*read);
    keys_changed_at_ = state_.index;
    begun_.clear();
    begun_before_ = now_;
    forget_strangers();
    remember_hash();
    out.emplace_back(StateReplaced{});
}

bool Agreement::goes_by_token() const {
    const std::vector<AgreedKey>& token = settings_.keys_of_file;
    const AgreedMember* self = state_.member(settings_.ledger.self);
    const bool joined = self != nullptr && self->standing == AgreedMember::Standing::joined;
    return !joined && !token.empty() &&
           std::find(state_.keys.begin(), state_.keys.end(), token.front()) == state_.keys.end();
}

std::vector<AgreedKey> Agreement::keys() const {
    if (goes_by_token()) return settings_.keys_of_file;
    if (state_.index >= restored_last_) return state_.keys;
    ClusterState state = state_;
    for (ledger::Index index(state_.index + 1); index <= ledger_.log().last(); index = index + 1) {
        const ledger::Entry& entry = ledger_.log().at(index);
        const auto read = wire::decode_entry(entry.bytes);
        if (read) apply(state, index.value, *read, entry.bytes);
    }
    return state.keys;
}

void Agreement::remember_hash() {
    hashes_[state_.index % hashes_.size()] = {state_.index, state_.hash};
}

// ---- How far everybody is -----------------------------------------------------------------------

/// Does this node run with all keys of its state? After a start it may have others instead, which
/// stand in its log and perhaps will never be agreed on.
bool Agreement::has_keys_of_state() const {
    if (goes_by_token() || state_.index >= restored_last_) return true;
    const std::vector<AgreedKey> has = keys();
    return std::all_of(state_.keys.begin(), state_.keys.end(), [&](const AgreedKey& key) {
        return std::find(has.begin(), has.end(), key) != has.end();
    });
}

/// Does the state know another boot by this one's number, or a later one? Then what kept the
/// numbers is gone: nobody takes this node's beats for the member's until it is removed and joins
/// again.
bool Agreement::has_lost_its_numbers() const {
    if (!settings_.boot) return false;
    ClusterEntry entry;
    entry.body = *settings_.boot;
    const EntryRefusal refusal = check(state_, entry);
    return refusal == EntryRefusal::old_incarnation || refusal == EntryRefusal::other_boot;
}

/// What is told must outlive a crash, and be so: others drop a key because of it. Whoever tells it
/// can be given a vote, so one whose beats are refused tells nothing.
void Agreement::report(Instant now, Actions& out) {
    if (now < report_due_ || coordinator() == nobody || coordinates()) return;
    if (!has_keys_of_state() || has_lost_its_numbers()) {
        report_due_ = now + settings_.ledger.append_interval;
        return;
    }
    if (is_durable()) durable_ = {state_.index, state_.hash};
    report_due_ =
        now + (is_durable() ? settings_.report_interval : settings_.ledger.append_interval);
    const Report report{durable_.index, durable_.hash};
    out.emplace_back(SendMessage{coordinator(), Channel::request, encode(Request(report))});
}

std::int64_t Agreement::wall_seconds(Instant now) const {
    return wall_seconds_ + (now - wall_read_at_) / 1s;
}

void Agreement::compare_clocks(MemberId from, const ClockShown& clock, Instant now) {
    const bool is_a_date = clock.wall_seconds >= 0 && clock.wall_seconds <= last_day_seconds;
    if (is_a_date && from == coordinator())
        compared_ = {from, wall_seconds(now) - clock.wall_seconds};
}

std::optional<std::int64_t> Agreement::seconds_ahead() const {
    if (coordinates()) return 0;
    if (coordinator() == nobody || compared_.with != coordinator()) return std::nullopt;
    return compared_.ahead;
}

void Agreement::take_report(MemberId from, const Report& report, Instant now, Actions& out) {
    if (!coordinates() || state_.member(from) == nullptr) {
        ++refusals_.not_for_us;
        return;
    }
    Told& told = told_[from];
    told.index = report.index;
    told.when = now;
    out.emplace_back(
        SendMessage{from, Channel::reply, encode(Answer(ClockShown{wall_seconds(now)}))});
    const Milestone& own = hashes_[report.index % hashes_.size()];
    if (own.index != report.index || own.hash == report.hash) return;
    if (told.diverged_at == report.index) return;
    told.diverged_at = report.index;
    out.emplace_back(Diverged{from, report.index});
}

std::optional<std::uint64_t> Agreement::applied_by(MemberId member) const {
    const auto told = told_.find(member);
    if (told == told_.end() || !coordinates() || !follows(member, 0, now_)) return std::nullopt;
    return told->second.index;
}

}  // namespace inquest::agreement
