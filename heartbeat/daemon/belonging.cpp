#include "heartbeat/daemon/belonging.hpp"

#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/digest.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/daemon/asked_changes.hpp"
#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/daemon/lost_majority.hpp"
#include "heartbeat/daemon/recovering.hpp"
#include "heartbeat/daemon/small_file.hpp"
#include "heartbeat/endings/wall.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/digest.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

/// How long a request is carried on before it is given up; `inquest` asks for shorter or longer.
constexpr Duration request_time = 60s;
constexpr std::chrono::seconds token_life = 1h;

endings::Wall read_wall() { return endings::Wall(read_clock(CLOCK_REALTIME)); }

std::int64_t wall_seconds() {
    return std::chrono::floor<std::chrono::seconds>(read_wall()).time_since_epoch().count();
}

/// What the ledger knows to be agreed becomes the state; it was told to people long ago.
agreement::Agreement opened(const Identity& identity, const Timing& timing,
                            std::vector<AgreedKey> keys, ledger::Restored restored) {
    agreement::Agreement agreement =
        open_agreement(identity, timing, std::move(keys), std::move(restored));
    agreement::Actions past;
    agreement.step(read_clocks().now, ledger::Persisted{}, past);
    for (const agreement::Action& action : past) {
        if (const auto* unreadable = std::get_if<agreement::Unreadable>(&action))
            throw Failure(
                fmt::format("entry {} of the ledger is not understood: install the "
                            "version of inquestd that this node ran before",
                            unreadable->index));
    }
    return agreement;
}

/// The keys of the ledger first, then those of the file that it does not have: each may know of
/// more, since neither waits for the other's disk.
std::vector<AgreedKey> with_those_of_file(std::vector<AgreedKey> keys, std::string_view text) {
    for (const AgreedKey& written : wire::agreed_keys(text)) {
        const bool known = std::any_of(keys.begin(), keys.end(), [&](const AgreedKey& key) {
            return key.number == written.number || key.key == written.key;
        });
        if (!known) keys.push_back(written);
    }
    return keys;
}

HostFiles as_agreed(const ClusterState& state, const config::HostConfig& here,
                    const std::vector<AgreedKey>& keys) {
    HostFiles files{config::host_config(state, here),
                    wire::keyring_of(keys, wire::cluster_tag(state.name)),
                    {}};
    files.warnings = files.config.warnings;
    return files;
}

/// A text with keys in it; wiped when it goes out of use.
class KeysText {
 public:
    explicit KeysText(std::string& text) : text_(text) {}
    ~KeysText() { wire::wipe(text_); }
    KeysText(const KeysText&) = delete;
    KeysText& operator=(const KeysText&) = delete;

 private:
    std::string& text_;
};

/// An invited node that has heard nothing yet runs with what its token said.
bool is_member(const ClusterState& state, MemberId self) {
    return state.founded() && state.member(self) != nullptr;
}

/// A newcomer may have been sent a state that is older than its own invitation.
bool was_removed(const ClusterState& state, MemberId self) {
    return state.founded() && state.member(self) == nullptr && self <= state.newest_id;
}

void carry_out_recovery(const std::filesystem::path& state, const Identity& identity,
                        Belongings& found) {
    Membership& membership = found.membership;
    auto recovered = recover(state, identity, found.files.config, std::move(*membership.opened));
    if (!recovered) throw Failure(recovered.error());
    membership.opened.emplace(std::move(recovered->opened));
    if (recovered->word.empty()) return;
    membership.generation_began = recovered->began;
    membership.word = recovered->word;
}

}  // namespace

Belongings gather(const Identity& identity, const std::filesystem::path& etc,
                  const std::filesystem::path& state, HostFiles files) {
    auto keys = config::read_keys(etc);
    if (!keys) throw Failure(to_string(keys.error()));
    const KeysText wiped(*keys);
    auto membership = begin_membership(state, files.config, *keys, wall_seconds());
    if (!membership) throw Failure(membership.error());
    Belongings found{std::move(*membership), std::nullopt, std::move(files)};
    if (!found.membership.opened) return found;

    carry_out_recovery(state, identity, found);
    found.agreement = opened(identity, found.files.config.cluster.timing, wire::agreed_keys(*keys),
                             std::move(found.membership.opened->restored));
    const ClusterState& agreed = found.agreement->state();
    if (was_removed(agreed, identity.self)) {
        found.membership.mode = Membership::Mode::removed;
        found.membership.word = "a committed change has removed this node from the cluster";
        found.agreement.reset();
    } else if (is_member(agreed, identity.self)) {
        // The keys of the file are those of the generation before.
        const auto keyring = found.membership.generation_began
                                 ? agreed.keys
                                 : with_those_of_file(found.agreement->keys(), *keys);
        HostFiles followed = as_agreed(agreed, found.files.config, keyring);
        found.file_differs = config::digest(followed.config) != config::digest(found.files.config);
        found.files = std::move(followed);
    }
    return found;
}

