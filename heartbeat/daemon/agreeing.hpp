// The part of the deciding thread that agrees with the other members: Agreement between the bus and
// the store.
//
//     bus ──> Heard ──┐                    ┌──> bus
//     store ─> Persisted ─> Agreement::step ──> store's thread
//     timer ──> Wake ─┘                    └──> what was agreed: to whoever follows it
//
// It never waits: the store answers from its own thread through the loop, and the bus loses what it
// cannot send. Messages are seldom, so unlike beats each wakes the thread.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/agreement/company.hpp"
#include "heartbeat/bus/knet.hpp"
#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/daemon/beginning.hpp"
#include "heartbeat/daemon/boot_timer.hpp"
#include "heartbeat/daemon/fence_probes.hpp"
#include "heartbeat/daemon/fencing.hpp"
#include "heartbeat/daemon/journal.hpp"
#include "heartbeat/store/keeper.hpp"
#include "heartbeat/wire/keys.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inquest::daemon {

/// Who wants to know what was agreed.
struct Followers {
    /// The state has changed; also once at the start, where there is one.
    std::function<void(const ClusterState&)> followed;
    /// What the core is told of the ledger has changed; before anything else comes of it.
    std::function<void(const LedgerTold&)> ledger_told;
    /// For log and events.
    std::function<void(const Transition&)> tell;
    /// The invitation was accepted: nothing is to be begun any more.
    std::function<void()> joined;
    /// The others have removed this node.
    std::function<void(const std::string&)> removed;
    /// The process must end, and this says why.
    std::function<void(const std::string&)> failed;
};

class Agreeing final : private bus::Sink {
 public:
    struct Parts {
        boost::asio::io_context& io;
        Identity identity;
        const config::HostConfig& here;  ///< whom to reach at first
        const wire::Keyring& keyring;
        agreement::Agreement agreement;
        store::Database database;
        std::optional<wire::Secret> secret;
        std::filesystem::path fenced;  ///< the socket of inquest-fenced
        Journal& journal;
        Followers followers;
    };

    /// Starts the bus and the store's thread; takes about 0.3 s. Throws Failure.
    explicit Agreeing(Parts parts);
    /// Makes durable what was asked for; takes about a second.
    ~Agreeing() override;
    Agreeing(const Agreeing&) = delete;
    Agreeing& operator=(const Agreeing&) = delete;

    /// From now on the loop calls it. `name` is this node's.
    void begin(const std::string& name);

    /// Whom the bus reaches and with which keys, from now on.
    void follow(const config::HostConfig& config, const wire::Keyring& keyring);

    /// Somebody beats on this lane who is no member as far as this node knows. The first address
    /// counts as long as it does: whoever plays old beats again must not turn messages away.
    void meet(MemberId stranger, const bus::Lane& lane);

    /// Please agree on this within the time; `handling` of the result tells how far it is.
    RequestId ask(ClusterEntry::Body body, Duration time);

    /// What this node's core would have decided, from what it knows now.
    void move(const Motions& motions) { step(motions); }

    /// What this node says of itself, as soon as the others can hear it.
    void show(const std::optional<Watchdog>& watchdog, Guests guests) {
        watchdog_ = watchdog;
        guests_ = guests;
    }

    const agreement::Agreement& agreement() const { return agreement_; }
    std::vector<bus::LinkState> links() const { return bus_->links(); }
    /// Whether each fence device that this node may ask would do its work.
    const std::vector<Fenceability>& fenceability() const { return probes_.all(); }
    bus::Counters counters() const { return bus_->counters(); }
    /// What is wrong with this node's part, for a person; empty: nothing.
    std::string trouble() const;
    /// Why the cluster has not accepted this node's invitation; none: it has, or was not asked.
    EntryRefusal refused_invitation() const { return refused_invitation_; }

 private:
    void heard(const bus::Message& message) override;
    void said(const bus::LogLine& line) override;
    void links_changed() override {}

    void wait_for_bus();
    void wake();
    void step(const agreement::Event& event);
    void tell_core();
    void carry_out();
    void arm();

    void carry(ledger::Persist& persist);
    void carry(const agreement::SendMessage& message);
    void carry(const agreement::Applied& applied);
    void carry(const agreement::StateReplaced&);
    void carry(const agreement::KeysChanged&);
    void carry(const agreement::Answered& answered);
    void carry(const agreement::CoordinatorChanged& changed);
    void carry(const agreement::Dismissed&);
    void carry(const agreement::Diverged& diverged);
    void carry(const agreement::Unreadable& unreadable);
    void carry(const agreement::FenceOrder& order) { fencing_.ask(order); }
    void carry(const agreement::DropFence& drop) { fencing_.drop(drop.id); }

    void know(const config::HostConfig& config);
    void reach_company();
    void show_oneself();
    void tell_fence();
    void followed();
    void take_answer(const store::Answer& answer);
    void tell_space(store::Space space);
    std::string name_of(MemberId member) const;
    Transition transition(Transition::Kind kind) const;

    boost::asio::io_context& io_;
    Identity identity_;
    Journal& journal_;
    Followers followers_;
    std::optional<wire::Secret> secret_;
    agreement::Agreement agreement_;
    agreement::Actions actions_;
    std::unique_ptr<bus::KnetBus> bus_;
    std::vector<bus::Peer> peers_;  ///< of the bus, those who are leaving or were met last
    agreement::Company company_;
    std::unique_ptr<store::Keeper> keeper_;
    boost::asio::posix::stream_descriptor bus_ready_;
    BootTimer timer_;
    std::string name_;
    std::optional<Watchdog> watchdog_;
    Guests guests_ = Guests::unknown;
    std::optional<RequestId> showing_;        ///< the request by which this node joins
    std::optional<RequestId> counting_;       ///< the request that tells of its boot
    std::optional<RequestId> telling_fence_;  ///< the request that tells of a fence device
    Fencing fencing_;
    FenceProbes probes_;
    MemberId coordinator_;                       ///< as told last
    LedgerTold ledger_told_;                     ///< as told last
    store::Space space_ = store::Space::enough;  ///< as told last
    std::string trouble_;
    EntryRefusal refused_invitation_ = EntryRefusal::none;
};

/// Agreement over this ledger, with the timings that go with the beats', and the keys that stand in
/// this node's file. Throws Failure.
agreement::Agreement open_agreement(const Identity& identity, const Timing& timing,
                                    std::vector<AgreedKey> keys, ledger::Restored restored);

/// The IP paths that this node and each other one share, for the bus.
std::vector<bus::Peer> peers_of(const config::HostConfig& config);

}  // namespace inquest::daemon
