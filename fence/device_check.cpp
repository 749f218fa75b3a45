#include "fence/device_check.hpp"

#include "fence/agent_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace inquest::fence {
namespace {

using Severity = wire::DeviceComplaint::Severity;

constexpr std::array<std::string_view, 2> plug_names{"plug", "port"};

bool is_plug(std::string_view name) {
    return std::find(plug_names.begin(), plug_names.end(), name) != plug_names.end();
}

/// How many letters must be added, left out or changed.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t changed = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
        }
    }
    return row.back();
}

bool is_whole_number(std::string_view text) {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool is_yes_or_no(std::string_view text) {
    constexpr std::array<std::string_view, 9> known{"0",  "1",  "true", "false", "yes",
                                                    "no", "on", "off",  ""};
    return std::find(known.begin(), known.end(), text) != known.end();
}

class Check {
 public:
    Check(const wire::CheckedDevice& checked, const AgentMetadata& metadata,
          const std::vector<std::string>& secrets)
        : checked_(checked), metadata_(metadata), secrets_(secrets) {}

    std::vector<wire::DeviceComplaint> run() {
        check_actions();
        for (const FenceOption& option : checked_.device.options) check_option(option);
        for (const std::string& secret : secrets_) check_name(secret, "its secrets file");
        for (const AgentParameter& parameter : metadata_.parameters) {
            check_required(parameter);
            check_twice(parameter);
        }
        check_plugs();
        return std::move(complaints_);
    }

 private:
    void complain(Severity severity, std::string_view option, std::string what, std::string why,
                  std::string remedy) {
        complaints_.push_back({checked_.device.name, std::string(option), severity, std::move(what),
                               std::move(why), std::move(remedy)});
    }
    void error(std::string_view option, std::string what, std::string why, std::string remedy) {
        complain(Severity::error, option, std::move(what), std::move(why), std::move(remedy));
    }

    const std::string& agent() const { return checked_.device.agent; }

    bool is_given(std::string_view name) const {
        const auto& options = checked_.device.options;
        return std::any_of(options.begin(), options.end(),
                           [&](const FenceOption& option) { return option.name == name; }) ||
               std::find(secrets_.begin(), secrets_.end(), name) != secrets_.end();
    }

    bool takes_plug() const {
        return std::any_of(plug_names.begin(), plug_names.end(),
                           [&](std::string_view name) { return metadata_.find(name) != nullptr; });
    }

    void check_actions() {
        if (!metadata_.offers("off")) {
            error("", fmt::format("{} cannot switch anything off", agent()),
                  "its metadata offers no action `off`", "choose another agent");
        }
        if (!metadata_.offers("status")) {
            error("", fmt::format("what {} does cannot be proven", agent()),
                  "its metadata offers no action `status`, and only a status of off is a proof",
                  "choose another agent");
        }
        if (checked_.proves == FenceProof::power && !metadata_.offers("reboot")) {
            error(
                "", fmt::format("{} does not switch machines off", agent()),
                "it offers no action `reboot`, as agents do that cut a node from disks or network",
                "say proves = \"storage\", or choose another agent");
        }
    }

    void check_option(const FenceOption& option) {
        const std::string& name = option.name;
        if (is_reserved(name)) {
            return error(name, fmt::format("option `{}` is not for a file", name),
                         "Inquest itself says it to the agent", "leave it out");
        }
        if (is_plug(name) && !checked_.plugs.empty()) {
            return error(name, fmt::format("option `{}` contradicts the device's plugs", name),
                         "one plug would be switched, whichever node is meant", "leave it out");
        }
        check_name(name, "the agent's options");
        if (is_secret(name)) {
            error(
                name, fmt::format("`{}` stands in the open", name),
                "the configuration is the same on all nodes and shown to who asks",
                checked_.device.secrets.empty()
                    ? "write it into a file of /etc/inquest/fence on each node that runs the "
                      "agent, and name the file as `secrets`"
                    : fmt::format("write it into /etc/inquest/fence/{}", checked_.device.secrets));
        }
        if (const AgentParameter* const known = metadata_.find(name)) check_value(option, *known);
        if (name == "method" && option.value == "cycle") {
            error(name, "method `cycle` leaves nothing to prove",
                  "the machine is never seen to be off", "leave it out, or say onoff");
        }
        if (name == "delay" && option.value != "0") {
            complain(Severity::warning, name, "the agent waits before it switches",
                     "its wait counts against the device's timeout, and nobody else knows of it",
                     "leave it out and give the node a delay in its fence levels");
        }
    }

    void check_name(const std::string& name, std::string_view where) {
        const AgentParameter* const known = metadata_.find(name);
        if (known == nullptr) {
            const std::string_view nearest = nearest_parameter(metadata_, name);
            return error(name, fmt::format("{} does not know `{}`", agent(), name),
                         fmt::format("it would pass over that in {}", where),
                         nearest.empty() ? fmt::format("see `{} -o metadata`", agent())
                                         : fmt::format("say `{}`", nearest));
        }
        if (known->is_deprecated && metadata_.today(name) != name) {
            complain(Severity::warning, name, fmt::format("`{}` is an old name", name),
                     "a later version of the agent may not know it",
                     fmt::format("say `{}`", metadata_.today(name)));
        }
    }

    void check_value(const FenceOption& option, const AgentParameter& known) {
        std::string wanted;
        switch (known.type) {
            case AgentParameter::Type::text: return;
            case AgentParameter::Type::whole_number:
                if (is_whole_number(option.value)) return;
                wanted = "a whole number";
                break;
            case AgentParameter::Type::yes_or_no:
                if (is_yes_or_no(option.value)) return;
                wanted = "1 or 0";
                break;
            case AgentParameter::Type::one_of:
                for (const std::string& choice : known.choices) {
                    if (choice == option.value) return;
                    wanted += (wanted.empty() ? "" : " or ") + choice;
                }
                break;
        }
        error(option.name, fmt::format("`{}` is not {}", option.name, wanted),
              fmt::format("it is `{}`", is_secret(option.name) ? "[secret]" : option.value),
              "correct it");
    }

    void check_required(const AgentParameter& parameter) {
        const std::string& name = parameter.name;
        if (!parameter.is_required || parameter.is_deprecated || name == "action" ||
            is_plug(name) || is_given(name))
            return;
        if (!parameter.replaces.empty() && is_given(parameter.replaces)) return;
        error(
            name, fmt::format("`{}` is missing", name),
            fmt::format("{} does nothing without it", agent()),
            is_secret(name) ? "write it into the device's secrets file" : "add it to the options");
    }

    void check_twice(const AgentParameter& parameter) {
        if (parameter.replaces.empty() || !is_given(parameter.name) ||
            !is_given(parameter.replaces))
            return;
        error(parameter.name,
              fmt::format("`{}` and `{}` are the same", parameter.name, parameter.replaces),
              "the agent takes one of them, and does not say which",
              fmt::format("leave out `{}`", parameter.replaces));
    }

    void check_plugs() {
        const bool has_plug_option = is_given("plug") || is_given("port");
        if (!checked_.plugs.empty() && !takes_plug()) {
            return error("", "its plugs have no meaning",
                         fmt::format("{} switches one machine and takes no plug", agent()),
                         "leave the plugs out, and describe a device for each node");
        }
        if (checked_.plugs.empty() && checked_.nodes.size() > 1) {
            return error(
                "", "it cannot tell its nodes apart",
                fmt::format("{} nodes have it in their levels, and none has a plug",
                            checked_.nodes.size()),
                takes_plug() ? "say which plug is whose" : "describe a device for each node");
        }
        const bool must = std::any_of(plug_names.begin(), plug_names.end(), [&](auto name) {
            const AgentParameter* const known = metadata_.find(name);
            return known != nullptr && known->is_required && !known->is_deprecated;
        });
        if (checked_.plugs.empty() && (!must || has_plug_option)) return;
        for (const std::string& node : checked_.nodes) {
            const auto& plugs = checked_.plugs;
            if (std::any_of(plugs.begin(), plugs.end(),
                            [&](const FenceOption& plug) { return plug.name == node; }))
                continue;
            error("", fmt::format("no plug is {}'s", node),
                  fmt::format("{} must know which one to switch", agent()),
                  fmt::format("add the plug of {}", node));
        }
    }

    const wire::CheckedDevice& checked_;
    const AgentMetadata& metadata_;
    const std::vector<std::string>& secrets_;
    std::vector<wire::DeviceComplaint> complaints_;
};

}  // namespace

std::string_view nearest_parameter(const AgentMetadata& metadata, std::string_view name) {
    // More than a third of the letters wrong is another word.
    std::size_t least = name.size() / 3 + 2;
    std::string_view nearest;
    for (const AgentParameter& known : metadata.parameters) {
        const std::size_t away = distance(name, known.name);
        if (away >= least || known.is_deprecated) continue;
        least = away;
        nearest = known.name;
    }
    return nearest;
}

std::vector<wire::DeviceComplaint> check_device(const wire::CheckedDevice& device,
                                                const AgentMetadata& metadata,
                                                const std::vector<std::string>& secrets) {
    return Check(device, metadata, secrets).run();
}

bool has_errors(const std::vector<wire::DeviceComplaint>& complaints) {
    return std::any_of(complaints.begin(), complaints.end(),
                       [](const auto& complaint) { return complaint.severity == Severity::error; });
}

}  // namespace inquest::fence
