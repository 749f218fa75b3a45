#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

namespace inquest {

std::string phrase(Duration length) {
    using namespace std::chrono;
    if (length < Duration::zero()) return "-" + phrase(-length);
    if (length < 1ms) return fmt::format("{}us", duration_cast<microseconds>(length).count());
    if (length < 1s) return fmt::format("{}ms", duration_cast<milliseconds>(length).count());
    if (length < 1min) {
        const auto tenths = duration_cast<milliseconds>(length).count() / 100;
        if (tenths % 10 == 0) return fmt::format("{}s", tenths / 10);
        return fmt::format("{}.{}s", tenths / 10, tenths % 10);
    }
    const auto whole = duration_cast<seconds>(length).count();
    if (length < 1h) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

}  // namespace inquest
