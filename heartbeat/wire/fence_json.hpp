// The parts that orders to inquest-fenced and its check of a configuration share, as JSON; for this
// module's own use.
#pragma once

#include "heartbeat/wire/fence_line.hpp"
#include "heartbeat/wire/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace inquest::wire {

nlohmann::json to_json(const AgentDevice& device);
nlohmann::json to_json(const std::vector<FenceOption>& pairs);

/// The field `device` of an object.
AgentDevice read_device(const nlohmann::json& json, JsonFields& outer);

/// Names and values of at most so many bytes; names are of letters, digits, `_` and `-`.
std::vector<FenceOption> read_pairs(JsonFields& fields, const char* name, std::size_t pairs_max,
                                    std::size_t value_bytes_max);

std::string on_one_line(const nlohmann::json& json);

/// Nothing (a discarded value) where it is no JSON, or longer than a message may be.
nlohmann::json parsed_message(std::string_view text);

}  // namespace inquest::wire
