#include "heartbeat/wire/change.hpp"

#include "heartbeat/wire/change_fields.hpp"
#include "heartbeat/wire/change_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace inquest::wire {
namespace {

using Json = nlohmann::json;

std::uint64_t ns(Duration length) { return static_cast<std::uint64_t>(length.count()); }

// ---- Writing ------------------------------------------------------------------------------------

Json written(const InviteChange& change) {
    return {{"kind", "invite"},
            {"name", change.name},
            {"role", change.role == Role::witness ? "witness" : "voter"},
            {"vote", change.vote == Vote::yes},
            {"addresses", change.addresses}};
}
Json written(const RemoveChange& change) { return {{"kind", "remove"}, {"node", change.node}}; }
Json written(const ArmChange& change) {
    return {{"kind", "arm"}, {"armed", change.armed == Armed::yes}};
}
Json written(const MaintenanceChange& change) {
    return {{"kind", "maintenance"},
            {"node", change.node},
            {"on", change.maintenance == Maintenance::on}};
}
Json written(const RekeyChange&) { return {{"kind", "rekey"}}; }
Json written(const TimingChange& change) {
    return {{"kind", "timing"},
            {"beat_interval_ns", ns(change.timing.beat_interval)},
            {"path_limit_ns", ns(change.timing.path_limit)},
            {"condemn_after_ns", ns(change.timing.condemn_after)},
            {"boot_grace_ns", ns(change.timing.boot_grace)},
            {"lease_ns", ns(change.timing.lease)},
            {"restart_grace_ns", ns(change.timing.restart_grace)},
            {"watchdog_ns", ns(change.timing.watchdog)},
            {"margin_ns", ns(change.timing.margin)}};
}
Json written(const PathChange& change) {
    return {{"kind", "path"},
            {"place", change.path.value},
            {"name", change.terms.name},
            {"path_kind", word(change.terms.kind)},
            {"fate", change.terms.fate},
            {"port", change.terms.port},
            {"off", change.terms.admin == Switched::off}};
}
Json written(const ConfirmOffChange& change) {
    return {{"kind", "confirm-off"}, {"node", change.node}, {"person", change.person}};
}
Json written(const ReleaseChange& change) { return {{"kind", "release"}, {"node", change.node}}; }
Json written(const FenceDeviceChange& change) {
    return {{"kind", "fence-device"},          {"name", change.name},
            {"agent", change.agent},           {"proves", word(change.proves)},
            {"options", change.options},       {"plugs", change.plugs},
            {"secrets", change.secrets},       {"run_by", change.run_by},
            {"timeout_ns", ns(change.timeout)}};
}
Json written(const FenceDeviceDropChange& change) {
    return {{"kind", "fence-device-drop"}, {"name", change.name}};
}
Json written(const FencePlanChange& change) {
    return {{"kind", "fence-plan"},        {"node", change.node},
            {"levels", change.levels},     {"delay_ns", ns(change.delay)},
            {"priority", change.priority}, {"fate", change.fate}};
}
Json written(const StormGuardChange& change) {
    return {{"kind", "storm-guard"},
            {"limit", change.storm.limit},
            {"window_ns", ns(change.storm.window)}};
}

// ---- Reading ------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 13> kinds{"invite",
                                                 "remove",
                                                 "arm",
                                                 "maintenance",
                                                 "rekey",
                                                 "timing",
                                                 "path",
                                                 "confirm-off",
                                                 "release",
                                                 "fence-device",
                                                 "fence-device-drop",
                                                 "fence-plan",
                                                 "storm-guard"};
constexpr std::array<std::string_view, fence_proofs> proofs{word(FenceProof::power),
                                                            word(FenceProof::storage)};
/// "bmc-n3+pdu-a+pdu-b+self".
constexpr std::size_t level_bytes_max = fence_parts_max * (fence_name_bytes_max + 1);
constexpr std::array<std::string_view, 2> roles{"voter", "witness"};
constexpr std::array<std::string_view, 4> path_kinds{"udp", "l2", "rdma", "disk"};

// Each reads into a change of its kind; one field a statement, for the first mistake is told.

