#include "heartbeat/endings/power_records.hpp"

#include <cstring>
#include <utmpx.h>

namespace inquest::endings {
namespace {

Wall time_of(const utmpx& record) {
    return Wall(std::chrono::seconds(static_cast<std::uint32_t>(record.ut_tv.tv_sec)));
}

bool is_shutdown(const utmpx& record) {
    return record.ut_type == RUN_LVL &&
           std::strncmp(record.ut_user, "shutdown", sizeof record.ut_user) == 0;
}

}  // namespace

const std::size_t power_record_bytes = sizeof(utmpx);

std::optional<Wall> last_shutdown(std::string_view records) {
    std::optional<Wall> since_boot;   // after the newest boot in the file
    std::optional<Wall> before_boot;  // between that boot and the one before
    for (; records.size() >= sizeof(utmpx); records.remove_prefix(sizeof(utmpx))) {
        utmpx record{};
        std::memcpy(&record, records.data(), sizeof record);
        if (record.ut_type == BOOT_TIME) {
            before_boot = since_boot;
            since_boot.reset();
        } else if (is_shutdown(record)) {
            since_boot = time_of(record);
        }
    }
    // The machine runs, so a shutdown at the very end is older than a boot that was not noted.
    return since_boot ? since_boot : before_boot;
}

}  // namespace inquest::endings
