#include "tests/unit/agreement_world.hpp"

#include "heartbeat/core/expected_votes.hpp"
#include "heartbeat/core/lease.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::test {

using namespace agreement;

namespace {

/// One that asks to be woken at one instant again and again would hang the daemon.
constexpr int wakes_at_once_max = 50;

/// What `inquest init` writes: entries that stand from the beginning, term 1.
ledger::Restored founded() {
    ledger::Voters voters;
    voters.push_back(id(1));
    ledger::Restored restored = ledger::beginning(voters);
    restored.term = ledger::Term(1);
    restored.vote = id(1);
    for (const ClusterEntry& said : founding()) {
        restored.entries.push_back({.index = ledger::Index(restored.entries.size() + 1),
                                    .term = restored.term,
                                    .kind = ledger::EntryKind::command,
                                    .members = {},
                                    .bytes = wire::encode(said)});
    }
    restored.commit = ledger::Index(restored.entries.size());
    return restored;
}

template <typename List, typename Element>
bool has(const List& list, const Element& wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

AgreementWorld::AgreementWorld(std::uint64_t seed, const Settings& settings)
    : random(seed), settings_(settings) {
    members_[id(1)].disk.kept = founded();
    members_[id(1)].keys = {key(1)};
    start(id(1));
}

// ---- Faults ------------------------------------------------------------------------------------

/// Of the writes under way, the first few have reached the disk, perhaps none, perhaps all.
void AgreementWorld::crash(MemberId member) {
    Member& crashed = members_.at(member);
    std::size_t reached = random.next() % (crashed.writes.size() + 1);
    for (const ledger::Persist& persist : crashed.writes) {
        if (reached-- == 0) break;
        crashed.disk.write(persist);
    }
    crashed.writes.clear();
    crashed.agreement.reset();
}

void AgreementWorld::start(MemberId member) {
    Member& started = members_[member];
    if (started.agreement != nullptr) return;
    Settings settings = settings_;
    settings.ledger.self = member;
    settings.ledger.seed = random.next();
    settings.keys_of_file = started.keys;
    if (started.run == 0) started.clock = Duration(static_cast<Duration::rep>(random.next() >> 20));
    ++started.run;
    started.shown.reset();
    started.lease.reset();
    auto opened = Agreement::open(settings, started.disk.kept, now_ + started.clock);
    if (!opened) return violated(member, opened.error());
    started.agreement = std::make_unique<Agreement>(std::move(*opened));
    read_keys(started);
    compare(member);
}

/// As the daemon does: the ledger's come first, then those of the file, of which it may know more.
/// The bus understands so many and no more.
void AgreementWorld::read_keys(Member& started) {
    std::vector<AgreedKey> keys = started.agreement->keys();
    for (const AgreedKey& written : started.keys) {
        if (!has(keys, written)) keys.push_back(written);
    }
    keys.resize(std::min(keys.size(), agreed_keys_max));
    started.keys = std::move(keys);
}

void AgreementWorld::put_back_keys(MemberId member, const std::vector<AgreedKey>& keys) {
    members_.at(member).keys = keys;
}

void AgreementWorld::isolate(MemberId member) {
    for (const auto& [other, unused] : members_) {
        cut(member, other);
        cut(other, member);
    }
}

void AgreementWorld::tell_space(MemberId member, Space space) { step(member, SpaceTold{space}); }

void AgreementWorld::move(MemberId member, const Motions& motions) { step(member, motions); }

Motions AgreementWorld::missed(const std::vector<MemberId>& members) const {
    Motions motions;
    for (const MemberId member : members) motions.lost.push_back(member);
    const MemberId leader = coordinator();
    if (leader == nobody) return motions;
    motions.fit.push_back(leader);
    for (const MemberId member : running()) {
        if (member != leader && !has(members, member)) motions.fit.push_back(member);
    }
    for (const MemberId member : members) {
        CondemnMotion motion{member, 3s, {}};
        for (const AgreedMember& voter : state(leader.value).members) {
            if (voter.votes == Vote::yes && runs(voter.id) && !has(members, voter.id))
                motion.witnesses.push_back(voter.id);
        }
        motions.condemn.push_back(motion);
    }
    return motions;
}

void AgreementWorld::inject(MemberId to, MemberId from, Channel channel, const wire::Bytes& body) {
    step(to, agreement::Heard{from, channel, body});
}

// ---- Requests ----------------------------------------------------------------------------------

RequestId AgreementWorld::ask(MemberId member, ClusterEntry::Body body, Duration within) {
    ClusterEntry said = entry(std::move(body), random.next() | 1);
    said.asked_by = member;
    ask_again(member, said, within);
    return said.request;
}

/// Whoever hands it over asks in its own name.
void AgreementWorld::ask_again(MemberId member, const ClusterEntry& said, Duration within) {
    ClusterEntry own = said;
    own.asked_by = member;
    asked_[said.request] = own;
    answers_.erase(said.request);
    if (runs(member)) step(member, Ask{own, now_ + members_.at(member).clock + within});
}

std::optional<Handling> AgreementWorld::answer(RequestId request) const {
    const auto known = answers_.find(request);
    return known == answers_.end() ? std::nullopt : std::optional(known->second);
}

std::string AgreementWorld::fate(RequestId request, Duration longest) {
    run_until(longest, [&] { return answers_.contains(request); });
    const auto known = answer(request);
    if (!known) return "unanswered";
    switch (known->stage) {
        case Handling::Stage::waiting: break;
        case Handling::Stage::handled: return std::string(word(known->outcome));
        case Handling::Stage::refused: return "refused: " + std::string(word(known->outcome));
        case Handling::Stage::expired: return "expired";
    }
    return "waiting";
}

std::vector<ClusterEntry> AgreementWorld::asked() const {
    std::vector<ClusterEntry> all;
    for (const auto& [request, said] : asked_) all.push_back(said);
    return all;
}

void AgreementWorld::grow_to(int count) {
    REQUIRE(run_until(5s, [&] { return coordinator() != nobody; }));
    for (int number = 2; number <= count; ++number) {
        REQUIRE(fate(ask(coordinator(), Invited{newcomer(number)})) == "accepted");
        REQUIRE(run_until(20s, [&] { return all_settled(); }));
    }
}

/// Everybody has joined, has got the vote that it is to have, and stands where all others do.
bool AgreementWorld::all_settled() const {
    const MemberId leader = coordinator();
    if (leader == nobody) return false;
    const Agreement& led = *members_.at(leader).agreement;
    if (led.ledger().committed() != led.ledger().log().last()) return false;
    if (!led.ledger().membership().settled_by(led.ledger().committed())) return false;
    return led.state().key_waiting == KeyNumber{} && unsettled().empty();
}

std::vector<MemberId> AgreementWorld::unsettled() const {
    const MemberId leader = coordinator();
    if (leader == nobody) return running();
    const ClusterState& led = members_.at(leader).agreement->state();
    const std::vector<MemberId> voting = expected_votes(led, Counting::joined_only);
    std::vector<MemberId> found;
    for (const AgreedMember& member : led.members) {
        const auto known = members_.find(member.id);
        const bool stands = known != members_.end() && known->second.agreement != nullptr &&
                            known->second.agreement->state().index == led.index;
        const bool joined = member.standing == AgreedMember::Standing::joined;
        if (!stands || !joined || has(voting, member.id) != (member.votes == Vote::yes))
            found.push_back(member.id);
    }
    return found;
}

/// Its token is printed anew, with the keys of now, and `inquest join` starts its daemon with it.
void AgreementWorld::give_token(MemberId newcomer, MemberId inviting) {
    Member& invited = members_.at(newcomer);
    const bool runs = invited.agreement != nullptr;
    if (runs) crash(newcomer);
    invited.keys = members_.at(inviting).keys;
    if (runs) start(newcomer);
}

bool AgreementWorld::is_shut_out(MemberId member, MemberId by) const {
    const auto& keys = members_.at(by).keys;
    return std::find(keys.begin(), keys.end(), members_.at(member).keys.front()) == keys.end();
}

// ---- Time --------------------------------------------------------------------------------------

Instant AgreementWorld::wake_time(const Member& member) const {
    if (member.agreement == nullptr) return never;
    const Instant due = member.agreement->next_deadline();
    return due == never ? never : std::max(due - member.clock, now_);
}

void AgreementWorld::run(Duration length) {
    const Instant end = now_ + length;
    for (;;) {
        Instant next = queue_.empty() ? never : queue_.begin()->first.first;
        for (const auto& [id, member] : members_) next = std::min(next, wake_time(member));
        if (next > end) break;
        now_ = std::max(now_, next);
        while (!queue_.empty() && queue_.begin()->first.first <= now_) {
            handle(queue_.extract(queue_.begin()).mapped());
        }
        wake_due();
    }
    now_ = end;
}

void AgreementWorld::wake_due() {
    for (auto& [id, member] : members_) {
        int wakes = 0;
        while (wake_time(member) <= now_) {
            step(id, Wake{1'800'000'000 + now_.time_since_epoch() / 1s + member.day_ahead});
            if (++wakes > wakes_at_once_max) {
                violated(id, "wants to be woken for ever");
                crash(id);
            }
        }
    }
}

void AgreementWorld::happen(Instant when, Happening happening) {
    queue_.emplace(std::pair(when, ++queued_), std::move(happening));
}

void AgreementWorld::handle(const Happening& happening) {
    if (happening.written) return finish_write(*happening.written);
    const Datagram& datagram = *happening.datagram;
    const MemberId to = datagram.message.to;
    const auto receiver = members_.find(to);
    if (receiver == members_.end() || receiver->second.agreement == nullptr) return;
    if (cuts_.contains({datagram.from, to})) return;
    const auto& keys = receiver->second.keys;
    const bool understood = std::any_of(keys.begin(), keys.end(), [&](const AgreedKey& known) {
        return known.number == datagram.key;
    });
    if (!understood) {
        ++unheard_;
        return;
    }
    step(to, agreement::Heard{datagram.from, datagram.message.channel, datagram.message.body});
}

void AgreementWorld::finish_write(const Written& written) {
    Member& member = members_.at(written.member);
    if (member.run != written.run || member.agreement == nullptr) return;
    const ledger::Persist first = std::move(member.writes.front());
    member.writes.pop_front();
    member.disk.write(first);
    step(written.member, ledger::Persisted{first.number});
}

// ---- Steps -------------------------------------------------------------------------------------

void AgreementWorld::step(MemberId id, const Event& event) {
    Member& member = members_.at(id);
    if (member.agreement == nullptr) return;
    Actions actions;
    member.agreement->step(now_ + member.clock, event, actions);
    ++steps_;
    const std::uint64_t run = member.run;
    for (const Action& action : actions) {
        if (const auto* applied = std::get_if<Applied>(&action)) note_condemnations(*applied);
    }
    compare(id);
    for (const Action& action : actions) {
        if (member.agreement == nullptr || member.run != run) return;
        std::visit([&](const auto& what) { carry_out(id, what); }, action);
    }
    if (std::holds_alternative<Wake>(event)) show_oneself(id);
}

/// As the daemon does: whoever is invited shows the secret that it was given.
void AgreementWorld::show_oneself(MemberId id) {
    Member& member = members_.at(id);
    if (member.agreement == nullptr || member.agreement->coordinator() == nobody) return;
    const AgreedMember* self = member.agreement->state().member(id);
    if (self == nullptr || self->standing == AgreedMember::Standing::joined) return;
    if (member.shown && !answers_.contains(*member.shown)) return;
    member.shown = ask(id, Joined{id, secret_of(id.value)});
}

void AgreementWorld::carry_out(MemberId id, const ledger::Persist& persist) {
    Member& member = members_.at(id);
    member.writes.push_back(persist);
    member.last_write = std::max(member.last_write, now_) + 1us;
    member.last_write += random.below(weather.write_max);
    happen(member.last_write, {.datagram = {}, .written = Written{id, member.run}});
}

void AgreementWorld::carry_out(MemberId id, const SendMessage& message) {
    if (cuts_.contains({id, message.to})) return;
    const KeyNumber signs = members_.at(id).keys.front().number;
    const int copies = 1 + (chance(weather.repeat_percent) ? 1 : 0);
    for (int i = 0; i < copies; ++i) {
        if (chance(weather.loss_percent)) continue;
        const Instant arrives = now_ + 50us + random.below(weather.delay_max);
        happen(arrives, {.datagram = Datagram{id, signs, message}, .written = {}});
    }
}

/// As the daemon does: until it knows that it is a member, it goes by its token. A newcomer is
/// given the keys of whoever heard first that it is invited.
void AgreementWorld::follow(MemberId id) {
    Member& member = members_.at(id);
    const ClusterState& state = member.agreement->state();
    if (state.member(id) == nullptr) return;
    const std::vector<AgreedKey> keys = member.agreement->keys();
    if (!keys.empty()) member.keys = keys;
    for (const AgreedMember& agreed : state.members) {
        if (members_.contains(agreed.id)) continue;
        members_[agreed.id];
        give_token(agreed.id, id);
        start(agreed.id);
    }
}

void AgreementWorld::carry_out(MemberId id, const Applied& applied) {
    Member& member = members_.at(id);
    if (!member.heard.applied.empty() && member.heard.applied.back().index >= applied.index &&
        member.run == 1)
        violated(id, "told an entry again");
    member.heard.applied.push_back(applied);
    follow(id);
    const RequestId request = applied.entry.request;
    if (request != RequestId{} && applied.outcome != EntryRefusal::repeated) {
        const HandledRequest now{request, applied.outcome, applied.index};
        if (const auto [first, fresh] = handled_.try_emplace(request, now); first->second != now)
            violated(id, fmt::format("request {} handled twice", request.value));
    }
}

void AgreementWorld::carry_out(MemberId id, const StateReplaced&) {
    ++members_.at(id).heard.replaced;
    follow(id);
}

/// Whoever is told that it is handled finds it so in the state.
void AgreementWorld::carry_out(MemberId id, const Answered& answered) {
    answers_[answered.request] = answered.handling;
    if (answered.handling.stage != Handling::Stage::handled) return;
    const HandledRequest* shown = members_.at(id).agreement->state().request(answered.request);
    if (shown == nullptr || shown->outcome != answered.handling.outcome ||
        shown->index != answered.handling.index)
        violated(id, "answered what its state does not show");
}

/// It goes on for a while, as the daemon does.
void AgreementWorld::carry_out(MemberId id, const Dismissed&) {
    Member& member = members_.at(id);
    if (++member.heard.dismissed > 1) violated(id, "dismissed twice");
}

void AgreementWorld::carry_out(MemberId id, const Diverged& diverged) {
    members_.at(id).heard.diverged.push_back(diverged);
}

void AgreementWorld::carry_out(MemberId id, const FenceOrder& order) {
    members_.at(id).heard.orders.push_back(order);
}

void AgreementWorld::carry_out(MemberId id, const DropFence& drop) {
    members_.at(id).heard.dropped.push_back(drop.id);
}

void AgreementWorld::carry_out(MemberId id, const Unreadable& unreadable) {
    members_.at(id).heard.unreadable.push_back(unreadable.index);
}

// ---- What must hold ----------------------------------------------------------------------------

/// At one index there is one state.
void AgreementWorld::compare(MemberId id) {
    const ClusterState& state = members_.at(id).agreement->state();
    const auto [first, fresh] = hashes_.try_emplace(state.index, state.hash);
    if (first->second != state.hash) violated(id, fmt::format("differs at {}", state.index));
    compare_members(id);
    compare_grants(id);
    compare_leases(id);
}

/// Each entry as the first member told of it.
void AgreementWorld::note_condemnations(const Applied& applied) {
    if (applied.outcome != EntryRefusal::none || applied.index <= told_of_) return;
    told_of_ = applied.index;
    if (const auto* condemned = std::get_if<Condemned>(&applied.entry.body))
        condemned_[condemned->member] = {.index = applied.index,
                                         .incarnation = condemned->incarnation,
                                         .witnesses = {},
                                         .person = {}};
    if (const auto* acquitted = std::get_if<Acquitted>(&applied.entry.body))
        condemned_.erase(acquitted->member);
    if (const auto* begun = std::get_if<IncarnationBegun>(&applied.entry.body))
        condemned_.erase(begun->member);
    if (const auto* removed = std::get_if<Removed>(&applied.entry.body))
        condemned_.erase(removed->member);
}

/// The core goes by the timings that it follows, by shorter ones in the log as well, and by no
/// longer ones while it is condemned. What is agreed on is as the newest state has it, whoever has
/// that.
void AgreementWorld::compare_leases(MemberId id) {
    Member& member = members_.at(id);
    const ClusterState& state = member.agreement->state();
    if (!state.founded()) return;
    if (state.index > terms_index_) {
        terms_index_ = state.index;
        terms_.clear();
        for (const AgreedMember& agreed : state.members) {
            if (agreed.terms) terms_[agreed.id] = agreed.terms->lease;
        }
    }
    const LedgerTold told = member.agreement->told();
    Duration lease = std::min(state.timing.lease, told.lease_at_most);
    const bool condemned = std::any_of(told.condemned.begin(), told.condemned.end(),
                                       [&](const auto& known) { return known.member == id; });
    if (condemned) lease = std::min(lease, member.lease.value_or(lease));
    member.lease = lease;
    for (const auto& [said, most] : terms_) {
        const auto found = members_.find(said);
        if (found == members_.end() || found->second.agreement == nullptr) continue;
        if (found->second.lease.value_or(most) > most)
            violated(said, fmt::format("its lease is {} ms, and its terms say {} ms",
                                       found->second.lease->count() / 1'000'000,
                                       most.count() / 1'000'000));
    }
}

/// The rule that leases and condemnations rest on (docs/safety.md): once a condemnation is
/// committed, of no voters that anybody names do so many grant that they block a majority.
void AgreementWorld::compare_grants(MemberId id) {
    if (condemned_.empty()) return;
    const LedgerTold named = members_.at(id).agreement->told();
    if (named.voters.empty()) return;
    for (const auto& [condemned, condemnation] : condemned_) {
        std::size_t granting = 0;
        for (const MemberId voter : named.voters) {
            const auto found = members_.find(voter);
            if (found == members_.end() || found->second.agreement == nullptr) continue;
            const LedgerTold told = found->second.agreement->told();
            const auto stands = [&, whom = condemned,
                                 of = condemnation.incarnation](const KnownCondemnation& known) {
                return known.member == whom && known.incarnation >= of;
            };
            const bool withheld = std::any_of(told.condemned.begin(), told.condemned.end(), stands);
            granting += told.grants && told.voters == named.voters && !withheld ? 1 : 0;
        }
        if (granting >= blocking(named.voters.size()))
            violated(id, fmt::format("{} of {} voters grant leases to {}, which entry {} condemns",
                                     granting, named.voters.size(), condemned.value,
                                     condemnation.index));
    }
}

/// Whom the state calls members and voters, the ledger counts as such, as of the same entry.
void AgreementWorld::compare_members(MemberId id) {
    const Agreement& agreement = *members_.at(id).agreement;
    const ClusterState& state = agreement.state();
    const ledger::Log& log = agreement.ledger().log();
    if (state.index < log.base().value || state.index > log.last().value) return;
    const ledger::Membership membership = log.membership_at(ledger::Index(state.index));
    if (membership.blank() || !state.founded() || state.members.empty()) return;
    const auto& now = membership.now;
    bool same = state.members.size() == now.voters.size() + now.learners.size();
    for (const AgreedMember& member : state.members) {
        same = same && (member.votes == Vote::yes ? has(now.voters, member.id)
                                                  : has(now.learners, member.id));
    }
    if (!same) violated(id, fmt::format("other members than the ledger's at {}", state.index));
}

void AgreementWorld::violated(MemberId id, const std::string& what) {
    if (fault_.empty()) fault_ = fmt::format("member {}: {}", id.value, what);
}

// ---- What there is -----------------------------------------------------------------------------

std::vector<MemberId> AgreementWorld::running() const {
    std::vector<MemberId> ids;
    for (const auto& [id, member] : members_) {
        if (member.agreement != nullptr) ids.push_back(id);
    }
    return ids;
}

MemberId AgreementWorld::coordinator() const {
    MemberId found = nobody;
    ledger::Term newest;
    for (const auto& [id, member] : members_) {
        if (member.agreement == nullptr || !member.agreement->coordinates()) continue;
        const ledger::Term term = member.agreement->ledger().term();
        if (found == nobody || term > newest) {
            found = id;
            newest = term;
        }
    }
    return found;
}

MemberId AgreementWorld::follower() const {
    for (const MemberId id : running()) {
        if (id != coordinator()) return id;
    }
    return nobody;
}

}  // namespace inquest::test