void read(Fields& fields, InviteChange& change) {
    change.name = fields.text("name", name_bytes_max);
    change.role = static_cast<Role>(fields.choice("role", roles));
    change.vote = fields.flag("vote") ? Vote::yes : Vote::no;
    change.addresses = fields.addresses("addresses");
}
void read(Fields& fields, RemoveChange& change) {
    change.node = fields.text("node", name_bytes_max);
}
void read(Fields& fields, ArmChange& change) {
    change.armed = fields.flag("armed") ? Armed::yes : Armed::no;
}
void read(Fields& fields, MaintenanceChange& change) {
    change.node = fields.text("node", name_bytes_max);
    change.maintenance = fields.flag("on") ? Maintenance::on : Maintenance::off;
}
void read(Fields&, RekeyChange&) {}
void read(Fields& fields, TimingChange& change) {
    change.timing.beat_interval = fields.length("beat_interval_ns");
    change.timing.path_limit = fields.length("path_limit_ns");
    change.timing.condemn_after = fields.length("condemn_after_ns");
    change.timing.boot_grace = fields.length("boot_grace_ns");
    change.timing.lease = fields.length("lease_ns");
    change.timing.restart_grace = fields.length("restart_grace_ns");
    change.timing.watchdog = fields.length("watchdog_ns");
    change.timing.margin = fields.length("margin_ns");
}
void read(Fields& fields, PathChange& change) {
    change.path = PathId(static_cast<std::uint8_t>(fields.number("place", 0, paths_max - 1)));
    change.terms.name = fields.text("name", name_bytes_max);
    change.terms.kind = static_cast<PathKind>(fields.choice("path_kind", path_kinds));
    change.terms.fate = fields.text("fate", name_bytes_max);
    change.terms.port = static_cast<std::uint16_t>(fields.number("port", 1, 65535));
    change.terms.admin = fields.flag("off") ? Switched::off : Switched::on;
}

void read(Fields& fields, ConfirmOffChange& change) {
    change.node = fields.text("node", name_bytes_max);
    change.person = fields.text("person", name_bytes_max);
}
void read(Fields& fields, ReleaseChange& change) {
    change.node = fields.text("node", name_bytes_max);
}

void read(Fields& fields, FenceDeviceChange& change) {
    change.name = fields.text("name", fence_name_bytes_max);
    change.agent = fields.text("agent", fence_name_bytes_max);
    change.proves = static_cast<FenceProof>(fields.choice("proves", proofs));
    change.options = fields.texts("options", fence_options_max, fence_word_bytes_max);
    change.plugs = fields.texts("plugs", members_max, fence_word_bytes_max);
    change.secrets = fields.line("secrets", name_bytes_max);
    change.run_by = fields.list("run_by", members_max, name_bytes_max);
    change.timeout = fields.length("timeout_ns");
}
void read(Fields& fields, FenceDeviceDropChange& change) {
    change.name = fields.text("name", fence_name_bytes_max);
}
void read(Fields& fields, FencePlanChange& change) {
    change.node = fields.text("node", name_bytes_max);
    change.levels = fields.list("levels", fence_levels_max, level_bytes_max);
    change.delay = fields.length("delay_ns");
    change.priority = static_cast<std::uint8_t>(fields.number("priority", 0, 255));
    change.fate = fields.line("fate", name_bytes_max);
}
void read(Fields& fields, StormGuardChange& change) {
    change.storm.limit = static_cast<std::uint8_t>(fields.number("limit", 1, 255));
    change.storm.window = fields.length("window_ns");
}

/// The change of this kind, at its defaults.
template <std::size_t... Number>
Change blank(std::size_t number, std::index_sequence<Number...>) {
    Change change;
    ((Number == number ? static_cast<void>(change.emplace<Number>()) : void()), ...);
    return change;
}

}  // namespace

Json to_json(const Change& change) {
    return std::visit([](const auto& one) { return written(one); }, change);
}

tl::expected<Change, std::string> change_of(const Json& json) {
    static_assert(kinds.size() == std::variant_size_v<Change>);
    if (!json.is_object()) return tl::unexpected<std::string>("it is not an object");
    Fields fields(json);
    Change change = blank(fields.choice("kind", kinds), std::make_index_sequence<kinds.size()>());
    std::visit([&](auto& one) { read(fields, one); }, change);
    if (std::string mistake = fields.mistake(); !mistake.empty())
        return tl::unexpected(std::move(mistake));
    return change;
}

}  // namespace inquest::wire
