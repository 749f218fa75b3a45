// One ledger alone on the bench: the test plays its peers, its disk and its clock.
#pragma once

#include "heartbeat/ledger/ledger.hpp"

#include <initializer_list>
#include <utility>
#include <vector>

namespace inquest::test {

using namespace std::chrono_literals;

inline MemberId member(int number) { return MemberId(static_cast<std::uint16_t>(number)); }

inline ledger::Voters voters(std::initializer_list<int> numbers) {
    ledger::Voters result;
    for (const int number : numbers) result.push_back(member(number));
    return result;
}

inline ledger::Entry command(std::uint64_t index, std::uint64_t term, std::size_t bytes = 8) {
    return {.index = ledger::Index(index),
            .term = ledger::Term(term),
            .kind = ledger::EntryKind::command,
            .members = {},
            .bytes = ledger::Bytes(bytes)};
}

/// Member 1 of three voters, unless told otherwise.
class LedgerOne {
 public:
    explicit LedgerOne(ledger::Restored restored = ledger::beginning(voters({1, 2, 3})),
                       ledger::Settings settings = {})
        : ledger(with_self(settings), std::move(restored), at(0s)) {}

    void step(const ledger::Event& event) {
        ledger.step(now, event, actions);
        for (; read_ < actions.size(); ++read_) {
            if (const auto* persist = std::get_if<ledger::Persist>(&actions[read_])) {
                asked = persist->number;
            }
        }
    }
    void receive(int from, std::uint64_t term, ledger::Message::Body body) {
        step(ledger::Received{{member(from), member(1), ledger::Term(term), std::move(body)}});
    }
    /// All that was asked for is durable.
    void persisted() { step(ledger::Persisted{asked}); }
    void wait(Duration length) {
        now += length;
        step(ledger::Wake{});
    }
    void forget() {
        actions.clear();
        read_ = 0;
    }

    /// Leads the term after `term`, elected by member 2, with its no-op on its own disk.
    void lead() {
        step(ledger::Wake{});
        now = std::max(now, ledger.next_deadline());
        step(ledger::Wake{});
        const auto would_you = ledger::VoteRequest::Stage::would_you;
        receive(2, ledger.term().value, ledger::VoteReply{would_you, yes});
        persisted();
        const auto give = ledger::VoteRequest::Stage::give;
        receive(2, ledger.term().value, ledger::VoteReply{give, yes});
        persisted();
    }

    /// The actions of one type since forget().
    template <typename T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const ledger::Action& action : actions) {
            if (const auto* one = std::get_if<T>(&action)) found.push_back(*one);
        }
        return found;
    }
    /// The bodies of one type that were sent to a member since forget().
    template <typename Body>
    std::vector<Body> sent(int to) const {
        std::vector<Body> found;
        for (const ledger::Send& send : all<ledger::Send>()) {
            const auto* body = std::get_if<Body>(&send.message.body);
            if (body != nullptr && send.message.to == member(to)) found.push_back(*body);
        }
        return found;
    }
    std::uint64_t dropped(ledger::Dropped reason) const {
        return ledger.dropped()[static_cast<std::size_t>(reason)];
    }

    static constexpr auto yes = ledger::VoteReply::Answer::yes;
    static constexpr auto no = ledger::VoteReply::Answer::no;

    ledger::Ledger ledger;
    Instant now = at(0s);
    ledger::Actions actions;
    std::uint64_t asked = 0;

 private:
    static ledger::Settings with_self(ledger::Settings settings) {
        settings.self = member(1);
        return settings;
    }

    std::size_t read_ = 0;
};

}  // namespace inquest::test
