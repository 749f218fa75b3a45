#include "heartbeat/wire/fence_check.hpp"

#include "heartbeat/wire/fence_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace inquest::wire {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, fence_proofs> proofs{word(FenceProof::power),
                                                            word(FenceProof::storage)};
constexpr std::array<std::string_view, 2> severities{"warning", "error"};

Json written(const CheckedDevice& device) {
    return {{"device", to_json(device.device)},
            {"proves", word(device.proves)},
            {"nodes", device.nodes},
            {"plugs", to_json(device.plugs)},
            {"timeout_ms",
             std::chrono::duration_cast<std::chrono::milliseconds>(device.timeout).count()}};
}

Json written(const DeviceComplaint& complaint) {
    return {{"device", presentable(complaint.device, fence_word_bytes_max)},
            {"option", presentable(complaint.option, fence_word_bytes_max)},
            {"severity", severities[static_cast<std::size_t>(complaint.severity)]},
            {"what", presentable(complaint.what, fence_why_bytes_max)},
            {"why", presentable(complaint.why, fence_why_bytes_max)},
            {"remedy", presentable(complaint.remedy, fence_why_bytes_max)}};
}

bool is_node(const Json& value) {
    if (!value.is_string()) return false;
    const auto& name = value.get_ref<const std::string&>();
    return !name.empty() && name.size() <= fence_word_bytes_max && is_one_line(name);
}

std::vector<FenceOption> read_plugs(JsonFields& fields) {
    std::vector<FenceOption> plugs;
    const auto& object = fields.object("plugs", members_max);
    plugs.reserve(object.size());
    for (const auto& [node, plug] : object) {
        if (is_node(Json(node)) && is_node(plug))
            plugs.push_back({node, plug.get<std::string>()});
        else
            fields.refuse("its `plugs` has what is no node with a plug");
    }
    return plugs;
}

void read(const Json& json, JsonFields& fields, CheckedDevice& device) {
    constexpr std::size_t device_fields = 4;
    if (!fields.object("device", device_fields).empty())
        device.device = read_device(json["device"], fields);
    else
        fields.refuse("its `device` is empty");
    device.proves = static_cast<FenceProof>(fields.choice("proves", proofs));
    const auto& nodes = fields.list("nodes", members_max);
    device.nodes.reserve(nodes.size());
    for (const Json& node : nodes) {
        if (is_node(node))
            device.nodes.push_back(node);
        else
            fields.refuse("its `nodes` has what is no name");
    }
    device.plugs = read_plugs(fields);
    device.timeout = fields.milliseconds("timeout_ms", fence_timeout_min, fence_timeout_max);
}

void read(const Json&, JsonFields& fields, DeviceComplaint& complaint) {
    complaint.device = fields.text("device", 0, fence_word_bytes_max);
    complaint.option = fields.text("option", 0, fence_word_bytes_max);
    complaint.severity =
        static_cast<DeviceComplaint::Severity>(fields.choice("severity", severities));
    complaint.what = fields.text("what", 0, fence_why_bytes_max);
    complaint.why = fields.text("why", 0, fence_why_bytes_max);
    complaint.remedy = fields.text("remedy", 0, fence_why_bytes_max);
}

template <typename Item>
std::string list_text(const char* name, const std::vector<Item>& items) {
    Json list = Json::array();
    for (const Item& item : items) list.push_back(written(item));
    return on_one_line({{name, list}});
}

template <typename Item>
tl::expected<std::vector<Item>, std::string> parse_list(std::string_view text, const char* name,
                                                        std::size_t most) {
    constexpr bool exceptions = false;
    const Json json = text.size() > fence_check_bytes_max
                          ? Json(Json::value_t::discarded)
                          : Json::parse(text.begin(), text.end(), nullptr, exceptions);
    JsonFields fields(json);
    std::vector<Item> items;
    const auto& list = fields.list(name, most);
    items.reserve(list.size());
    for (const Json& entry : list) {
        JsonFields inner(entry);
        read(entry, inner, items.emplace_back());
        const std::string mistake = inner.mistake();
        if (!mistake.empty())
            fields.refuse("entry " + std::to_string(items.size()) + ": " + mistake);
    }
    const std::string mistake = fields.mistake();
    if (!mistake.empty()) return tl::unexpected(mistake);
    return items;
}

}  // namespace

std::string to_text(const std::vector<CheckedDevice>& devices) {
    return list_text("devices", devices);
}

std::string to_text(const std::vector<DeviceComplaint>& complaints) {
    const std::size_t told = std::min(complaints.size(), fence_complaints_max);
    return list_text("complaints", std::vector<DeviceComplaint>(
                                       complaints.begin(),
                                       complaints.begin() + static_cast<std::ptrdiff_t>(told)));
}

tl::expected<std::vector<CheckedDevice>, std::string> parse_checked_devices(std::string_view text) {
    return parse_list<CheckedDevice>(text, "devices", fence_devices_max);
}

tl::expected<std::vector<DeviceComplaint>, std::string> parse_device_complaints(
    std::string_view text) {
    return parse_list<DeviceComplaint>(text, "complaints", fence_complaints_max);
}

}  // namespace inquest::wire
