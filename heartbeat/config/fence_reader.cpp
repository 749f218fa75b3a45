#include "heartbeat/config/fence_reader.hpp"

#include "heartbeat/config/section.hpp"
#include "heartbeat/config/suggestion.hpp"
#include "heartbeat/core/fence_text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace inquest::config {
namespace {

constexpr std::string_view cluster_file = "cluster.toml";

std::string key_of(std::string_view list, std::size_t place) {
    return std::string(list) + "." + std::to_string(place + 1);
}

class FenceReader {
 public:
    FenceReader(const Value& root, ClusterConfig& cluster, Complaints& complaints)
        : root_(root), cluster_(cluster), complaints_(complaints) {}

    void read() {
        const Section top(cluster_file, "", root_, complaints_);
        if (const Value* table = top.table("fence")) read_all(*table);
        const auto nodes = top.tables("node");
        for (std::size_t i = 0; i < nodes.size() && i < cluster_.members.size(); ++i) {
            const Section node(cluster_file, key_of("node", i), *nodes[i], complaints_);
            if (const Value* plan = node.table("fence")) read_plan(i, *plan);
        }
    }

 private:
    void read_all(const Value& table) {
        const Section fence(cluster_file, "fence", table, complaints_);
        fence.complain_of_unknown({"limit", "window", "device"});
        StormGuard& storm = cluster_.storm;
        storm.limit = static_cast<std::uint8_t>(
            fence.number("limit", 1, static_cast<std::int64_t>(members_max)).value_or(storm.limit));
        storm.window = fence.duration("window").value_or(storm.window);
        const auto devices = fence.tables("device");
        for (std::size_t i = 0; i < devices.size(); ++i) {
            if (i == fence_devices_max) {
                fence.complain(*devices[i], "device",
                               "has more than " + std::to_string(fence_devices_max) + " entries",
                               "remove what is too much");
                return;
            }
            read_device(i, *devices[i]);
        }
    }

    void read_device(std::size_t place, const Value& table) {
        const std::string key = key_of("fence.device", place);
        const Section device(cluster_file, key, table, complaints_);
        device.complain_of_unknown(
            {"name", "agent", "proves", "options", "plugs", "secrets", "run_by", "timeout"});
        FenceDevice read;
        read.name = device.text("name").value_or("");
        read.agent = device.text("agent").value_or("");
        if (!table.find("agent"))
            device.complain(table, "agent", "is missing", "add agent = \"fence_ipmilan\"");
        read.proves = static_cast<FenceProof>(
            device.choice("proves", {word(FenceProof::power), word(FenceProof::storage)})
                .value_or(0));
        read.secrets = device.text("secrets").value_or("");
        read.timeout = device.duration("timeout").value_or(read.timeout);
        if (const Value* options = device.table("options"))
            read_options(key + ".options", *options, read);
        if (const Value* plugs = device.table("plugs")) read_plugs(key + ".plugs", *plugs, read);
        for (const std::string& name : texts(device, "run_by")) {
            if (const auto member = member_named(device, "run_by", name))
                read.run_by.push_back(*member);
        }
        if (table.find("run_by") && read.run_by.empty())
            device.complain(*table.find("run_by"), "run_by", "names nobody",
                            "name the nodes that may run it, or remove it");
        std::sort(read.run_by.begin(), read.run_by.end());
        read.run_by.erase(std::unique(read.run_by.begin(), read.run_by.end()), read.run_by.end());
        cluster_.devices.push_back(std::move(read));
    }

    /// Agents take words: numbers and yes or no are written for them.
    void read_options(const std::string& key, const Value& table, FenceDevice& device) {
        const Section section(cluster_file, key, table, complaints_);
        for (const Field& field : table.fields) {
            const Value& value = field.value;
            if (value.type == Value::Type::text)
                device.options.push_back({field.name, value.text});
            else if (value.type == Value::Type::integer)
                device.options.push_back({field.name, std::to_string(value.integer)});
            else if (value.type == Value::Type::boolean)
                device.options.push_back({field.name, value.boolean ? "1" : "0"});
            else
                section.complain(value, field.name, "is " + std::string(word(value.type)),
                                 "write a string, a whole number, true or false");
        }
        std::sort(device.options.begin(), device.options.end(),
                  [](const FenceOption& a, const FenceOption& b) { return a.name < b.name; });
    }

    void read_plugs(const std::string& key, const Value& table, FenceDevice& device) {
        const Section section(cluster_file, key, table, complaints_);
        for (const Field& field : table.fields) {
            const auto member = member_named(section, field.name, field.name);
            const auto plug = section.text(field.name);
            if (member && plug) device.plugs.push_back({*member, *plug});
        }
        std::sort(device.plugs.begin(), device.plugs.end(),
                  [](const FencePlug& a, const FencePlug& b) { return a.member < b.member; });
    }

    void read_plan(std::size_t place, const Value& table) {
        const Section plan(cluster_file, key_of("node", place) + ".fence", table, complaints_);
        plan.complain_of_unknown({"levels", "delay", "priority", "fate"});
        FencePlan& read = cluster_.members[place].fence;
        for (const std::string& written : texts(plan, "levels")) {
            if (auto level = parse_level(written))
                read.levels.push_back(std::move(*level));
            else
                plan.complain(*table.find("levels"), "levels", "\"" + written + "\" is no level",
                              "write devices, `self` or `operator`, with + between those that "
                              "must all succeed");
        }
        read.delay = plan.duration("delay").value_or(read.delay);
        read.priority =
            static_cast<std::uint8_t>(plan.number("priority", 0, 255).value_or(read.priority));
        read.fate = plan.text("fate").value_or("");
    }

    std::vector<std::string> texts(const Section& section, std::string_view name) {
        std::vector<std::string> all;
        const Value* list = section.value().find(name);
        if (list == nullptr) return all;
        const bool of_texts =
            list->type == Value::Type::list &&
            std::all_of(list->items.begin(), list->items.end(),
                        [](const Value& item) { return item.type == Value::Type::text; });
        if (!of_texts) {
            section.complain(*list, name, "is no list of strings",
                             "write it as " + std::string(name) + " = [\"...\", \"...\"]");
            return all;
        }
        for (const Value& item : list->items) all.push_back(item.text);
        return all;
    }

    std::optional<MemberId> member_named(const Section& section, std::string_view key,
                                         const std::string& name) {
        std::vector<std::string_view> names;
        for (const MemberConfig& member : cluster_.members) {
            if (member.name == name) return member.id;
            names.push_back(member.name);
        }
        section.complain(*section.value().find(key), key,
                         "\"" + name + "\" is no node of this file", suggestion(name, names));
        return std::nullopt;
    }

    const Value& root_;
    ClusterConfig& cluster_;
    Complaints& complaints_;
};

}  // namespace

void read_fence(const Value& root, ClusterConfig& cluster, Complaints& complaints) {
    FenceReader(root, cluster, complaints).read();
}

}  // namespace inquest::config
