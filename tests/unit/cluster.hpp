// A small world for tests of the core: nodes, paths and virtual time, without clock or network.
//
// It runs each node as the daemon would: a beat is handed over when it arrives, and the node is
// woken at the deadline it asked for. Every node has a clock of its own, so that nothing can depend
// on two nodes agreeing about the time. One seed, one run.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/core/node.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inquest::test {

/// A sound configuration: nodes `n1`.. with ids 1.., paths `lan-a`.. with fates `sw-a`..
ClusterConfig cluster_config(int nodes, int paths, Timing timing = {}, int voters = 5);

/// The explanation as indented sentences.
std::string text(const Explanation& explanation);

class Cluster {
 public:
    enum class Power : std::uint8_t { off, on };

    struct Layout {
        int nodes = 3;
        int paths = 2;
        Timing timing{};
        int voters = 5;
        Power power = Power::on;
        std::uint64_t seed = 1;
    };

    /// What the network does to all beats; may be changed at any time.
    struct Weather {
        Duration delay{200us};
        Duration jitter{};  ///< up to so much more delay: beats overtake each other
        int loss_percent = 0;
        int copies = 1;
        bool recorded = false;  ///< keep a copy of every beat in `tape`
    };

    struct Datagram {
        std::string to;
        PathId path;
        std::shared_ptr<const Beat> beat;
    };

    struct Boot {
        Incarnation incarnation;
        Session session;
        std::uint32_t tag;
    };

    explicit Cluster(Layout layout);

    void run(Duration length);
    Instant now() const { return now_; }

    // Nodes. A stalled node neither wakes nor reads; its sockets hold what came, up to a limit.
    void power_on(std::string_view node);  ///< the next incarnation
    void power_on(std::string_view node, Boot boot);
    void power_off(std::string_view node);
    void restart_daemon(std::string_view node);  ///< the next session
    void leave(std::string_view node);           ///< says goodbye, then stops
    void stall(std::string_view node, Duration length);
    Boot boot(std::string_view node) const;

    // Configuration. What is written is followed node by node, in whatever order and as late as a
    // test wants; a node that boots has it at once.
    const ClusterConfig& newest() const { return config_; }
    /// Writes the next configuration. Its new members are off; removed ones go on with the last one
    /// that they followed.
    void write(ClusterConfig next);
    void follow(std::string_view node);
    /// Every member that is on, one so long after the other.
    void follow_all(Duration apart);

    // The network. A cut is directed; without a path it is on all of them.
    void cut(std::string_view from, std::string_view to);
    void cut(std::string_view from, std::string_view to, std::string_view path);
    void separate(std::string_view a, std::string_view b);  ///< a cut in both directions
    void switch_off(std::string_view path);
    void switch_on(std::string_view path);
    void heal();  ///< every cut, every switch
    void heal(std::string_view from, std::string_view to);

    // A node's own half of a path, together with what its netmon says.
    void unplug(std::string_view node, std::string_view path);
    void plug(std::string_view node, std::string_view path);
    /// Its kernel has no room for what comes on the path, and says so.
    void drown(std::string_view node, std::string_view path);

    /// What a node's ledger, or that of every node that is on, says from now on.
    void tell(std::string_view node, const LedgerTold& told);
    void tell_all(const LedgerTold& told);

    /// Hands a beat to a node as if it had just come on that path.
    void inject(std::string_view to, std::string_view path, const Beat& beat);

    // What they say.
    Verdict verdict(std::string_view observer, std::string_view peer) const;
    Cell cell(std::string_view observer, std::string_view peer, std::string_view path) const;
    std::string reason(std::string_view observer, std::string_view peer) const;
    NodeReport report(std::string_view node) const;
    std::string explain(std::string_view observer, std::string_view peer) const;
    Explanation explanation(std::string_view observer, std::string_view peer) const;
    std::uint64_t refused(std::string_view node, BeatRefusal reason) const;
    std::uint64_t relayed_beats() const { return relayed_beats_; }
    const Node& node(std::string_view name) const;
    /// What a node would have decided, as of its last wake; nothing: nothing.
    const std::optional<Motions>& moved(std::string_view node) const { return host(node).moved; }
    /// The same, also where nothing is moved and only a proof is waited for.
    const std::optional<Motions>& motions(std::string_view node) const {
        return host(node).motions;
    }

