#include "heartbeat/wire/fence_json.hpp"

#include <algorithm>

namespace inquest::wire {

using Json = nlohmann::json;

std::string on_one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parsed_message(std::string_view text) {
    constexpr bool exceptions = false;
    if (text.size() > fence_message_bytes_max) return Json(Json::value_t::discarded);
    return Json::parse(text.begin(), text.end(), nullptr, exceptions);
}

std::string presentable(std::string_view text, std::size_t bytes_max) {
    // What a cut letter becomes here is cut again below.
    constexpr std::size_t longest_letter = 4;
    std::string line(text.substr(0, bytes_max + longest_letter));
    for (char& letter : line) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20 || byte == 0x7f) letter = ' ';
    }
    const bool plain =
        std::all_of(line.begin(), line.end(), [](char letter) { return (letter & 0x80) == 0; });
    // Written and read again it has no byte that is not UTF-8.
    if (!plain) line = parsed_message(on_one_line(line)).get<std::string>();
    if (line.size() <= bytes_max) return line;
    std::size_t end = bytes_max;
    const auto within = [&](std::size_t at) { return (line[at] & 0xc0) == 0x80; };
    while (end > 0 && within(end)) --end;
    line.resize(end);
    return line;
}

Json to_json(const std::vector<FenceOption>& pairs) {
    Json json = Json::object();
    for (const FenceOption& pair : pairs) json[pair.name] = pair.value;
    return json;
}

Json to_json(const AgentDevice& device) {
    return {{"name", device.name},
            {"agent", device.agent},
            {"options", to_json(device.options)},
            {"secrets", device.secrets}};
}

namespace {

bool is_name(std::string_view name) {
    const bool sound = std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
    });
    return sound && !name.empty() && name.size() <= fence_word_bytes_max;
}

}  // namespace

std::vector<FenceOption> read_pairs(JsonFields& fields, const char* name, std::size_t pairs_max,
                                    std::size_t value_bytes_max) {
    std::vector<FenceOption> pairs;
    const auto& object = fields.object(name, pairs_max);
    pairs.reserve(object.size());
    for (const auto& [key, value] : object) {
        const bool sound = is_name(key) && value.is_string() &&
                           value.get_ref<const std::string&>().size() <= value_bytes_max &&
                           is_one_line(value.get_ref<const std::string&>());
        if (!sound) {
            fields.refuse(std::string("its `") + name + "` has what is no name with one line");
            return {};
        }
        pairs.push_back({key, value.get<std::string>()});
    }
    return pairs;
}

AgentDevice read_device(const Json& json, JsonFields& outer) {
    JsonFields fields(json);
    AgentDevice device;
    device.name = fields.text("name", 1, fence_word_bytes_max);
    device.agent = fields.text("agent", 1, fence_word_bytes_max);
    device.options = read_pairs(fields, "options", fence_options_max, fence_word_bytes_max);
    device.secrets = fields.text("secrets", 0, fence_word_bytes_max);
    const std::string mistake = fields.mistake();
    if (!mistake.empty()) outer.refuse("in its `device`: " + mistake);
    return device;
}

}  // namespace inquest::wire
