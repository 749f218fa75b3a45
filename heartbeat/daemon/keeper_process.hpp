// The process that starts inquestd and outlives it.
//
// inquestd runs as its child. When the child dies by a signal, this one beats in its place
// (core/keeper.hpp), by the testament that the child has left, and starts it again. A child that
// ends by itself ends its keeper too, with the same exit code: told to stop, or unable to go on, it
// knows better. Signals go on to the child. When this process dies the child dies with it.
//
// It has one thread, waits for nothing but its child and the clock, and reads no file.
#pragma once

#include "heartbeat/base/descriptor.hpp"

#include <functional>

namespace inquest::daemon {

/// The daemon: leaves its testaments (keeper_line.hpp) on this descriptor; result: its exit code.
using DaemonMain = std::function<int(Descriptor line)>;

/// Returns twice: in the child what `daemon` has returned, and in the keeper, when all is over, the
/// exit code of the last child; each of the two ends with it. Pre: this process has one thread.
int keep(const DaemonMain& daemon);

}  // namespace inquest::daemon
