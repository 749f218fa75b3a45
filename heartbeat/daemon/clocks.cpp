#include "heartbeat/daemon/clocks.hpp"

namespace inquest::daemon {

endings::Wall wall_of(Instant instant, const Clocks& clocks) {
    return endings::Wall(clocks.realtime - (clocks.now - instant));
}

std::string wall_time(Instant instant, const Clocks& clocks) {
    return endings::wall_text(wall_of(instant, clocks));
}

}  // namespace inquest::daemon
