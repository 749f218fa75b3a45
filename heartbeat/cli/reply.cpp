#include "heartbeat/cli/reply.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace inquest::cli {
namespace {

constexpr std::size_t text_bytes_max = 500;

/// Copying and printing JSON recurse, so deeper nesting than any reply needs is refused.
constexpr int depth_max = 64;

/// Beyond this a number of milliseconds is nonsense, and nanoseconds would overflow.
constexpr std::int64_t age_ms_max = std::int64_t{1} << 42;

const Json* field(const Json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

/// Bytes of the UTF-8 character that begins at `text[0]`; 0 where it is broken. RFC 3629 section 4.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t bytes = first < 0x80   ? 1
                              : first < 0xc2 ? 0
                              : first < 0xe0 ? 2
                              : first < 0xf0 ? 3
                              : first < 0xf5 ? 4
                                             : 0;
    if (bytes == 0 || bytes > text.size()) return 0;
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return bytes;
}

/// C0, DEL, and C1 (U+0080..U+009F), which some terminals obey too.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7f;
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

std::optional<Json> parse_reply(std::string_view text) {
    bool too_deep = false;
    const auto watch = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > depth_max;
        return !too_deep;
    };
    Json json = Json::parse(text, watch, false);
    if (too_deep || !json.is_object()) return std::nullopt;
    return json;
}

std::string line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string clean(std::string_view text) {
    text = text.substr(0, text_bytes_max);
    std::string cleaned;
    while (!text.empty()) {
        const std::size_t bytes = character_bytes(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(bytes, 1));
        cleaned += bytes == 0 || is_control(character) ? std::string_view("?") : character;
        text.remove_prefix(character.size());
    }
    return cleaned;
}

std::string text_of(const Json& object, const char* name) {
    const Json* value = field(object, name);
    if (value == nullptr || value->is_null()) return "";
    if (value->is_string()) return clean(value->get_ref<const std::string&>());
    return value->is_structured() ? "" : clean(line(*value));
}

bool flag_of(const Json& object, const char* name) {
    const Json* value = field(object, name);
    return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<std::int64_t> number_of(const Json& object, const char* name) {
    const auto fraction = fraction_of(object, name);
    constexpr double whole_max = 9.0e15;
    if (!fraction || std::abs(*fraction) > whole_max) return std::nullopt;
    return static_cast<std::int64_t>(*fraction);
}

std::optional<double> fraction_of(const Json& object, const char* name) {
    const Json* value = field(object, name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    const double number = value->get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<Duration> age_of(const Json& object, const char* name) {
    const auto ms = number_of(object, name);
    if (!ms || *ms < 0 || *ms > age_ms_max) return std::nullopt;
    return std::chrono::milliseconds(*ms);
}

const Json& list_of(const Json& object, const char* name) {
    static const Json empty = Json::array();
    const Json* value = field(object, name);
    return value != nullptr && value->is_array() ? *value : empty;
}

const Json& object_of(const Json& object, const char* name) {
    static const Json empty = Json::object();
    const Json* value = field(object, name);
    return value != nullptr && value->is_object() ? *value : empty;
}

}  // namespace inquest::cli
