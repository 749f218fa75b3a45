#include "heartbeat/wire/fence_line.hpp"

#include "heartbeat/wire/fence_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace inquest::wire {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, std::variant_size_v<FenceOrder>> orders{
    "off", "probe", "rehearse", "give-up", "notify"};
constexpr std::array<std::string_view, fence_words> words{"begun", "off", "ready", "failed",
                                                          "done"};
constexpr std::array<std::string_view, 2> outcomes{"good", "bad"};
constexpr Duration took_max = std::chrono::hours(24);
constexpr std::size_t step_bytes_max = 40;

std::int64_t ms(Duration length) {
    const Duration within = std::clamp(length, Duration::zero(), took_max);
    return std::chrono::duration_cast<std::chrono::milliseconds>(within).count();
}

// ---- Writing ------------------------------------------------------------------------------------

Json written(const AgentCall& call) {
    return {{"device", to_json(call.device)},
            {"node", call.node},
            {"plug", call.plug},
            {"timeout_ms", ms(call.timeout)}};
}
Json written(const FenceOff& order) {
    Json json = written(order.call);
    json["look_first"] = order.look_first == LookFirst::yes;
    return json;
}
Json written(const FenceProbe& order) { return written(order.call); }
Json written(const FenceRehearse& order) { return written(order.call); }
Json written(const FenceGiveUp&) { return Json::object(); }
Json written(const FenceNotify& order) {
    return {{"program", order.program},
            {"environment", to_json(order.environment)},
            {"timeout_ms", ms(order.timeout)}};
}

Json written(const FenceStep& step) {
    return {{"step", presentable(step.step, step_bytes_max)},
            {"outcome", outcomes[static_cast<std::size_t>(step.outcome)]},
            {"took_ms", ms(step.took)},
            {"why", presentable(step.why, fence_why_bytes_max)}};
}

// ---- Reading ------------------------------------------------------------------------------------

FenceOrderId read_id(JsonFields& fields) {
    return FenceOrderId(fields.number("id", 1, fence_order_id_max));
}

AgentCall read_call(const Json& json, JsonFields& fields) {
    AgentCall call;
    // Taken as an object first, so that it counts as one field of the order.
    constexpr std::size_t device_fields = 4;
    if (!fields.object("device", device_fields).empty())
        call.device = read_device(json["device"], fields);
    else
        fields.refuse("its `device` is empty");
    call.node = fields.text("node", 1, fence_word_bytes_max);
    call.plug = fields.text("plug", 0, fence_word_bytes_max);
    call.timeout = fields.milliseconds("timeout_ms", fence_timeout_min, fence_timeout_max);
    return call;
}

void read(const Json& json, JsonFields& fields, FenceOff& order) {
    order.call = read_call(json, fields);
    order.look_first = fields.flag("look_first") ? LookFirst::yes : LookFirst::no;
}
void read(const Json& json, JsonFields& fields, FenceProbe& order) {
    order.call = read_call(json, fields);
}
void read(const Json& json, JsonFields& fields, FenceRehearse& order) {
    order.call = read_call(json, fields);
}
void read(const Json&, JsonFields&, FenceGiveUp&) {}
void read(const Json&, JsonFields& fields, FenceNotify& order) {
    order.program = fields.text("program", 1, notify_program_bytes_max);
    order.environment =
        read_pairs(fields, "environment", notify_variables_max, notify_value_bytes_max);
    order.timeout = fields.milliseconds("timeout_ms", fence_timeout_min, fence_timeout_max);
}

template <std::size_t Kind = 0>
FenceOrder order_of_kind(std::size_t kind) {
    if constexpr (Kind + 1 < std::variant_size_v<FenceOrder>) {
        if (kind != Kind) return order_of_kind<Kind + 1>(kind);
    }
    return FenceOrder(std::in_place_index<Kind>);
}

FenceStep read_step(const Json& json, JsonFields& outer) {
    JsonFields fields(json);
    FenceStep step;
    step.step = fields.text("step", 0, step_bytes_max);
    step.outcome = static_cast<FenceStep::Outcome>(fields.choice("outcome", outcomes));
    step.took = fields.milliseconds("took_ms", Duration::zero(), took_max);
    step.why = fields.text("why", 0, fence_why_bytes_max);
    const std::string mistake = fields.mistake();
    if (!mistake.empty()) outer.refuse("in one of its `steps`: " + mistake);
    return step;
}

}  // namespace

std::string_view word(FenceWord answer) { return words[static_cast<std::size_t>(answer)]; }

FenceOrderId id_of(const FenceOrder& order) {
    return std::visit([](const auto& body) { return body.id; }, order);
}

AgentCall call_of(const FenceDevice& device, MemberId member, const std::string& node) {
    AgentCall call{.device = {device.name, device.agent, device.options, device.secrets},
                   .node = node,
                   .plug = {},
                   .timeout = device.timeout};
    for (const FencePlug& plug : device.plugs) {
        if (plug.member == member) call.plug = plug.plug;
    }
    return call;
}

std::string to_text(const FenceOrder& order) {
    Json json = std::visit([](const auto& body) { return written(body); }, order);
    json["order"] = orders[order.index()];
    json["id"] = id_of(order).value;
    return on_one_line(json);
}

std::string to_text(const FenceAnswer& answer) {
    Json steps = Json::array();
    const std::size_t told = std::min(answer.steps.size(), fence_steps_max);
    for (std::size_t i = 0; i < told; ++i) steps.push_back(written(answer.steps[i]));
    return on_one_line({{"id", answer.id.value},
                        {"answer", word(answer.answer)},
                        {"why", presentable(answer.why, fence_why_bytes_max)},
                        {"took_ms", ms(answer.took)},
                        {"steps", steps}});
}

tl::expected<FenceOrder, std::string> parse_fence_order(std::string_view text) {
    const Json json = parsed_message(text);
    JsonFields fields(json);
    FenceOrder order = order_of_kind(fields.choice("order", orders));
    std::visit(
        [&](auto& body) {
            body.id = read_id(fields);
            read(json, fields, body);
        },
        order);
    const std::string mistake = fields.mistake();
    if (!mistake.empty()) return tl::unexpected(mistake);
    return order;
}

tl::expected<FenceAnswer, std::string> parse_fence_answer(std::string_view text) {
    const Json json = parsed_message(text);
    JsonFields fields(json);
    FenceAnswer answer;
    answer.id = read_id(fields);
    answer.answer = static_cast<FenceWord>(fields.choice("answer", words));
    answer.why = fields.text("why", 0, fence_why_bytes_max);
    answer.took = fields.milliseconds("took_ms", Duration::zero(), took_max);
    const auto& steps = fields.list("steps", fence_steps_max);
    answer.steps.reserve(steps.size());
    for (const Json& step : steps) answer.steps.push_back(read_step(step, fields));
    const std::string mistake = fields.mistake();
    if (!mistake.empty()) return tl::unexpected(mistake);
    return answer;
}

}  // namespace inquest::wire
