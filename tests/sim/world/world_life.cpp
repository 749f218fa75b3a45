// How members come and go: what people do with `inquest invite`, `join`, `remove` and the rest, and
// what a node that was removed learns of it.
#include "heartbeat/wire/cluster_codec.hpp"
#include "tests/sim/world/founding.hpp"
#include "tests/sim/world/world.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// How long a person waits until the cluster has agreed; `inquest` says then what it waits for.
constexpr Duration errand_time = 60s;
/// How often somebody looks whether the member that was asked still runs.
constexpr Duration look_every = 500ms;
/// A member tells a removed one what it is once in so long, whoever beats to it.
constexpr Duration strangers_every = 1s;

}  // namespace

// ---- Errands ------------------------------------------------------------------------------------

/// One for each node that is named.
void World::begin_errand(const Event& event) {
    const auto begin = [&](Nodes nodes) {
        Errand errand{.event = event, .deadline = now_ + errand_time};
        errand.event.nodes = std::move(nodes);
        errands_.push_back(std::move(errand));
    };
    if (event.verb == Verb::arm || event.verb == Verb::disarm || event.verb == Verb::rekey)
        begin({});
    for (const std::size_t node : event.nodes) begin({node});
    look_after_errands();
}

/// Whoever was asked and has died is not waited for; whoever could be asked may be there by now.
void World::look_after_errands() {
    for (std::size_t i = 0; i < errands_.size(); ++i) {
        Errand& errand = errands_[i];
        if (errand.over) continue;
        if (now_ >= errand.deadline) {
            fail(errand, "the cluster has not agreed in time");
            continue;
        }
        const Host& asked = hosts_[errand.asked];
        if (errand.waits && asked.is_member() && asked.run() == errand.run) continue;
        if (attend(errand)) ask(errand.asked, *errand.entry, errand.deadline - now_);
    }
    std::erase_if(errands_, [](const Errand& errand) { return errand.over; });
    if (errands_.empty() || errands_due_) return;
    errands_due_ = true;
    put(Due::Kind::errands, now_ + look_every);
}

/// Finds whom to ask, and what: the same as before, where somebody has died over it. False: nobody
/// can be asked, or it is over.
bool World::attend(Errand& errand) {
    const auto asked = whom_to_ask(errand);
    if (!asked) return false;
    errand.waits = true;
    errand.asked = *asked;
    errand.run = hosts_[*asked].run();
    if (errand.entry) return true;
    std::string why_not;
    auto body = body_of(errand, *asked, why_not);
    if (!body) {
        if (!why_not.empty()) fail(errand, why_not);
        errand.over = true;
        return false;
    }
    errand.entry = ClusterEntry{.request = RequestId(people_.next() >> 1 | 1)};
    errand.entry->body = std::move(*body);
    return true;
}

/// Preferably one that knows of a coordinator; never the node that is to be removed, but to leave.
std::optional<std::size_t> World::whom_to_ask(const Errand& errand) const {
    std::optional<std::size_t> found;
    for (std::size_t place = 0; place < hosts_.size(); ++place) {
        const Host& host = hosts_[place];
        if (!host.is_member() || !host.awake(now_)) continue;
        const agreement::Agreement& agreement = host.scribe().agreement();
        const AgreedMember* self = agreement.state().member(host.self());
        if (self == nullptr || self->standing != AgreedMember::Standing::joined) continue;
        if (errand.event.verb == Verb::leave && place != errand.node()) continue;
        if (errand.event.verb == Verb::remove && place == errand.node()) continue;
        if (agreement.coordinator() != nobody) return place;
        if (!found) found = place;
    }
    return found;
}

std::optional<ClusterEntry::Body> World::body_of(const Errand& errand, std::size_t asked,
                                                 std::string& why_not) {
    const Verb verb = errand.event.verb;
    const ClusterState& state = hosts_[asked].scribe().agreement().state();
    if (verb == Verb::arm) return ArmedSet{Armed::yes};
    if (verb == Verb::disarm) return ArmedSet{Armed::no};
    if (verb == Verb::rekey) return KeyAdded{keys_.draw(state.keys)};
    if (verb == Verb::invite || verb == Verb::join) return invitation_of(errand, asked, why_not);
    const std::string& name = setup_.cluster.members[errand.node()].name;
    const AgreedMember* member = state.member(name);
    if (member == nullptr) {
        why_not = "there is no node " + name;
        return std::nullopt;
    }
    if (verb == Verb::maintenance)
        return MaintenanceSet{member->id,
                              errand.event.word == "on" ? Maintenance::on : Maintenance::off};
    if (verb == Verb::remove || verb == Verb::leave)
        return Removed{member->id, keys_.draw(state.keys)};
    if (!member->condemnation) {
        why_not = name + " is not condemned";
        return std::nullopt;
    }
    const std::uint64_t index = member->condemnation->index;
    if (verb == Verb::release) return HoldLifted{member->id, index};
    return ConfirmedOff{member->id, index, "root"};
}

