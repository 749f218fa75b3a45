// Reading inquestd's replies without trusting them: a field that is missing, of another type or
// full of control characters gives a harmless answer. A CLI that crashes in an outage is no help.
#pragma once

#include "heartbeat/base/time.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inquest::cli {

/// Keeps the order of the fields, so that `--json` prints what the daemon said as it said it.
using Json = nlohmann::ordered_json;

/// The object in `text`; nothing where it is no JSON object.
std::optional<Json> parse_reply(std::string_view text);

/// On one line; bytes that are not UTF-8 are replaced.
std::string line(const Json& json);

/// `text` fit for a terminal: control characters and broken UTF-8 become "?", and it is cut at
/// 500 bytes.
std::string clean(std::string_view text);

/// The field as text, cleaned; a number is written out. Empty where it is missing or null.
std::string text_of(const Json& object, const char* name);

bool flag_of(const Json& object, const char* name);

std::optional<std::int64_t> number_of(const Json& object, const char* name);

/// A number that may have a fraction.
std::optional<double> fraction_of(const Json& object, const char* name);

/// A field in whole milliseconds, as a length of time.
std::optional<Duration> age_of(const Json& object, const char* name);

/// The list or object of this name; an empty one where it is missing or something else.
const Json& list_of(const Json& object, const char* name);
const Json& object_of(const Json& object, const char* name);

}  // namespace inquest::cli