    // What they said, since the start or since forget(). Instants are the world's.
    const std::vector<Transition>& transitions() const { return transitions_; }
    void forget() { transitions_.clear(); }
    /// The verdicts that an observer has come to on a peer: `unknown alive lost`.
    std::string story(std::string_view observer, std::string_view peer) const;
    /// Has anybody come to this verdict on anybody?
    bool ever(Verdict verdict) const;
    bool ever_by(std::string_view observer, Verdict verdict) const;
    bool ever_on(std::string_view peer, Verdict verdict) const;
    int count(Transition::Kind kind) const;
    /// When an observer first came to this verdict on a peer; `never` if it did not.
    Instant first(std::string_view observer, std::string_view peer, Verdict verdict) const;
    /// All of it, one line each, for a failed check's output and for comparing runs.
    std::string log() const;

    Weather weather;
    std::vector<Datagram> tape;

 private:
    struct Waiting {
        std::shared_ptr<const Beat> beat;
        PathId path;
        Instant arrived;
    };

    struct Host {
        std::unique_ptr<Node> node;         ///< none while it is off
        ClusterConfig config;               ///< that it follows
        std::vector<MemberConfig> removed;  ///< of the configuration before; still sent to ...
        Instant removed_until{};            ///< ... until then
        Boot last{};
        Duration clock{};  ///< its clock shows the world's time plus this
        Instant stalled_until{};
        std::vector<Waiting> queue;
        std::vector<bool> overrun;   ///< by path: its queue was full
        std::vector<bool> plugged;   ///< by path
        std::vector<bool> drowning;  ///< by path
        std::optional<Motions> moved;
        std::optional<Motions> motions;
        Instant last_wake{};
        int wakes_at_once = 0;
    };

    struct Flight {
        std::size_t to;
        PathId path;
        std::shared_ptr<const Beat> beat;
    };

    std::size_t place(std::string_view node) const;
    std::size_t path_place(std::string_view path) const;
    Host& host(std::string_view node) { return hosts_[place(node)]; }
    const Host& host(std::string_view node) const { return hosts_[place(node)]; }

    Instant wake_time(const Host& host) const;
    Instant local(const Host& host) const { return now_ + host.clock; }
    void deliver(const Flight& flight);
    void receive(Host& host, const Beat& beat, PathId path, Instant arrived);
    void wake(Host& host);
    void drain(Host& host);
    void step(Host& host, const Event& event);
    void carry_out(Host& host, Actions& actions);
    void send(std::size_t from, std::size_t to, PathId path, std::shared_ptr<const Beat> beat);
    bool passes(std::size_t from, std::size_t to, PathId path);
    void set_cut(std::string_view from, std::string_view to, bool cut);
    void make_room();
    static bool has_socket(const Host& host, PathId path);
    bool sends_to(const Host& host, MemberId member) const;
    static const PeerReport& of(const NodeReport& report, std::string_view peer);

    ClusterConfig config_;
    std::vector<MemberConfig> everybody_;  ///< also those who were removed; the order of hosts_
    Random random_;
    std::uint64_t seed_;
    Instant now_{};
    std::vector<Host> hosts_;
    std::vector<std::vector<std::vector<bool>>> cut_;  ///< cut_[from][to][path]
    std::vector<bool> switched_off_;                   ///< by path
    std::map<std::pair<Instant, std::uint64_t>, Flight> flights_;
    std::uint64_t sent_ = 0;
    std::uint64_t relayed_beats_ = 0;
    std::vector<Transition> transitions_;
};

}  // namespace inquest::test
