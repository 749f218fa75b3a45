// Everything that can happen to a ledger. Events are arguments of Ledger::step and are not kept.
#pragma once

#include "heartbeat/ledger/message.hpp"

#include <cstdint>
#include <variant>

namespace inquest::ledger {

/// An authenticated message arrived.
struct Received {
    const Message& message;
};

/// The deadline has come, and every socket has been drained. The only event that judges time.
struct Wake {};

/// Everything up to and with Persist number `number` is durable.
struct Persisted {
    std::uint64_t number = 0;
};

/// Please replicate a command. `id` is the caller's, for the answer.
struct Propose {
    std::uint64_t id = 0;
    Bytes bytes;
};

/// Please change the members; `bytes` are what the cluster wants to know with it.
struct ProposeChange {
    std::uint64_t id = 0;
    Change change;
    Bytes bytes;
};

/// The answer to TakeSnapshot: the state that all entries up to `index` make.
struct SnapshotTaken {
    Index index;
    Bytes bytes;
};

using Event = std::variant<Received, Wake, Persisted, Propose, ProposeChange, SnapshotTaken>;

}  // namespace inquest::ledger
