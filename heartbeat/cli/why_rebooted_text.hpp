// `inquest why-rebooted`: two conclusions, what each rests on, and what is not known.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/endings/conclusion.hpp"

#include <string>

namespace inquest::cli {

/// `{"boot":{"end","claim","facts":[..],"unknown":[..]},"run":{..}}`
Json why_rebooted_json(const endings::Conclusion<endings::BootEnd>& boot,
                       const endings::Conclusion<endings::RunEnd>& run);

/// The same as sentences.
std::string why_rebooted_text(const Screen& screen, const Json& conclusions);

}  // namespace inquest::cli