Belonging::Belonging(Parts parts)
    : io_(parts.io),
      identity_(parts.identity),
      state_(parts.state),
      mode_(parts.membership.mode),
      word_(parts.membership.mode == Membership::Mode::ledger ? "" : parts.membership.word),
      journal_(parts.journal),
      hooks_(std::move(parts.hooks)),
      files_(parts.etc, parts.state,
             [this, &io = parts.io](std::string problem) {
                 boost::asio::post(io, [this, problem = std::move(problem)] {
                     journal_.say(Level::error, problem);
                 });
             }),
      file_differs_(parts.file_differs),
      recovery_(parts.membership.mode == Membership::Mode::ledger ? parts.membership.word : ""),
      generation_began_(parts.membership.generation_began) {
    if (!parts.agreement) return;
    agreeing_ = std::make_unique<Agreeing>(Agreeing::Parts{
        .io = parts.io,
        .identity = parts.identity,
        .here = parts.config,
        .keyring = parts.keyring,
        .agreement = std::move(*parts.agreement),
        .database = std::move(parts.membership.opened->database),
        .secret = parts.membership.secret,
        .fenced = parts.fenced,
        .journal = parts.journal,
        .followers = {.followed = [this](const ClusterState& state) { followed(state); },
                      .ledger_told = hooks_.ledger_told,
                      .tell = hooks_.tell,
                      .joined = [this] { files_.end_beginning(); },
                      .removed = [this](const std::string& word) { be_removed(word); },
                      .failed =
                          [this](const std::string& line) {
                              journal_.say(Level::error, line);
                              hooks_.end();
                          }}});
    keys_ = agreeing_->agreement().keys();
}

void Belonging::begin(const std::string& name) {
    name_ = name;
    since_ = read_clocks().now;
    if (agreeing_ != nullptr && !recovery_.empty()) tell_recovery();
    switch (mode_) {
        case Membership::Mode::files_only: break;
        case Membership::Mode::ledger: agreeing_->begin(name); break;
        case Membership::Mode::ledger_lost: journal_.say(Level::error, word_); break;
        case Membership::Mode::removed: be_removed(word_); break;
    }
}

/// A node that begins a generation alone is no quiet matter.
void Belonging::tell_recovery() {
    journal_.say(Level::error, recovery_);
    hooks_.tell({.kind = Transition::Kind::agreed,
                 .when = since_,
                 .observer = name_,
                 .peer = name_,
                 .to = generation_began_ ? "accepted" : "given-up",
                 .reason = recovery_});
    if (!generation_began_) return;
    const agreement::Agreement& agreement = agreeing_->agreement();
    files_.write(agreement.state(), agreement.keys());
    files_.end_recovery();
    file_differs_ = false;
}

/// The files are written anew at every change of what they say, and only then.
void Belonging::followed(const ClusterState& state) {
    if (!is_member(state, identity_.self)) return;
    const config::HostConfig& before = hooks_.config();
    const std::vector<AgreedKey> keys = agreeing_->agreement().keys();
    HostFiles files = as_agreed(state, before, keys);
    const bool same_cluster = files.config.cluster == before.cluster &&
                              config::digest(files.config) == config::digest(before);
    const bool same_keys = keys_ == keys;
    keys_ = keys;
    if (same_cluster && same_keys) return;
    files_.write(state, keys);
    file_differs_ = false;
    agreeing_->follow(files.config, files.keyring);
    hooks_.follow(std::move(files));
}

void Belonging::be_removed(const std::string& word) {
    if (mode_ != Membership::Mode::removed) mark_removed(state_, word);
    mode_ = Membership::Mode::removed;
    word_ = word;
    journal_.say(Level::error,
                 word + ": it takes no part any more: `inquest reset-node` makes it a bare node");
    // Its own bus and store may be what calls: they end when the loop comes round.
    hooks_.fall_silent();
}

void Belonging::move(const Motions& motions) {
    if (agreeing_ != nullptr && !removed()) agreeing_->move(motions);
}

void Belonging::show(const std::optional<Watchdog>& watchdog, Guests guests) {
    if (agreeing_ != nullptr && !removed()) agreeing_->show(watchdog, guests);
}

std::optional<std::uint64_t> Belonging::removed_at(MemberId member) const {
    if (agreeing_ == nullptr) return std::nullopt;
    const Tombstone* gone = agreeing_->agreement().state().tombstone(member);
    if (gone == nullptr) return std::nullopt;
    return gone->index;
}

