#include "heartbeat/daemon/agreeing.hpp"

#include "heartbeat/agreement/introduction.hpp"
#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/wire/join_token.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <unistd.h>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr const char* no_room =
    "the disk of the ledger is nearly full: this node gives no vote until there is room: free some "
    "space under the state folder";

/// How long this node asks for something of its own before it asks anew.
constexpr Duration own_request_time = 30s;

std::int64_t wall_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(read_clock(CLOCK_REALTIME)).count();
}

std::uint64_t drawn() {
    std::uint64_t number = 0;
    while (number == 0) ::randombytes_buf(&number, sizeof number);
    return number;
}

/// The ledger's timings follow the beats': `default` and `fast` give those of DESIGN's table.
agreement::Settings settings_of(const Identity& identity, const Timing& timing) {
    agreement::Settings settings;
    settings.ledger.self = identity.self;
    settings.ledger.seed = drawn();
    settings.boot = {identity.self, identity.incarnation, identity.boot_tag};
    const bool fast = timing.path_limit < 100ms;
    settings.ledger.append_interval = fast ? 50ms : 100ms;
    settings.ledger.election_min = fast ? 150ms : 400ms;
    settings.ledger.election_max = fast ? 300ms : 800ms;
    return settings;
}

std::unique_ptr<bus::KnetBus> started(const Agreeing::Parts& parts) {
    auto bus =
        bus::KnetBus::start({.self = parts.identity.self, .timing = parts.here.cluster.timing},
                            parts.keyring, peers_of(parts.here));
    if (!bus) throw Failure(bus.error());
    return std::move(*bus);
}

agreement::Channel channel_of(bus::Kind kind) {
    switch (kind) {
        case bus::Kind::snapshot: return agreement::Channel::snapshot;
        case bus::Kind::request: return agreement::Channel::request;
        case bus::Kind::reply: return agreement::Channel::reply;
        case bus::Kind::ledger:
        case bus::Kind::probe: break;
    }
    return agreement::Channel::ledger;
}

bus::Kind kind_of(agreement::Channel channel) {
    switch (channel) {
        case agreement::Channel::ledger: return bus::Kind::ledger;
        case agreement::Channel::snapshot: return bus::Kind::snapshot;
        case agreement::Channel::request: return bus::Kind::request;
        case agreement::Channel::reply: break;
    }
    return bus::Kind::reply;
}

Level level_of(bus::Severity severity) {
    switch (severity) {
        case bus::Severity::error: return Level::error;
        case bus::Severity::warning: return Level::warning;
        case bus::Severity::info:
        case bus::Severity::debug: break;
    }
    return Level::info;
}

}  // namespace

agreement::Agreement open_agreement(const Identity& identity, const Timing& timing,
                                    std::vector<AgreedKey> keys, ledger::Restored restored) {
    agreement::Settings settings = settings_of(identity, timing);
    settings.keys_of_file = std::move(keys);
    auto agreement = agreement::Agreement::open(settings, std::move(restored), read_clocks().now);
    if (!agreement)
        throw Failure(agreement.error() + ": install the version that this node ran before");
    return std::move(*agreement);
}

std::vector<bus::Peer> peers_of(const config::HostConfig& config) {
    std::vector<bus::Peer> peers;
    for (const MemberConfig& member : config.cluster.members) {
        if (member.id == config.self) continue;
        bus::Peer peer{.id = member.id, .lanes = {}};
        for (const PathId path : member.paths) {
            const config::Endpoint* own = config.endpoint(config.self, path);
            const config::Endpoint* other = config.endpoint(member.id, path);
            const PathConfig& terms = config.cluster.paths[path.value];
            const bool carries = terms.kind == PathKind::udp && terms.admin == Switched::on;
            if (own != nullptr && other != nullptr && carries)
                peer.lanes.push_back({path, own->address.text, other->address.text});
        }
        if (!peer.lanes.empty()) peers.push_back(std::move(peer));
    }
    return peers;
}

