// The bus: messages between members, as libknet's policy ACTIVE carries them. A copy goes on each
// IP path that both ends are on; the first that arrives counts, later ones are dropped. Whoever
// does not have the key that signed a message hears nothing. The carrier's header and its
// authentication are libknet's, so a damaged copy is simply dropped.
//
// Which copies get through is the network's to say, and chance on the bus is its own, so that the
// beats of a world are the same whatever members say to each other.
#pragma once

#include "heartbeat/agreement/messages.hpp"
#include "heartbeat/core/config.hpp"
#include "tests/sim/world/keys.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace inquest::sim {

class Bus {
 public:
    using Parcel = std::uint32_t;

    struct Message {
        MemberId from;
        MemberId to;
        agreement::Channel channel = agreement::Channel::ledger;
        KeyHandle key = 0;
        wire::Bytes body;
    };

    struct Counts {
        std::uint64_t messages = 0;    ///< handed to the bus
        std::uint64_t copies = 0;      ///< that reached a host
        std::uint64_t duplicates = 0;  ///< of them, later ones
        std::uint64_t refused = 0;     ///< of them, damaged ones: the authentication fails
    };

    explicit Bus(const ClusterConfig& machines);

    /// The paths that carry what these two say to each other.
    const std::vector<PathId>& paths(std::size_t from, std::size_t to) const {
        return paths_[from * hosts_ + to];
    }

    /// A parcel with no copy on its way yet.
    Parcel pack(Message message);
    /// A copy that will arrive damaged.
    Parcel damage();
    void send(Parcel parcel) { ++slots_[parcel]->copies; }
    /// One copy is gone. The last one frees the parcel.
    void done(Parcel parcel);

    /// A copy has reached its host. Is it sound, and the first for this run of the daemon?
    bool is_news(Parcel parcel, std::uint32_t run);
    const Message& message(Parcel parcel) const { return slots_[parcel]->message; }

    const Counts& counts() const { return counts_; }

 private:
    struct Slot {
        Message message;
        int copies = 0;
        bool damaged = false;
        std::optional<std::uint32_t> taken_by;  ///< the run that has had a copy
    };

    Parcel fresh();

    std::size_t hosts_;
    std::vector<std::vector<PathId>> paths_;  ///< [from][to]
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<Parcel> free_;
    Counts counts_;
};

}  // namespace inquest::sim
