#include "heartbeat/ledger/log.hpp"

#include "heartbeat/base/assert.hpp"

#include <utility>

namespace inquest::ledger {
namespace {

std::size_t memory_bytes(const Entry& entry) { return sizeof(Entry) + entry.bytes.size(); }

}  // namespace

std::size_t Log::place(Index index) const {
    INQUEST_ASSERT(index > base_.index && index <= last());
    return static_cast<std::size_t>(index - base_.index - 1);
}

std::optional<Term> Log::term_at(Index index) const {
    if (index == base_.index) return base_.term;
    if (index < base_.index || index > last()) return std::nullopt;
    return entries_[place(index)].term;
}

const Entry& Log::at(Index index) const { return entries_[place(index)]; }

bool Log::matches(Index index, Term term) const {
    return index < base_.index || term_at(index) == term;
}

bool Log::no_newer_than(Index index, Term term) const {
    return term > last_term() || (term == last_term() && index >= last());
}

Index Log::before_term_at(Index index) const {
    const Term term = at(index).term;
    while (index > base_.index && term_at(index) == term) index = index - 1;
    return index;
}

Membership Log::membership_at(Index index) const {
    INQUEST_ASSERT(index >= base_.index && index <= last());
    Membership membership = base_.membership;
    for (Index i = base_.index + 1; i <= index; i = i + 1)
        membership = followed_by(membership, at(i));
    return membership;
}

void Log::append(Entry entry) {
    INQUEST_ASSERT(entry.index == last() + 1);
    membership_ = followed_by(membership_, entry);
    bytes_ += memory_bytes(entry);
    entries_.push_back(std::move(entry));
}

void Log::truncate_from(Index first) {
    INQUEST_ASSERT(first > base_.index);
    while (last() >= first) {
        bytes_ -= memory_bytes(entries_.back());
        entries_.pop_back();
    }
    membership_ = membership_at(last());
}

void Log::compact_through(Index through) {
    base_ = {
        .index = through, .term = term_at(through).value(), .membership = membership_at(through)};
    while (!entries_.empty() && entries_.front().index <= through) {
        bytes_ -= memory_bytes(entries_.front());
        entries_.pop_front();
    }
}

void Log::begin_anew(const Base& base) {
    base_ = base;
    membership_ = base.membership;
    entries_.clear();
    bytes_ = 0;
}

}  // namespace inquest::ledger