Agreeing::Agreeing(Parts parts)
    : io_(parts.io),
      identity_(parts.identity),
      journal_(parts.journal),
      followers_(std::move(parts.followers)),
      secret_(parts.secret),
      agreement_(std::move(parts.agreement)),
      bus_(started(parts)),
      bus_ready_(parts.io, ::dup(bus_->fd())),
      timer_(parts.io),
      fencing_(parts.io, parts.fenced, parts.journal,
               [this](const agreement::FenceReply& reply) {
                   step(reply);
                   tell_fence();
               }),
      probes_(parts.io, fencing_, parts.journal, parts.identity.self, drawn()) {
    know(parts.here);
    // Answers come on the store's thread; the loop takes them from there.
    keeper_ = std::make_unique<store::Keeper>(
        std::move(parts.database), store::Keeper::Options{}, [this](const store::Answer& answer) {
            asio::post(io_, [this, answer] { take_answer(answer); });
        });
}

Agreeing::~Agreeing() = default;

void Agreeing::begin(const std::string& name) {
    name_ = name;
    timer_.on_ring([this] { wake(); });
    wait_for_bus();
    probes_.follow(agreement_.state(), read_clocks().now);
    wake();
}

void Agreeing::follow(const config::HostConfig& config, const wire::Keyring& keyring) {
    if (const auto problem = bus_->set_keys(keyring)) journal_.say(Level::error, *problem);
    know(config);
    reach_company();
}

/// Those who are none of the peers any more keep their place behind them.
void Agreeing::know(const config::HostConfig& config) {
    std::vector<bus::Peer> peers = peers_of(config);
    const auto is_known = [&](const bus::Peer& peer) {
        return std::any_of(peers.begin(), peers.end(),
                           [&](const bus::Peer& known) { return known.id == peer.id; });
    };
    std::vector<bus::Peer> gone;
    std::copy_if(peers_.begin(), peers_.end(), std::back_inserter(gone),
                 [&](const bus::Peer& peer) { return !is_known(peer); });
    std::vector<MemberId> members;
    for (const bus::Peer& peer : peers) members.push_back(peer.id);
    company_.follow(std::move(members), read_clocks().now);
    peers.insert(peers.end(), gone.begin(), gone.end());
    peers_ = std::move(peers);
}

void Agreeing::reach_company() {
    std::erase_if(peers_, [&](const bus::Peer& peer) { return !company_.has(peer.id); });
    for (const std::string& problem : bus_->set_peers(peers_))
        journal_.say(Level::warning, problem);
}

void Agreeing::meet(MemberId stranger, const bus::Lane& lane) {
    if (!company_.meet(stranger, agreement_, read_clocks().now)) return;
    auto peer = std::find_if(peers_.begin(), peers_.end(),
                             [&](const bus::Peer& known) { return known.id == stranger; });
    if (peer == peers_.end()) {
        journal_.say(Level::notice,
                     fmt::format("member {} is not known here, and nobody is heard that leads: it "
                                 "beats with the cluster's key, so the bus reaches it at {}",
                                 stranger.value, lane.remote));
        peer = peers_.insert(peers_.end(), bus::Peer{.id = stranger, .lanes = {}});
    }
    const bool is_known =
        std::any_of(peer->lanes.begin(), peer->lanes.end(),
                    [&](const bus::Lane& known) { return known.path == lane.path; });
    if (is_known) return;
    peer->lanes.push_back(lane);
    reach_company();
}

RequestId Agreeing::ask(ClusterEntry::Body body, Duration time) {
    ClusterEntry entry{
        .request = RequestId(drawn()), .asked_by = identity_.self, .wall_seconds = wall_seconds()};
    entry.body = std::move(body);
    step(agreement::Ask{entry, read_clocks().now + time});
    return entry.request;
}

// ---- The loop -----------------------------------------------------------------------------------

void Agreeing::wait_for_bus() {
    bus_ready_.async_wait(asio::posix::descriptor_base::wait_read,
                          [this](boost::system::error_code error) {
                              if (error) return;
                              bus_->receive(*this);
                              wait_for_bus();
                          });
}

