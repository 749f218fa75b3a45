// What this machine is, as far as it matters to a watchdog.
#pragma once

#include <string>

namespace inquest::daemon {

/// Why nobody may wait for this machine to reset itself, as a phrase; empty: nothing speaks against
/// it. Where the machine can stand still while its watchdog does too, its guests go on afterwards.
std::string why_no_reset_is_certain();

}  // namespace inquest::daemon
