#include "heartbeat/core/fence_problems.hpp"

#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/core/fence_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace inquest {
namespace {

using Kind = FencePart::Kind;

constexpr Duration window_max{std::chrono::hours(24)};

bool is_plug(std::string_view option) { return option == "plug" || option == "port"; }

/// What inquest-fenced says to an agent itself.
bool is_said_for_it(std::string_view option) {
    return option == "action" || option == "nodename" || is_plug(option);
}

/// What tells one device from another; the newer name of each first (FenceAgentAPI).
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> where_it_is{
    {{"ip", "ipaddr"}, {"ipport", "udpport"}, {"devices", "device"}}};

class Checker {
 public:
    explicit Checker(const ClusterConfig& cluster) : cluster_(cluster) {}

    std::vector<Problem> check() {
        check_storm();
        for (std::size_t i = 0; i < cluster_.devices.size(); ++i) check_device(i);
        for (std::size_t i = 0; i < cluster_.members.size(); ++i) check_plan(i);
        check_confusion();
        check_unused();
        check_missing_plans();
        return std::move(found_);
    }

 private:
    void error(std::string where, std::string what, std::string remedy) {
        found_.push_back(
            {Problem::Severity::error, std::move(where), std::move(what), std::move(remedy)});
    }
    void warning(std::string where, std::string what, std::string remedy) {
        found_.push_back(
            {Problem::Severity::warning, std::move(where), std::move(what), std::move(remedy)});
    }

    static std::string device_key(std::size_t place, std::string_view field) {
        return fmt::format("fence.device.{}.{}", place + 1, field);
    }
    static std::string plan_key(std::size_t place, std::string_view field) {
        return fmt::format("node.{}.fence.{}", place + 1, field);
    }
    const MemberConfig* member(MemberId id) const {
        const auto found = std::find_if(cluster_.members.begin(), cluster_.members.end(),
                                        [&](const MemberConfig& each) { return each.id == id; });
        return found == cluster_.members.end() ? nullptr : &*found;
    }
    const FenceDevice* device(std::string_view name) const {
        const auto found = std::find_if(cluster_.devices.begin(), cluster_.devices.end(),
                                        [&](const FenceDevice& each) { return each.name == name; });
        return found == cluster_.devices.end() ? nullptr : &*found;
    }

    // ---- The guard against storms ---------------------------------------------------------------

    void check_storm() {
        const StormGuard& storm = cluster_.storm;
        if (storm.limit < 1 || storm.limit > members_max)
            error("fence.limit", fmt::format("{} is out of bounds", storm.limit),
                  fmt::format("set it to a number from 1 to {}", members_max));
        if (storm.window <= Duration::zero() || storm.window > window_max)
            error("fence.window", fmt::format("{} is out of bounds", text(storm.window)),
                  fmt::format("set it to more than 0s and at most {}", text(window_max)));
    }

    // ---- Devices --------------------------------------------------------------------------------

    static bool is_letter_or_digit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    static bool is_device_name(std::string_view name) {
        if (name.empty() || name.size() > fence_name_bytes_max || !is_letter_or_digit(name.front()))
            return false;
        return std::all_of(name.begin(), name.end(),
                           [](char c) { return is_letter_or_digit(c) || c == '-'; });
    }

