// Requests on their way to the coordinator and into the log.
#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <algorithm>

namespace inquest::agreement {
namespace {

/// The change of the ledger's members that goes with a sentence.
std::optional<ledger::Change> change_of(const ClusterEntry& entry) {
    using Kind = ledger::Change::Kind;
    if (const auto* invited = std::get_if<Invited>(&entry.body))
        return ledger::Change{Kind::add_learner, invited->member.id};
    if (const auto* removed = std::get_if<Removed>(&entry.body))
        return ledger::Change{Kind::remove, removed->member};
    if (const auto* set = std::get_if<VoteSet>(&entry.body))
        return ledger::Change{set->votes == Vote::yes ? Kind::promote : Kind::demote, set->member};
    return std::nullopt;
}

/// Those whose acceptance hangs on others that may still be on their way: they wait for these, so
/// that what is judged before they are written is what is judged when they have their turn. The
/// ledger changes its members when it writes, whatever the state says later.
bool waits_for_others(const ClusterEntry& entry) {
    return change_of(entry).has_value() || std::holds_alternative<PathSet>(entry.body) ||
           std::holds_alternative<TimingSet>(entry.body) ||
           std::holds_alternative<InvitedAnew>(entry.body);
}

/// A recovery changes the members without the ledger: it never goes through a log.
bool is_agreed_by_nobody(const ClusterEntry& entry) {
    return std::holds_alternative<Recovered>(entry.body);
}

Holdup holdup_of(ledger::Refused reason) {
    switch (reason) {
        case ledger::Refused::not_leader: return Holdup::no_coordinator;
        case ledger::Refused::change_pending: return Holdup::change_pending;
        case ledger::Refused::new_term: return Holdup::coordinator_new;
        case ledger::Refused::majority_away: return Holdup::majority_away;
        case ledger::Refused::not_caught_up: return Holdup::not_caught_up;
        case ledger::Refused::full:
        case ledger::Refused::storage_slow:
        case ledger::Refused::too_large:
        case ledger::Refused::already:
        case ledger::Refused::no_room:
        case ledger::Refused::last_voter: return Holdup::busy;
    }
    return Holdup::busy;
}

bool is_waiting(const OpenRequest& request) {
    return request.handling.stage == Handling::Stage::waiting;
}

/// Does everybody read what is meant? What has no form on the wire would be read by nobody, and
/// whoever cannot read a committed entry must end.
bool has_form(const ClusterEntry& entry) {
    return entry.request != RequestId{} && wire::decode_entry(wire::encode(entry)) == entry;
}

static_assert(wire::entry_bytes_max <= ledger::change_bytes_max, "every entry fits the ledger");

}  // namespace

/// Asked again after an answer, it is asked anew: the state knows whether it is handled.
void Agreement::on(const Ask& ask, Instant now, Actions& out) {
    const RequestId id = ask.entry.request;
    if (!has_form(ask.entry)) {
        constexpr EntryRefusal refusal = EntryRefusal::malformed;
        out.emplace_back(Answered{id, {Handling::Stage::refused, Holdup::none, refusal, 0}});
        return;
    }
    if (const auto open = open_.find(id); open != open_.end() && !is_waiting(open->second))
        open_.erase(open);
    if (!open_.contains(id) && !make_room()) {
        out.emplace_back(Answered{id, {Handling::Stage::expired, Holdup::busy, {}, 0}});
        return;
    }
    open_.try_emplace(id,
                      OpenRequest{.entry = ask.entry, .deadline = ask.deadline, .next_try = now});
    try_open_requests(now, out);
}

/// False where too many requests wait: answered ones are forgotten.
bool Agreement::make_room() {
    if (open_.size() < open_requests_max) return true;
    const auto answered = std::find_if(open_.begin(), open_.end(),
                                       [](const auto& open) { return !is_waiting(open.second); });
    if (answered == open_.end()) return false;
    open_.erase(answered);
    return true;
}

std::optional<Handling> Agreement::handling(RequestId request) const {
    if (const auto open = open_.find(request); open != open_.end()) return open->second.handling;
    if (const HandledRequest* handled = state_.request(request))
        return Handling{Handling::Stage::handled, Holdup::none, handled->outcome, handled->index};
    return std::nullopt;
}

void Agreement::settle_requests(Instant now, Actions& out) {
    for (auto& [id, request] : open_) {
        Handling& handling = request.handling;
        if (!is_waiting(request)) continue;
        if (const HandledRequest* handled = state_.request(id))
            handling = {.stage = Handling::Stage::handled,
                        .holdup = Holdup::none,
                        .outcome = handled->outcome,
                        .index = handled->index};
        else if (now >= request.deadline)
            handling.stage = Handling::Stage::expired;
        else
            continue;
        out.emplace_back(Answered{id, handling});
    }
}

void Agreement::try_open_requests(Instant now, Actions& out) {
    for (auto& [id, request] : open_) {
        if (is_waiting(request) && now >= request.next_try && now < request.deadline &&
            state_.request(id) == nullptr)
            hand_over(request, now, out);
    }
}

void Agreement::hand_over(OpenRequest& request, Instant now, Actions& out) {
    request.next_try = now + settings_.ledger.append_interval;
    if (frozen()) {
        request.handling.holdup = Holdup::no_space;
    } else if (coordinator() == nobody) {
        request.handling.holdup = Holdup::no_coordinator;
    } else if (coordinates()) {
        const Reply reply = considered(request.entry, now, out);
        if (is_under_way(request.entry.request)) request.handling.handed = true;
        heed(request, reply, out);
    } else {
        request.next_try = now + settings_.ask_again;
        // What the last answer said holds until the next one, or until one is missing.
        if (request.unanswered > 0 || request.handling.holdup == Holdup::no_coordinator)
            request.handling.holdup = Holdup::no_answer;
        request.handling.handed = true;
        ++request.unanswered;
        out.emplace_back(
            SendMessage{coordinator(), Channel::request, encode(Request(request.entry))});
    }
}

/// The coordinator's word on a request: it goes into the log, waits, or would be refused. A
/// coordinator that has committed nothing yet may not know all that was agreed before it.
Reply Agreement::considered(const ClusterEntry& entry, Instant now, Actions& out) {
    Reply reply{.request = entry.request, .term = ledger_.term().value};
    if (state_.request(entry.request) != nullptr || is_under_way(entry.request)) return reply;
    if (is_agreed_by_nobody(entry))
        reply.refusal = EntryRefusal::malformed;
    else if (ledger_.log().term_at(ledger_.committed()) != ledger_.term())
        reply.holdup = Holdup::coordinator_new;
    else if (reply.refusal = check(state_, entry); reply.refusal != EntryRefusal::none)
        return reply;
    else if (hastens_keys(entry, now))
        reply.holdup = Holdup::members_behind;
    else if (!can_agree_after(entry, now))
        reply.holdup = Holdup::majority_away;
    else
        reply.holdup = propose(entry, now, out);
    return reply;
}

Holdup Agreement::propose(const ClusterEntry& entry, Instant now, Actions& out) {
    if (waits_for_others(entry) && ledger_.committed() != ledger_.log().last())
        return ledger_.membership().settled_by(ledger_.committed()) ? Holdup::busy
                                                                    : Holdup::change_pending;
    const std::uint64_t id = ++last_proposal_;
    if (entry.request != RequestId{}) proposals_[id] = entry.request;
    last_holdup_ = Holdup::none;
    const auto change = change_of(entry);
    wire::Bytes bytes = wire::encode(entry);
    if (change)
        step_ledger(now, ledger::ProposeChange{id, *change, std::move(bytes)}, out);
    else
        step_ledger(now, ledger::Propose{id, std::move(bytes)}, out);
    return last_holdup_;
}

void Agreement::proposed(const ledger::Proposed& told) {
    using Outcome = ledger::Proposed::Outcome;
    if (told.outcome == Outcome::accepted) return;
    if (told.outcome == Outcome::refused) last_holdup_ = holdup_of(told.reason);
    proposals_.erase(told.id);
}

bool Agreement::is_under_way(RequestId request) const {
    return std::any_of(proposals_.begin(), proposals_.end(),
                       [&](const auto& open) { return open.second == request; });
}

void Agreement::answer_request(MemberId from, const ClusterEntry& entry, Instant now,
                               Actions& out) {
    const bool sound = entry.request != RequestId{} && entry.asked_by == from;
    if (!sound || !coordinates() || state_.member(from) == nullptr) {
        ++refusals_.not_for_us;
        return;
    }
    const Reply reply = considered(entry, now, out);
    out.emplace_back(SendMessage{from, Channel::reply, encode(Answer(reply))});
}

/// Only of the coordinator of now: one of before, or one that does not know yet that it is
/// replaced, may refuse what the next one has in its log.
void Agreement::take_reply(MemberId from, const Reply& reply, Actions& out) {
    const auto open = open_.find(reply.request);
    const bool current = from == coordinator() && reply.term == ledger_.term().value;
    if (open == open_.end() || !is_waiting(open->second) || !current) return;
    OpenRequest& request = open->second;
    // Each question has one answer. When all have said that nothing was written, nothing was.
    const bool written = reply.holdup == Holdup::none && reply.refusal == EntryRefusal::none;
    if (!written && request.unanswered > 0 && --request.unanswered == 0)
        request.handling.handed = false;
    heed(request, reply, out);
}

void Agreement::heed(OpenRequest& request, const Reply& reply, Actions& out) {
    Handling& handling = request.handling;
    handling.holdup = reply.holdup;
    // It may be this node's own report that is missing.
    if (reply.holdup == Holdup::members_behind || reply.holdup == Holdup::majority_away)
        report_due_ = {};
    if (reply.refusal == EntryRefusal::none) return;
    handling.stage = Handling::Stage::refused;
    handling.outcome = reply.refusal;
    out.emplace_back(Answered{request.entry.request, handling});
}

}  // namespace inquest::agreement
