// A change as JSON and back, for this module's own use: the control socket's requests hold one.
#pragma once

#include "heartbeat/wire/change.hpp"

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <string>

namespace inquest::wire {

nlohmann::json to_json(const Change& change);

/// Error: which field is wrong, and how it must be. Strict: an unknown or a missing field is an
/// error, and every text and number is within its bounds.
tl::expected<Change, std::string> change_of(const nlohmann::json& json);

}  // namespace inquest::wire
