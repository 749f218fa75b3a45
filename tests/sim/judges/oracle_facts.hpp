// What truly happened, kept by the oracle to judge from: which beats reached whose core and when,
// who slept, whose links were down. Nothing here is asked of a node, but when it wants to wake.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/core/event.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/timeline.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace inquest::sim {

class World;

/// A beat newer than all before it that its receiver was handed, on whichever path.
struct News {
    Moment handed;
    Moment arrived;  ///< not before this, however the receiver's clock of day was set meanwhile
    Instant local;   ///< the same by the receiver's time since boot
    PathId path;
    bool straight = false;
    Incarnation incarnation;
};

/// When something was handed over, by the receiver's clock, and how long it had slept until then.
struct Handed {
    Instant when{};
    Duration slept{};
};

/// What one node was handed of one path to another.
struct PathEar {
    std::optional<Handed> any;     ///< newest straight beat, of whichever incarnation
    std::optional<Handed> newest;  ///< newest straight beat of the newest incarnation
    std::optional<News> news;
};

/// What one node was handed of another since its daemon started, or since that one was a member.
struct Ear {
    MemberId of;  ///< whom its node calls by that name; nobody: no member
    bool ever = false;
    Incarnation incarnation;
    Session session;
    Sequence sequence;
    std::uint32_t boot_tag = 0;
    bool goodbye = false;  ///< so says the newest beat
    Handed newest;         ///< straight or passed on
    std::optional<News> passed_on;
    std::vector<PathEar> paths;
    static constexpr std::size_t kept = 8;
    std::array<News, kept> news{};  ///< the latest, in a ring
    std::size_t news_count = 0;
    std::optional<Moment> plain_since;  ///< heard at each wake within an interval, without a break
    bool recorded = false;              ///< "would have failed over" for this loss

    const News* latest() const {
        return news_count == 0 ? nullptr : &news[(news_count - 1) % kept];
    }
    void keep(const News& fresh) { news[news_count++ % kept] = fresh; }
};

/// One host, and the present run of its daemon.
struct HostFacts {
    struct Link {
        bool carrier = true;
        Moment since{};
    };

    // Of the machine.
    std::vector<Link> links;
    Moment clock_changed{};  ///< its clock of day was set, or its rate changed
    Duration lag{};
    bool crashed = false;  ///< and its daemon has not judged since
    std::uint32_t run_seen = 0;
    Moment started_after{};  ///< its daemon was started then or later
    bool disk_lost = false;  ///< others may know it under a higher incarnation
    MemberId spoke_by;       ///< its newest beat that anybody was handed
    Incarnation spoke_as;
    Session spoke_in;
    Sequence spoke_last;
    bool said_goodbye = false;  ///< so said that beat
    /// Whoever heard a majority without it when that goodbye first reached anybody: it may have
    /// judged by itself, and may take the goodbye for a recording when it learns of it.
    Nodes majority_then;

    // Of this run of its daemon.
    std::uint32_t run = 0;
    bool begun = false;
    Moment woken{};
    Instant woken_local{};
    Instant woken_before{};
    Moment moment_before{};
    std::optional<Instant> promised;
    std::optional<Instant> surely_mute_until;  ///< it woke late, whatever its links did
    std::optional<Moment> may_have_slept;      ///< it may take this wake for a late one
    Duration slept{};                          ///< all that it may have slept, at most
    Instant told{};                            ///< `when` of its last transition
    int busy = 0;                              ///< wakes in a row that promised no later one
    std::vector<Ear> ears;                     ///< [peer]
};

class Facts {
 public:
    explicit Facts(const ClusterConfig& cluster);

    void happened(const World& world, const Event& event);
    /// Before anything that a wake brings is judged. Any number of times in one wake.
    void waking(const World& world, std::size_t host);
    void heard(const World& world, std::size_t host, const BeatHeard& beat, Moment arrived);
    void woke(const World& world, std::size_t host);
    /// The node of the host goes by another configuration, or by none any more.
    void followed(const World& world, std::size_t host);

    const HostFacts& host(std::size_t place) const { return hosts_[place]; }
    Ear& ear(std::size_t host, std::size_t peer) { return hosts_[host].ears[peer]; }
    HostFacts& of(std::size_t place) { return hosts_[place]; }
    bool connects(std::size_t path, std::size_t a, std::size_t b) const;
    std::optional<std::size_t> place(const std::string& name) const;
    std::optional<std::size_t> path(const std::string& name) const;

    /// The longest that a datagram which arrives now can have been under way.
    Duration delay(Moment now) const { return now < delay_until_ ? delay_before_ : delay_; }
    /// How much two clocks can disagree on a length: millionths of it.
    std::int64_t drift() const { return drift_; }
    /// The last fault, or mending, with what it takes to begin to act.
    Moment disturbed() const { return disturbed_; }

 private:
    void begin_run(const World& world, std::size_t host);
    void note_last_word(const World& world, std::size_t speaker, const Beat& beat);
    void meet_members(const World& world, std::size_t host);
    bool hears_majority(const World& world, std::size_t host, std::size_t without) const;
    void note_runs(const World& world, const Event& event);
    void note_delay(const World& world);
    void note_links(const World& world);

    const ClusterConfig cluster_;
    std::vector<HostFacts> hosts_;
    std::vector<std::vector<bool>> on_;  ///< [place][path]
    Duration delay_{};
    Duration delay_before_{};
    Moment delay_until_{};
    std::int64_t drift_ = 0;
    Moment disturbed_{};
};

}  // namespace inquest::sim
