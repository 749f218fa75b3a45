// wtmp's word on the machine's power: utmp(5) has a record for each boot, and one for each shutdown
// that was done in order.
#pragma once

#include "heartbeat/endings/wall.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace inquest::endings {

/// The size of one record of wtmp on this machine.
extern const std::size_t power_record_bytes;

/// When the machine was shut down in order before its newest boot; nothing where wtmp knows of no
/// shutdown between the newest boot and the one before. `records` are wtmp's last bytes, from a
/// whole record on; anything may stand in them.
std::optional<Wall> last_shutdown(std::string_view records);

}  // namespace inquest::endings