void Belonging::meet(MemberId stranger, PathId path, const std::string& address) {
    if (agreeing_ == nullptr || removed()) return;
    const config::HostConfig& here = hooks_.config();
    const config::Endpoint* own = here.endpoint(here.self, path);
    if (own == nullptr || here.cluster.paths[path.value].kind != PathKind::udp) return;
    agreeing_->meet(stranger, {path, own->address.text, address});
}

void Belonging::dismissed(MemberId by, std::uint64_t index) {
    if (removed()) return;
    const std::vector<MemberConfig>& members = hooks_.config().cluster.members;
    const auto known = std::find_if(members.begin(), members.end(),
                                    [by](const MemberConfig& member) { return member.id == by; });
    const std::string name = known == members.end() ? "another member" : known->name;
    be_removed(fmt::format("{} says that the cluster has agreed to remove this node (entry {})",
                           name, index));
}

// ---- What is asked ------------------------------------------------------------------------------

LedgerKnowledge Belonging::knowledge(const Node& node) const {
    return {.mode = mode_,
            .word = word_,
            .self = identity_.self,
            .name = name_,
            .agreeing = removed() ? nullptr : agreeing_.get(),
            .node = &node,
            .since = since_,
            .now = read_clocks().now,
            .file_differs = file_differs_};
}

std::string Belonging::reply(const wire::Request& request, const Node& node) {
    const LedgerKnowledge known = knowledge(node);
    if (request.verb == wire::Verb::ledger) return ledger_reply(known);
    if (known.agreeing == nullptr) return no_ledger_reply(known);
    if (request.verb == wire::Verb::ask) return ask(request);
    if (request.verb == wire::Verb::handling) return handling_reply(known, request.request);
    if (request.verb == wire::Verb::token)
        return token_reply(known, request.node, *request.secret,
                           wall_seconds() + token_life.count());
    if (request.verb == wire::Verb::state_text) return state_text_reply(known);
    if (request.verb == wire::Verb::recover) return recover(*request.recovery, known);
    return backup_reply(known, endings::wall_phrase(read_wall()));
}

/// What is confirmed is carried out by the next start, which begins with what is on the disk and
/// nothing else; so this run ends at once, before it can vote or follow any more.
std::string Belonging::recover(const wire::RecoveryOrder& order, const LedgerKnowledge& known) {
    constexpr const char* what = "no new generation begins";
    const auto refused = [&](std::string why, std::string remedy) {
        return wire::to_text(
            wire::ErrorReply{{what, std::move(why), std::move(remedy)}, wire::Exit::failed});
    };
    if (const auto obstacle = obstacle_to(order, known))
        return refused(obstacle->why, obstacle->remedy);
    const ledger::Ledger& ledger = agreeing_->agreement().ledger();
    const ConfirmedRecovery confirmed{.generation = order.generation + 1,
                                      .term = ledger.term(),
                                      .vote = ledger.vote(),
                                      .last = ledger.log().last(),
                                      .incarnation = identity_.incarnation,
                                      .boot_tag = identity_.boot_tag,
                                      .wall_seconds = wall_seconds(),
                                      .person = order.person};
    if (const auto problem =
            write_small_file(recover_file(state_), recovery_text(confirmed), Readers::owner))
        return refused(*problem, "give the command again then");
    journal_.say(Level::error,
                 fmt::format("{} has given up the majority of generation {}: generation {} begins "
                             "at the next start, which is now",
                             order.person, order.generation, confirmed.generation));
    boost::asio::post(io_, [this] { hooks_.end(); });
    return nlohmann::ordered_json{{"generation", confirmed.generation}}.dump();
}

/// Only of one who is a member by its own ledger: whoever has none yet knows nothing to change.
std::string Belonging::ask(const wire::Request& request) {
    const ClusterState& state = agreeing_->agreement().state();
    const AgreedMember* self = state.member(identity_.self);
    if (self == nullptr || self->standing != AgreedMember::Standing::joined)
        return wire::to_text(
            wire::ErrorReply{{"nothing is asked for", "this node has not joined its cluster yet",
                              "run it on a member; `inquest join` here says what is missing"},
                             wire::Exit::failed});
    auto sentence = sentence_of(*request.change, state);
    if (!sentence) return wire::to_text(wire::ErrorReply{sentence.error(), wire::Exit::failed});
    nlohmann::ordered_json reply;
    if (const auto* invited = std::get_if<Invited>(&sentence->body))
        reply["id"] = invited->member.id.value;
    if (const auto* anew = std::get_if<InvitedAnew>(&sentence->body)) {
        reply["id"] = anew->member.value;
        reply["anew"] = true;
    }
    if (sentence->secret) reply["secret"] = wire::hex(*sentence->secret);
    const Duration time = request.within.value_or(request_time);
    reply["request"] = wire::to_text(agreeing_->ask(std::move(sentence->body), time));
    return reply.dump();
}

}  // namespace inquest::daemon