    static bool is_agent(std::string_view agent) {
        constexpr std::string_view begins = "fence_";
        if (!agent.starts_with(begins) || agent.size() <= begins.size() ||
            agent.size() > fence_name_bytes_max)
            return false;
        return std::all_of(agent.begin(), agent.end(),
                           [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
    }

    static bool is_one_line(std::string_view value) {
        return std::none_of(value.begin(), value.end(), [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        });
    }

    static std::size_t bytes_of(const FenceDevice& device) {
        std::size_t bytes = device.name.size() + device.agent.size() + device.secrets.size() +
                            2 * device.run_by.size() + 32;
        for (const FenceOption& option : device.options)
            bytes += option.name.size() + option.value.size() + 2;
        for (const FencePlug& plug : device.plugs) bytes += plug.plug.size() + 3;
        return bytes;
    }

    void check_device(std::size_t place) {
        const FenceDevice& device = cluster_.devices[place];
        check_device_name(place);
        if (!is_agent(device.agent))
            error(device_key(place, "agent"), fmt::format("\"{}\" is no fence agent", device.agent),
                  "name a program of /usr/sbin such as \"fence_ipmilan\"");
        check_options(place);
        for (const FencePlug& plug : device.plugs) {
            if (plug.plug.empty() || plug.plug.size() > fence_word_bytes_max ||
                !is_one_line(plug.plug))
                error(device_key(place, "plugs"), "a plug is empty, too long or not one line",
                      fmt::format("write it with 1 to {} characters", fence_word_bytes_max));
        }
        const bool plain =
            device.secrets.empty() ||
            (device.secrets.front() != '.' && is_one_line(device.secrets) &&
             device.secrets.find('/') == std::string::npos && device.secrets.size() <= 63);
        if (!plain)
            error(device_key(place, "secrets"),
                  fmt::format("\"{}\" is no name of a file in /etc/inquest/fence", device.secrets),
                  "write the file's name alone, without a folder");
        if (device.timeout < fence_timeout_min || device.timeout > fence_timeout_max)
            error(device_key(place, "timeout"),
                  fmt::format("{} is out of bounds", text(device.timeout)),
                  fmt::format("set it to a time from {} to {}", text(fence_timeout_min),
                              text(fence_timeout_max)));
        if (bytes_of(device) > fence_device_bytes_max)
            error(device_key(place, "options"),
                  fmt::format("all that is said of {} together is longer than {} bytes",
                              device.name, fence_device_bytes_max),
                  "leave out options that are at their defaults");
    }

    void check_device_name(std::size_t place) {
        const std::string& name = cluster_.devices[place].name;
        if (name == "self" || name == "operator") {
            error(device_key(place, "name"), fmt::format("\"{}\" has a meaning of its own", name),
                  "choose another name");
        } else if (!is_device_name(name)) {
            error(device_key(place, "name"),
                  name.empty() ? "is empty or missing" : fmt::format("\"{}\" is no name", name),
                  fmt::format("use 1 to {} of a-z, 0-9 and -", fence_name_bytes_max));
        } else if (const auto same =
                       std::count_if(cluster_.devices.begin(), cluster_.devices.end(),
                                     [&](const FenceDevice& each) { return each.name == name; });
                   same > 1) {
            error(device_key(place, "name"),
                  fmt::format("\"{}\" is the name of another device too", name),
                  "give each device a name of its own");
        }
    }

    void check_options(std::size_t place) {
        const FenceDevice& device = cluster_.devices[place];
        if (device.options.size() > fence_options_max)
            error(device_key(place, "options"),
                  fmt::format("has more than {} options", fence_options_max),
                  "leave out options that are at their defaults");
        for (const FenceOption& option : device.options) {
            const std::string where = device_key(place, "options." + option.name);
            if (is_said_for_it(option.name)) {
                error(where, "is said by Inquest itself",
                      is_plug(option.name) ? "write the plug of each node into `plugs`"
                                           : "remove it");
                continue;
            }
            const bool name_fits = !option.name.empty() && is_one_line(option.name) &&
                                   option.name.find('=') == std::string::npos &&
                                   option.name.size() <= fence_word_bytes_max;
            if (!name_fits || !is_one_line(option.value) ||
                option.value.size() > fence_word_bytes_max)
                error(where, "is not one line, or too long",
                      fmt::format("use at most {} characters, without line breaks",
                                  fence_word_bytes_max));
        }
    }

    // ---- Plans ----------------------------------------------------------------------------------

    void check_plan(std::size_t place) {
        const MemberConfig& target = cluster_.members[place];
        const FencePlan& plan = target.fence;
        if (plan.levels.size() > fence_levels_max)
            error(plan_key(place, "levels"),
                  fmt::format("has more than {} levels", fence_levels_max),
                  "leave out the last ones");
        for (const FenceLevel& level : plan.levels) check_level(place, level);
        if (plan.delay < Duration::zero() || plan.delay > fence_delay_max)
            error(plan_key(place, "delay"), fmt::format("{} is out of bounds", text(plan.delay)),
                  fmt::format("set it to a time from 0s to {}", text(fence_delay_max)));
        if (plan.fate.size() > 63 || !is_one_line(plan.fate))
            error(plan_key(place, "fate"), "is too long, or not one line",
                  "name the rack, chassis or power that it shares with others");
    }

    void check_level(std::size_t place, const FenceLevel& level) {
        const std::string where = plan_key(place, "levels");
        const std::string written = text(level);
        if (level.empty() || level.size() > fence_parts_max)
            error(where, fmt::format("a level has {} parts", level.size()),
                  fmt::format("give it 1 to {}", fence_parts_max));
        for (std::size_t i = 0; i < level.size(); ++i) {
            if (std::count(level.begin(), level.end(), level[i]) > 1 &&
                std::find(level.begin(), level.end(), level[i]) - level.begin() ==
                    static_cast<std::ptrdiff_t>(i))
                error(where, fmt::format("\"{}\" names {} twice", written, word(level[i])),
                      "name it once");
            if (level[i].kind == Kind::operators_word && level.size() > 1)
                error(where, fmt::format("\"{}\" asks for more than a person's word", written),
                      "put `operator` into a level of its own: it is a proof by itself");
            if (level[i].kind == Kind::device) check_part(place, level[i].device);
        }
    }

    void check_part(std::size_t place, const std::string& name) {
        const MemberConfig& target = cluster_.members[place];
        const FenceDevice* named = device(name);
        if (named == nullptr) {
            error(plan_key(place, "levels"), fmt::format("there is no fence device \"{}\"", name),
                  "add it under [[fence.device]], or correct the name");
            return;
        }
        const auto& by = named->run_by;
        const bool only_itself = by.size() == 1 && by.front() == target.id;
        if (only_itself || (by.empty() && cluster_.members.size() == 1))
            error(plan_key(place, "levels"),
                  fmt::format("only {} itself may run {}, and no node switches itself off",
                              target.name, name),
                  "name another node in its `run_by`, or remove that");
    }

    // ---- Between them ---------------------------------------------------------------------------

    struct Use {
        std::size_t place;  ///< of the member
        const FenceDevice* device;
    };

    std::vector<Use> uses() const {
        std::vector<Use> all;
        for (std::size_t place = 0; place < cluster_.members.size(); ++place) {
            for (const FenceLevel& level : cluster_.members[place].fence.levels) {
                for (const FencePart& part : level) {
                    const FenceDevice* named =
                        part.kind == Kind::device ? device(part.device) : nullptr;
                    if (named != nullptr) all.push_back({place, named});
                }
            }
        }
        return all;
    }

    static std::string plug_of(const FenceDevice& device, MemberId member) {
        for (const FencePlug& plug : device.plugs) {
            if (plug.member == member) return plug.plug;
        }
        return "";
    }

    static std::string option(const FenceDevice& device, std::string_view name,
                              std::string_view older) {
        for (const FenceOption& each : device.options) {
            if (each.name == name || each.name == older) return each.value;
        }
        return "";
    }

    /// Would the two orders reach one and the same switch?
    bool reach_the_same(const Use& a, const Use& b) const {
        if (plug_of(*a.device, cluster_.members[a.place].id) !=
            plug_of(*b.device, cluster_.members[b.place].id))
            return false;
        if (a.device == b.device) return true;
        if (a.device->agent != b.device->agent) return false;
        bool says_where = false;
        for (const auto& [name, older] : where_it_is) {
            const std::string of_a = option(*a.device, name, older);
            if (of_a != option(*b.device, name, older)) return false;
            says_where = says_where || !of_a.empty();
        }
        return says_where;
    }

    /// One switch for two nodes: whoever is to be switched off, the other one goes too.
    void check_confusion() {
        const std::vector<Use> all = uses();
        for (std::size_t b = 1; b < all.size(); ++b) {
            for (std::size_t a = 0; a < b; ++a) {
                if (all[a].place == all[b].place || !reach_the_same(all[a], all[b])) continue;
                const std::string& first = cluster_.members[all[a].place].name;
                const std::string& second = cluster_.members[all[b].place].name;
                const bool one = all[a].device == all[b].device;
                error(plan_key(all[b].place, "levels"),
                      one ? fmt::format("{} would switch off {} and {} alike: it has no plug that "
                                        "tells them apart",
                                        all[b].device->name, first, second)
                          : fmt::format("{} of {} and {} of {} have the same address: one of the "
                                        "two would switch off the wrong machine",
                                        all[b].device->name, second, all[a].device->name, first),
                      one ? "write the plug of each into its `plugs`" : "correct the address");
            }
        }
    }

    void check_unused() {
        const std::vector<Use> all = uses();
        for (std::size_t place = 0; place < cluster_.devices.size(); ++place) {
            const bool used = std::any_of(all.begin(), all.end(), [&](const Use& use) {
                return use.device == &cluster_.devices[place];
            });
            if (!used && !cluster_.devices[place].name.empty())
                warning(device_key(place, "name"),
                        fmt::format("no node's levels name {}", cluster_.devices[place].name),
                        "add it to the `levels` of the node that it switches off");
        }
    }

    void check_missing_plans() {
        const auto has_plan = [](const MemberConfig& each) { return !each.fence.levels.empty(); };
        if (std::none_of(cluster_.members.begin(), cluster_.members.end(), has_plan)) return;
        for (std::size_t place = 0; place < cluster_.members.size(); ++place) {
            const MemberConfig& target = cluster_.members[place];
            if (has_plan(target) || target.role == Role::witness) continue;
            warning(plan_key(place, "levels"),
                    fmt::format("nothing switches {} off, though others have levels", target.name),
                    fmt::format("add `levels` under [node.fence] of {}", target.name));
        }
    }

    const ClusterConfig& cluster_;
    std::vector<Problem> found_;
};

}  // namespace

std::vector<Problem> fence_problems(const ClusterConfig& cluster) {
    return Checker(cluster).check();
}

}  // namespace inquest