void Agreeing::wake() {
    bus_->receive(*this);
    step(agreement::Wake{wall_seconds()});
    if (company_.let_go(agreement_.ledger(), read_clocks().now)) reach_company();
    show_oneself();
    tell_fence();
}

void Agreeing::step(const agreement::Event& event) {
    agreement_.step(read_clocks().now, event, actions_);
    tell_core();
    carry_out();
    arm();
}

/// Before an acknowledgement leaves: from then on others may count on it.
void Agreeing::tell_core() {
    const LedgerTold told = agreement_.told();
    if (told == ledger_told_) return;
    ledger_told_ = told;
    followers_.ledger_told(told);
}

/// An action may lead to another step, which has actions of its own.
void Agreeing::carry_out() {
    agreement::Actions actions;
    actions.swap(actions_);
    for (agreement::Action& action : actions)
        std::visit([this](auto& asked) { carry(asked); }, action);
}

void Agreeing::arm() { timer_.set(agreement_.next_deadline()); }

void Agreeing::heard(const bus::Message& message) {
    if (message.kind == bus::Kind::probe) return;
    step(agreement::Heard{message.sender, channel_of(message.kind), message.body});
}

void Agreeing::said(const bus::LogLine& line) {
    journal_.say(level_of(line.severity), "bus: " + line.text);
}

void Agreeing::take_answer(const store::Answer& answer) {
    if (const auto* persisted = std::get_if<ledger::Persisted>(&answer)) return step(*persisted);
    if (const auto* failed = std::get_if<store::Failed>(&answer))
        return followers_.failed(failed->line);
    tell_space(std::get<store::SpaceTold>(answer).space);
}

void Agreeing::tell_space(store::Space space) {
    using Space = agreement::SpaceTold::Space;
    const bool low = space == store::Space::low;
    step(agreement::SpaceTold{low ? Space::low : Space::enough});
    if (space == space_) return;
    Transition told = transition(Transition::Kind::space);
    told.from = word(space_);
    told.to = word(space);
    told.reason = low ? no_room : "there is room for the ledger: this node takes part again";
    space_ = space;
    followers_.tell(told);
}

std::string Agreeing::trouble() const { return space_ == store::Space::low ? no_room : trouble_; }

// ---- What comes of it ---------------------------------------------------------------------------

void Agreeing::carry(ledger::Persist& persist) {
    if (keeper_->submit(std::move(persist))) return;
    followers_.failed(
        "the disk of the ledger has stood still for too long: see to the disk, then "
        "start inquestd again");
}

void Agreeing::carry(const agreement::SendMessage& message) {
    bus_->send(message.to, kind_of(message.channel), message.body);
}

void Agreeing::carry(const agreement::Applied& applied) {
    Transition told = transition(Transition::Kind::agreed);
    told.peer = name_of(applied.entry.asked_by);
    told.to = word(applied.outcome);
    told.facts = fmt::format("index={}", applied.index);
    told.reason = applied.sentence;
    followers_.tell(told);
    if (applied.outcome == EntryRefusal::none) followed();
}

void Agreeing::carry(const agreement::StateReplaced&) { followed(); }
void Agreeing::carry(const agreement::KeysChanged&) { followed(); }

void Agreeing::followed() {
    probes_.follow(agreement_.state(), read_clocks().now);
    followers_.followed(agreement_.state());
}

