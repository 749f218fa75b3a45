// The log as it stands in memory: a base that stands for everything before, and entries after it.
//
// The members are derived from it and from nothing else, so that truncating, compacting or
// restarting can never leave a configuration that the log does not hold.
#pragma once

#include "heartbeat/ledger/membership.hpp"

#include <deque>
#include <optional>

namespace inquest::ledger {

class Log {
 public:
    /// The last entry that is no longer here, and the members as of it.
    struct Base {
        Index index;
        Term term;
        Membership membership;
    };

    explicit Log(const Base& base) : base_(base), membership_(base.membership) {}

    Index base() const { return base_.index; }
    Index last() const { return base_.index + entries_.size(); }
    Term last_term() const { return entries_.empty() ? base_.term : entries_.back().term; }
    /// The term of the entry at `index`, the base among them; nothing where it is not known.
    std::optional<Term> term_at(Index index) const;
    /// Pre: base() < index <= last().
    const Entry& at(Index index) const;

    /// Is the entry before an Append's the one that the leader has (3.5)? What lies below the base
    /// was committed, so every leader has the same there.
    bool matches(Index index, Term term) const;
    /// Would a voter that has this log vote for a candidate whose log ends so (3.6.1)?
    bool no_newer_than(Index index, Term term) const;
    /// The last index before the run of entries that have the term of the one at `index`.
    /// Pre: base() < index <= last().
    Index before_term_at(Index index) const;

    /// As of the last entry.
    const Membership& membership() const { return membership_; }
    /// Pre: base() <= index <= last().
    Membership membership_at(Index index) const;

    std::size_t bytes() const { return bytes_; }

    /// Pre: entry.index == last() + 1.
    void append(Entry entry);
    /// Takes away the entry at `first` and all after it. Pre: base() < first <= last() + 1.
    void truncate_from(Index first);
    /// Forgets the entries up to and with `through`, which becomes the base.
    /// Pre: base() <= through <= last().
    void compact_through(Index through);
    /// Forgets everything.
    void begin_anew(const Base& base);

 private:
    std::size_t place(Index index) const;

    Base base_;
    Membership membership_;
    std::deque<Entry> entries_;
    std::size_t bytes_ = 0;  ///< of memory, about
};

}  // namespace inquest::ledger
