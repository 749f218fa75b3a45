// `inquest doctor`: the checks, what to do about those that failed, and the exit code.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/wire/local.hpp"

#include <string>

namespace inquest::cli {

/// Of `{"checks":[{"name","state","what","remedy"}],"refused":{..}}`.
std::string doctor_text(const Screen& screen, const Json& reply);

/// Failed where a check failed; degraded where one warns; else healthy.
wire::Exit doctor_exit(const Json& reply);

}  // namespace inquest::cli
