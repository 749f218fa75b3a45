// What clients asked for and were told, and whether one order explains it (Herlihy, Wing,
// "Linearizability", 1990). The ledger's order is the only candidate, so it is simply checked: a
// command that was asked for after another was acknowledged stands behind it; none stands twice;
// none that was refused or lost stands anywhere.
#pragma once

#include "heartbeat/ledger/action.hpp"
#include "heartbeat/ledger/event.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim {

class ClientHistory {
 public:
    /// Each appends to what is wrong.
    using Faults = std::vector<std::string>;

    void asked(std::uint64_t command);
    void answered(std::size_t host, std::uint32_t run, const ledger::Proposed& answer,
                  Faults& faults);
    /// An entry is told as committed on the host.
    void committed(std::size_t host, std::uint32_t run, const ledger::Entry& entry, Faults& faults);

    std::uint64_t acknowledged() const { return acknowledged_; }

 private:
    enum class Fate : std::uint8_t { open, never };
    struct Command {
        ledger::Index floor;  ///< the highest that was acknowledged when it was asked for
        ledger::Index place;  ///< where it is committed; 0: nowhere so far
        Fate fate = Fate::open;
    };
    struct Promise {
        std::uint32_t run;
        ledger::Term term;
        std::uint64_t command;
    };

    void place(std::uint64_t number, ledger::Index index, Faults& faults);

    std::map<std::uint64_t, Command> commands_;
    std::map<std::pair<std::size_t, ledger::Index>, Promise> promises_;  ///< [host, index]
    ledger::Index highest_;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace inquest::sim