/// A machine that was a member is made bare first. One that is invited already gets its token once
/// more, with the keys of now.
std::optional<ClusterEntry::Body> World::invitation_of(const Errand& errand, std::size_t asked,
                                                       std::string& why_not) {
    const ClusterState& state = hosts_[asked].scribe().agreement().state();
    const std::size_t node = errand.node();
    const bool joins = errand.event.verb == Verb::join;
    const AgreedMember* member = state.member(setup_.cluster.members[node].name);
    if (member != nullptr && member->standing == AgreedMember::Standing::joined) {
        why_not = member->name + " is a member: remove it first";
        return std::nullopt;
    }
    if (joins && state.member(hosts_[node].self()) == nullptr) hosts_[node].reset();
    if (member == nullptr) {
        SecretDigest secret{};
        for (std::byte& byte : secret) byte = static_cast<std::byte>(people_.next());
        return Invited{invited(setup_.cluster, node, state.next_id(), secret)};
    }
    if (joins) hand_token(node, asked);
    return std::nullopt;
}

void World::answered(Errand& errand, const agreement::Handling& handling) {
    using Stage = agreement::Handling::Stage;
    errand.waits = false;
    if (handling.stage == Stage::expired) return;
    // Somebody else was invited meanwhile, or this one was: look again.
    if (handling.outcome == EntryRefusal::id_taken || handling.outcome == EntryRefusal::name_taken)
        return errand.entry.reset();
    if (handling.outcome != EntryRefusal::none)
        fail(errand, std::string(word(handling.outcome)));
    else if (errand.event.verb == Verb::join)
        hand_token(errand.node(), errand.asked);
    errand.over = true;
}

void World::fail(Errand& errand, const std::string& why) {
    errand.over = true;
    for (Watcher* watcher : watchers_) watcher->failed(*this, errand.event, why);
}

/// `inquest join` with what `inquest invite` has printed: the daemon starts where there is power.
void World::hand_token(std::size_t newcomer, std::size_t inviting) {
    const ClusterState& state = hosts_[inviting].scribe().agreement().state();
    const AgreedMember* member = state.member(setup_.cluster.members[newcomer].name);
    Host& host = hosts_[newcomer];
    if (member == nullptr) return;  // removed in the same instant
    if (host.self() == nobody) host.scribe().disk().format();
    host.enroll({.self = member->id,
                 .cluster = configuration(state),
                 .keys = hosts_[inviting].papers().keys,
                 .keys_index = state.index,
                 .invitation = member->invitation});
    if (host.power() == Host::Power::on) start(newcomer);
}

// ---- Those who came and went --------------------------------------------------------------------

void World::meet(const ClusterState& state) {
    for (const AgreedMember& member : state.members) meet(member.id, member.name);
}

void World::meet(MemberId member, const std::string& name) {
    if (place(member)) return;
    const auto& machines = setup_.cluster.members;
    const auto machine = std::find_if(machines.begin(), machines.end(),
                                      [&](const auto& each) { return each.name == name; });
    members_.emplace_back(member, static_cast<std::size_t>(machine - machines.begin()));
}

/// As heartbeat/daemon/traffic.cpp does: whoever was removed and beats all the same is told so, on
/// the path on which the beat came and under its key.
void World::answer_stranger(std::size_t place, const Beat& beat, PathId path) {
    if (beat.via != nobody || hosts_[place].knows(beat.sender)) return;
    if (now_ - strangers_answered_[place] < strangers_every) return;
    const Tombstone* gone = hosts_[place].scribe().agreement().state().tombstone(beat.sender);
    const auto to = this->place(beat.sender);
    if (gone == nullptr || !to) return;
    strangers_answered_[place] = now_;
    for (const Network::Passage& passage : network_.carry(place, *to, path, bus_random_)) {
        if (passage.bytes == Network::Passage::Bytes::sound)
            put(Due::Kind::farewell, now_ + passage.delay, *to, beat.sender.value, path);
    }
}

void World::be_removed(std::size_t place, const std::string& word) {
    Host& host = hosts_[place];
    if (!host.is_member()) return;
    host.be_removed();
    for (Watcher* watcher : watchers_) watcher->removed(*this, place, word);
    if (host.leaves_at() != end_of_time) host.end_daemon(Scribe::Ending::in_peace);
}

}  // namespace inquest::sim
