// This node's belonging to a cluster: to one whose members are in its files, or to one that agrees
// on them in a ledger; or no more.
//
// It stands between the deciding thread and the ledger: what was agreed becomes the configuration
// that the node runs with and the files that a start begins with, and what `inquest` asks of the
// cluster becomes a request to all.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/daemon/agreeing.hpp"
#include "heartbeat/daemon/beginning.hpp"
#include "heartbeat/daemon/followed_files.hpp"
#include "heartbeat/daemon/host_files.hpp"
#include "heartbeat/daemon/journal.hpp"
#include "heartbeat/daemon/ledger_replies.hpp"
#include "heartbeat/wire/local.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inquest::daemon {

/// What a start finds, before the loop begins.
struct Belongings {
    Membership membership;
    std::optional<agreement::Agreement> agreement;  ///< where there is a ledger
    HostFiles files;                                ///< as agreed, where anything was
    bool file_differs = false;                      ///< cluster.toml says otherwise
};

/// Opens the ledger where there is one, and turns what was agreed into what the node runs with.
/// Throws Failure.
Belongings gather(const Identity& identity, const std::filesystem::path& etc,
                  const std::filesystem::path& state, HostFiles files);

class Belonging {
 public:
    /// What the deciding thread does on its word.
    struct Hooks {
        std::function<void(HostFiles)> follow;
        std::function<void(const LedgerTold&)> ledger_told;
        std::function<void(const Transition&)> tell;
        std::function<void()> fall_silent;  ///< removed: it beats no more
        std::function<void()> end;          ///< the process must end, with an error
        std::function<const config::HostConfig&()> config;
    };
    struct Parts {
        boost::asio::io_context& io;
        Identity identity;
        std::filesystem::path etc;
        std::filesystem::path state;
        std::filesystem::path fenced;  ///< the socket of inquest-fenced
        Membership membership;
        std::optional<agreement::Agreement> agreement;
        const config::HostConfig& config;
        const wire::Keyring& keyring;
        bool file_differs = false;
        Journal& journal;
        Hooks hooks;
    };

    /// Starts the bus where there is a ledger. Throws Failure.
    explicit Belonging(Parts parts);

    /// From now on the loop calls it.
    void begin(const std::string& name);
    /// Files may not be followed where the ledger says who the members are.
    bool follows_ledger() const { return agreeing_ != nullptr; }
    bool removed() const { return mode_ == Membership::Mode::removed; }
    /// A member whose beats were refused because it was removed, and the entry that did it; nothing
    /// where this node knows of no such member.
    std::optional<std::uint64_t> removed_at(MemberId member) const;
    /// Somebody beats from this address who is no member as far as this node knows.
    void meet(MemberId stranger, PathId path, const std::string& address);
    /// What this node's core would have the members decide.
    void move(const Motions& motions);
    /// What this node has to say of itself: its watchdog, once it is open, and its guests.
    void show(const std::optional<Watchdog>& watchdog, Guests guests);
    /// Another member says that this one was removed.
    void dismissed(MemberId by, std::uint64_t index);

    const Agreeing* agreeing() const { return agreeing_.get(); }
    /// Why this node takes no part, for a person; empty where it does.
    const std::string& word() const { return word_; }
    /// The answer to one of the ledger's verbs.
    std::string reply(const wire::Request& request, const Node& node);

 private:
    void followed(const ClusterState& state);
    void be_removed(const std::string& word);
    std::string ask(const wire::Request& request);
    std::string recover(const wire::RecoveryOrder& order, const LedgerKnowledge& known);
    void tell_recovery();
    LedgerKnowledge knowledge(const Node& node) const;

    boost::asio::io_context& io_;
    Identity identity_;
    std::filesystem::path state_;
    Membership::Mode mode_;
    std::string word_;
    Journal& journal_;
    Hooks hooks_;
    FollowedFiles files_;
    std::unique_ptr<Agreeing> agreeing_;
    std::string name_;
    bool file_differs_ = false;
    std::string recovery_;  ///< to be told when the loop begins
    bool generation_began_ = false;
    Instant since_{};              ///< when the loop began
    std::vector<AgreedKey> keys_;  ///< as followed last
};

}  // namespace inquest::daemon
