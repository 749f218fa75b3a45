// This node's lease: its right to run guarded VMs, which others give and which ends by itself.
//
// Each voter's beat says which of this node's beats it has heard. From the instant at which that
// one left, the grant counts for the length of the lease. The lease ends that long after the latest
// instant such that a *blocking set* of the settled voters has granted beats sent at or after it:
// so many that the others are no majority, and can condemn nobody without them (docs/safety.md).
//
// A grant is a statement about the past, so one that was delayed or repeated only makes a lease
// shorter. The daemon and the simulator never ask it of anybody but themselves: what a node knows
// of the others' leases is what its ledger says.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/grant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace inquest {

/// The fewest of so many voters without which the others are no majority. Pre: voters > 0.
/// Result: 1..voters. Of four two are enough: a split into two halves stops nobody, and neither
/// half can condemn.
constexpr std::size_t blocking(std::size_t voters) { return voters - voters / 2; }

static_assert(blocking(1) == 1 && blocking(2) == 1 && blocking(3) == 2 && blocking(4) == 2);
static_assert(blocking(5) == 3);

/// When each beat left, as far back as a lease reaches.
class Departures {
 public:
    /// Keeps what `reach` needs, and more.
    explicit Departures(Duration reach) { keep(reach); }
    void keep(Duration reach) { spacing_ = reach / (places / 2); }

    /// A beat leaves; the clocks were read before. Sequences rise.
    void sent(Sequence sequence, const Reading& when);
    /// When this beat left, or a moment before; nothing for one that never did, or too long ago.
    std::optional<Reading> of(Sequence sequence) const;
    Sequence newest() const { return newest_; }

 private:
    static constexpr std::size_t places = 512;
    struct Departure {
        Sequence first;  ///< of the beats from here to the next place
        Reading when;
    };
    const Departure& back(std::size_t steps) const {
        return ring_[(next_ + places - 1 - steps) % places];
    }

    Duration spacing_;
    std::array<Departure, places> ring_{};
    std::size_t next_ = 0;
    std::size_t kept_ = 0;
    Sequence newest_;
};

/// One voter's part of the lease.
struct GrantHeld {
    MemberId voter;
    std::optional<Reading> sent;  ///< when the newest beat left that it has granted; nothing: none
};

class Lease {
 public:
    /// Pre: length > 0.
    Lease(MemberId self, Session session, Duration length)
        : self_(self), session_(session), length_(length), departures_(length) {}

    /// The ledger's word on who grants. What was granted among other voters keeps its end: all of
    /// it was given before the new voters could condemn without the old. `grants`: to itself too.
    void follow(const Electorate& voters, bool grants, const Reading& when);
    /// What was granted before is worth the new length at once: who shortens it does so before it
    /// says so, who lengthens it after.
    void last(Duration length);

    void sent(Sequence sequence, const Reading& when) { departures_.sent(sequence, when); }
    /// `voter` says that among `voters` it grants this beat.
    void granted(MemberId voter, const Electorate& voters, const Grant& grant);

    /// How long it lasts still; zero: there is none.
    Duration remaining(const Reading& now) const;
    /// Will this node ever have one: does it know whose grants it needs?
    bool expected() const { return !voters_.empty(); }
    Duration length() const { return length_; }
    /// The settled voters and what they have granted, ascending by id.
    FixedVector<GrantHeld, voters_max> grants(const Reading& now) const;

 private:
    std::optional<Reading> anchor(const Reading& now) const;

    MemberId self_;
    Session session_;
    Duration length_;
    Departures departures_;
    Electorate voters_;
    bool grants_ = false;
    std::array<std::optional<Reading>, voters_max> newest_{};  ///< [place in voters_]
    std::optional<Reading> kept_;  ///< what other voters, or other grants, were worth
};

}  // namespace inquest
