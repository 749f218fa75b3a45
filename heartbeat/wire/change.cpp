#include "heartbeat/wire/change.hpp"

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

/// Far above what the rules accept, and no sum of them overflows.
constexpr std::uint64_t length_ns_max =
    std::chrono::nanoseconds(std::chrono::hours(24 * 366)).count();

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

// ---- Reading ------------------------------------------------------------------------------------

/// Takes the fields of one object. After the first mistake it gives defaults, and says so at the
/// end.
class Fields {
 public:
    explicit Fields(const Json& object) : object_(object) {}

    std::string text(const char* name, std::size_t most) {
        const Json* value = take(name);
        if (value != nullptr && presentable(*value, most)) return value->get<std::string>();
        wrong(name, "a text of 1 to " + std::to_string(most) + " bytes without spaces");
        return "";
    }

    bool flag(const char* name) {
        const Json* value = take(name);
        if (value != nullptr && value->is_boolean()) return value->get<bool>();
        wrong(name, "true or false");
        return false;
    }

    std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most) {
        const Json* value = take(name);
        if (value != nullptr && value->is_number_unsigned()) {
            const auto read = value->get<std::uint64_t>();
            if (read >= least && read <= most) return read;
        }
        wrong(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return least;
    }

    Duration length(const char* name) {
        return Duration(static_cast<Duration::rep>(number(name, 0, length_ns_max)));
    }

    template <std::size_t Count>
    std::size_t choice(const char* name, const std::array<std::string_view, Count>& words) {
        const std::string read = text(name, name_bytes_max);
        std::string known;
        for (std::size_t i = 0; i < Count; ++i) {
            if (read == words[i]) return i;
            known += (i == 0 ? "" : " ") + std::string(words[i]);
        }
        wrong(name, "one of " + known);
        return 0;
    }

    std::map<std::string, std::string> addresses(const char* name) {
        const Json* value = take(name);
        std::map<std::string, std::string> read;
        if (value == nullptr || !are_addresses(*value)) {
            wrong(name, "an object with an address for each path");
            return read;
        }
        for (const auto& [path, address] : value->items()) read[path] = address.get<std::string>();
        return read;
    }

    /// What was wrong first, if anything; a field that nobody took is wrong too.
    std::string mistake() const {
        if (!mistake_.empty() || taken_ == object_.size()) return mistake_;
        return "it has a field that does not go with its `kind`";
    }

 private:
    static bool presentable(const Json& value, std::size_t most) {
        if (!value.is_string()) return false;
        const auto& text = value.get_ref<const std::string&>();
        const bool printable = std::all_of(text.begin(), text.end(), [](char letter) {
            return static_cast<unsigned char>(letter) > 0x20 && letter != 0x7f;
        });
        return printable && !text.empty() && text.size() <= most;
    }

    static bool are_addresses(const Json& value) {
        if (!value.is_object() || value.size() > paths_max) return false;
        const auto items = value.items();
        return std::all_of(items.begin(), items.end(), [](const auto& item) {
            return presentable(Json(item.key()), name_bytes_max) &&
                   presentable(item.value(), address_bytes_max);
        });
    }

    const Json* take(const char* name) {
        const auto found = object_.find(name);
        if (found == object_.end()) return nullptr;
        ++taken_;
        return &*found;
    }

    void wrong(const char* name, const std::string& wanted) {
        if (mistake_.empty()) mistake_ = std::string("its `") + name + "` is not " + wanted;
    }

    const Json& object_;
    std::size_t taken_ = 0;
    std::string mistake_;
};

constexpr std::array<std::string_view, 9> kinds{
    "invite", "remove", "arm", "maintenance", "rekey", "timing", "path", "confirm-off", "release"};
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
