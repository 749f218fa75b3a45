#include "tests/sim/judges/client_history.hpp"

#include "tests/sim/world/clients.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {

using Outcome = ledger::Proposed::Outcome;

void ClientHistory::asked(std::uint64_t command) { commands_[command].floor = highest_; }

void ClientHistory::answered(std::size_t host, std::uint32_t run, const ledger::Proposed& answer,
                             Faults& faults) {
    const auto command = commands_.find(answer.id);
    if (command == commands_.end()) return;
    if (answer.outcome == Outcome::accepted)
        promises_.insert_or_assign({host, answer.index}, Promise{run, answer.term, answer.id});
    if (answer.outcome != Outcome::refused && answer.outcome != Outcome::lost) return;
    command->second.fate = Fate::never;
    if (command->second.place != ledger::Index{})
        faults.push_back(fmt::format("command {} is refused, and is committed", answer.id));
}

void ClientHistory::place(std::uint64_t number, ledger::Index index, Faults& faults) {
    const auto command = commands_.find(number);
    if (command == commands_.end())
        return faults.push_back(fmt::format("command {} was never asked for", number));
    ledger::Index& place = command->second.place;
    if (place == index) return;
    if (place != ledger::Index{})
        faults.push_back(fmt::format("command {} is committed twice", number));
    if (command->second.fate == Fate::never)
        faults.push_back(fmt::format("command {} is committed, and was refused", number));
    if (index <= command->second.floor)
        faults.push_back(fmt::format("command {} stands before one that was done before", number));
    place = index;
}

/// The host that accepted a command sees it committed: only then the client is told.
void ClientHistory::committed(std::size_t host, std::uint32_t run, const ledger::Entry& entry,
                              Faults& faults) {
    const std::uint64_t number = Clients::number(entry);
    if (entry.kind == ledger::EntryKind::command) place(number, entry.index, faults);
    const auto found = promises_.find({host, entry.index});
    if (found == promises_.end()) return;
    const Promise promise = found->second;
    promises_.erase(found);
    if (promise.run != run || promise.term != entry.term) return;
    if (entry.kind != ledger::EntryKind::command || number != promise.command)
        faults.push_back(fmt::format("command {} is acknowledged by another", promise.command));
    highest_ = std::max(highest_, entry.index);
    ++acknowledged_;
}

}  // namespace inquest::sim
