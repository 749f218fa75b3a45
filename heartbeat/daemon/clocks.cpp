#include "heartbeat/daemon/clocks.hpp"

#include <fmt/format.h>

namespace inquest::daemon {

std::string wall_time(Instant instant, const Clocks& clocks) {
    using namespace std::chrono;
    const Duration since_1970 = clocks.realtime - (clocks.now - instant);
    const auto micro = floor<microseconds>(since_1970);
    const std::time_t whole = static_cast<std::time_t>(floor<seconds>(micro).count());
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       (micro - floor<seconds>(micro)).count());
}

}  // namespace inquest::daemon
