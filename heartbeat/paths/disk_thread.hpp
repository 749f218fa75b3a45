// The thread of one disk path: whatever waits for the disk waits here, and nowhere else.
//
// In each round it writes this node's slot, where there is something new to write, and then reads
// the header and all slots with one read, past the page cache. It writes nothing to a disk whose
// header it has not found to be its own cluster's in that very round or the one before.
//
// Sources: open(2) on O_DIRECT and O_DSYNC, systemd.io/BLOCK_DEVICE_LOCKING.
#pragma once

#include "heartbeat/base/result.hpp"
#include "heartbeat/paths/disk_line.hpp"

#include <memory>

namespace inquest::paths {

/// Starts it. It ends when `ending` is set and the bell is rung, as soon as the disk lets it go;
/// nobody waits for that.
[[nodiscard]] Result<void> start_disk_thread(std::shared_ptr<DiskLine> line);

}  // namespace inquest::paths