void Agreeing::carry(const agreement::Answered& answered) {
    using Stage = agreement::Handling::Stage;
    const EntryRefusal outcome = answered.handling.outcome;
    const bool done = answered.handling.stage == Stage::handled && outcome == EntryRefusal::none;
    if (answered.request == showing_) {
        showing_.reset();
        const bool used_before =
            outcome == EntryRefusal::joined_already && !agreement_.state().founded();
        if (used_before) {
            refused_invitation_ = outcome;
            trouble_ =
                "the token was used before, and what this node knew since is gone: remove this "
                "node on a member, run `inquest reset-node` here, and invite it anew";
            journal_.say(Level::error, trouble_);
        } else if (!done && outcome != EntryRefusal::none &&
                   outcome != EntryRefusal::joined_already) {
            refused_invitation_ = outcome;
            trouble_ = fmt::format(
                "the invitation was not accepted ({}): run `inquest invite` for this node again, "
                "and `inquest join` here with the new token",
                word(outcome));
            journal_.say(Level::error, trouble_);
        }
    }
    if (answered.request == telling_fence_) telling_fence_.reset();
    if (answered.request == counting_) {
        counting_.reset();
        if (outcome == EntryRefusal::other_boot || outcome == EntryRefusal::old_incarnation) {
            trouble_ = fmt::format(
                "this boot is not accepted ({}): another machine runs as this "
                "node, or its state is an old copy: remove it, reset it and "
                "invite it anew",
                word(outcome));
            journal_.say(Level::error, trouble_);
        }
    }
}

void Agreeing::carry(const agreement::CoordinatorChanged& changed) {
    Transition told = transition(Transition::Kind::coordinator);
    const auto shown = [&](MemberId member) {
        return member == nobody ? std::string("none") : name_of(member);
    };
    told.peer = name_;
    told.from = shown(coordinator_);
    told.to = shown(changed.coordinator);
    told.facts = fmt::format("term={}", changed.term);
    coordinator_ = changed.coordinator;
    followers_.tell(told);
}

void Agreeing::carry(const agreement::Dismissed&) {
    followers_.removed("a committed change has removed this node from the cluster");
}

void Agreeing::carry(const agreement::Diverged& diverged) {
    trouble_ = fmt::format(
        "what {} has agreed on differs from what this node has, at entry {}: one "
        "of the two disks or programs is wrong",
        name_of(diverged.member), diverged.index);
    journal_.say(Level::error, trouble_);
}

void Agreeing::carry(const agreement::Unreadable& unreadable) {
    followers_.failed(
        fmt::format("entry {} of the ledger is not understood: a later version of "
                    "inquestd wrote it: install that version here too",
                    unreadable.index));
}

/// What this node owes to the others as soon as they can hear it: the secret of its invitation, and
/// which boot this is.
void Agreeing::show_oneself() {
    if (agreement_.coordinator() == nobody || !trouble_.empty()) return;
    const AgreedMember* self = agreement_.state().member(identity_.self);
    const bool joined = self != nullptr && self->standing == AgreedMember::Standing::joined;
    if (joined && secret_) {
        secret_.reset();
        followers_.joined();
    }
    std::optional<RequestId>& open = joined ? counting_ : showing_;
    if (open) return;
    agreement::Oneself oneself{.self = identity_.self,
                               .incarnation = identity_.incarnation,
                               .boot_tag = identity_.boot_tag,
                               .invitation = std::nullopt,
                               .watchdog = watchdog_,
                               .guests = guests_,
                               .durable = agreement_.is_durable()};
    if (secret_) oneself.invitation = wire::digest(*secret_);
    if (auto owed = agreement::introduction(agreement_.state(), oneself))
        open = ask(std::move(*owed), own_request_time);
}

/// What a device has answered, as long as the state does not show it.
void Agreeing::tell_fence() {
    if (telling_fence_ || agreement_.coordinator() == nobody) return;
    if (auto owed = agreement_.owed_answer())
        telling_fence_ = ask(std::move(*owed), own_request_time);
}

std::string Agreeing::name_of(MemberId member) const {
    if (const AgreedMember* known = agreement_.state().member(member)) return known->name;
    if (const Tombstone* gone = agreement_.state().tombstone(member)) return gone->name;
    return fmt::format("member-{}", member.value);
}

Transition Agreeing::transition(Transition::Kind kind) const {
    return {.kind = kind, .when = read_clocks().now, .observer = name_, .peer = name_};
}

}  // namespace inquest::daemon
