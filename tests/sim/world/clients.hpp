// Whoever asks the cluster for something: commands at random hosts, all along, each once.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/ledger/event.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>

namespace inquest::sim {

class Clients {
 public:
    explicit Clients(std::uint64_t seed) : random_(seed) {}

    /// Until the next command.
    Duration pause() { return std::chrono::milliseconds(200) + random_.below(spread); }
    std::size_t pick(std::size_t hosts) { return random_.next() % hosts; }
    /// A command that nobody has asked for before. Few are large.
    ledger::Propose command() {
        const std::uint64_t size = random_.next();
        ledger::Propose command{++last_, ledger::Bytes(sizeof last_ + size % 100)};
        if (size % 16 == 0) command.bytes.resize(ledger::command_bytes_max);
        std::memcpy(command.bytes.data(), &last_, sizeof last_);
        return command;
    }
    /// The same command for another ledger, as an attempt of its own.
    ledger::Propose again(ledger::Propose command) {
        command.id = ++last_;
        std::memcpy(command.bytes.data(), &last_, sizeof last_);
        return command;
    }
    /// Which command it is.
    static std::uint64_t number(const ledger::Entry& entry) {
        std::uint64_t number = 0;
        if (entry.bytes.size() >= sizeof number)
            std::memcpy(&number, entry.bytes.data(), sizeof number);
        return number;
    }

 private:
    static constexpr Duration spread = std::chrono::milliseconds(1800);

    Random random_;
    std::uint64_t last_ = 0;
};

}  // namespace inquest::sim
