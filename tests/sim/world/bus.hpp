// The bus: messages between ledgers, as libknet's policy ACTIVE carries them. A copy goes on each
// IP path that both ends are on; the first that arrives counts, later ones are dropped. The body
// goes through the real codec as often as a beat does (post.hpp); the carrier's header and its
// authentication are libknet's, so a damaged copy is simply dropped.
//
// Which copies get through is the network's to say, and chance on the bus is its own, so that the
// beats of a world are the same whatever ledgers say to each other.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/ledger/message.hpp"
#include "tests/sim/world/post.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace inquest::sim {

class Bus {
 public:
    using Parcel = std::uint32_t;

    struct Counts {
        std::uint64_t messages = 0;    ///< handed to the bus
        std::uint64_t copies = 0;      ///< that reached a host
        std::uint64_t duplicates = 0;  ///< of them, later ones
        std::uint64_t refused = 0;     ///< of them, damaged ones: the authentication fails
        std::uint64_t unfaithful = 0;  ///< the codec had no form for it, or changed it
    };

    Bus(const ClusterConfig& cluster, Authentication authentication);

    /// The paths that carry what these two say to each other.
    const std::vector<PathId>& paths(std::size_t from, std::size_t to) const {
        return paths_[from * hosts_ + to];
    }
    std::optional<std::size_t> place(MemberId member) const;

    /// A parcel with no copy on its way yet.
    Parcel pack(ledger::Message message);
    /// A copy that will arrive damaged.
    Parcel damage();
    /// Bytes of its datagram, but for the carrier's own header.
    std::size_t size(Parcel parcel) const;
    void send(Parcel parcel) { ++slots_[parcel]->copies; }
    /// One copy is gone. The last one frees the parcel.
    void done(Parcel parcel);

    /// A copy has reached its host. Is it sound, and the first for this run of the daemon?
    bool is_news(Parcel parcel, std::uint32_t run);
    /// The message as its receiver reads it, until the next call; nullptr: it cannot be read.
    const ledger::Message* open(Parcel parcel);

    const Counts& counts() const { return counts_; }

 private:
    struct Slot {
        ledger::Message message;
        int copies = 0;
        bool damaged = false;
        std::optional<std::uint32_t> taken_by;  ///< the run that has had a copy
    };

    Parcel fresh();

    static constexpr std::uint64_t sample = 64;

    Authentication authentication_;
    std::size_t hosts_;
    std::vector<std::vector<PathId>> paths_;  ///< [from][to]
    std::vector<MemberId> members_;           ///< [place]
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<Parcel> free_;
    ledger::Bytes bytes_;
    ledger::Message decoded_;
    std::uint64_t reads_ = 0;
    Counts counts_;
};

}  // namespace inquest::sim
