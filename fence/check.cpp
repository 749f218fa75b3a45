#include "fence/agent_metadata.hpp"
#include "fence/device_check.hpp"
#include "fence/processes.hpp"
#include "fence/program_file.hpp"
#include "fence/run.hpp"
#include "fence/secrets_file.hpp"
#include "heartbeat/wire/fence_check.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <map>
#include <optional>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace inquest::fence {
namespace {

using Complaints = std::vector<wire::DeviceComplaint>;
using Metadata = tl::expected<AgentMetadata, std::string>;

constexpr Duration metadata_limit = std::chrono::seconds(20);

wire::DeviceComplaint error(const std::string& device, std::string what, std::string why,
                            std::string remedy) {
    return {device,
            "",
            wire::DeviceComplaint::Severity::error,
            std::move(what),
            std::move(why),
            std::move(remedy)};
}

/// Each agent is asked once.
class Agents {
 public:
    explicit Agents(const Folders& folders) : folders_(folders) {}

    const Metadata& metadata_of(const std::string& agent) {
        const auto known = known_.find(agent);
        if (known != known_.end()) return known->second;
        return known_.emplace(agent, ask(agent)).first->second;
    }

 private:
    Metadata ask(const std::string& agent) {
        const auto file = agent_file(folders_.agents, agent);
        if (!file) return tl::unexpected(file.error());
        boost::asio::io_context io;
        Processes processes(io);
        ProcessEnd heard;
        processes.start({.program = *file,
                         .environment = agent_environment(),
                         .input = agent_input(AgentAction::metadata, {}, {}),
                         .secrets = {},
                         .limit = metadata_limit,
                         .output_bytes_max = metadata_bytes_max / 2},
                        [&](const ProcessEnd& end) {
                            heard = end;
                            io.stop();
                        });
        io.run();
        if (!heard.was_good()) return tl::unexpected(described(*file + ": metadata", heard));
        return parse_metadata(heard.output).map_error([&](const std::string& why) {
            return *file + ": " + why;
        });
    }

    const Folders& folders_;
    std::map<std::string, Metadata> known_;
};

void check_one(const wire::CheckedDevice& checked, const Folders& folders, Agents& agents,
               Complaints& complaints) {
    const std::string& name = checked.device.name;
    std::vector<std::string> secrets;
    if (!checked.device.secrets.empty()) {
        const auto read = read_secrets(folders.etc / "fence", checked.device.secrets);
        if (!read)
            complaints.push_back(
                error(name, "its secrets cannot be used", read.error(), "see there"));
        else
            for (const FenceOption& pair : read->pairs()) secrets.push_back(pair.name);
    }
    const Metadata& metadata = agents.metadata_of(checked.device.agent);
    if (!metadata) {
        complaints.push_back(error(name, "its agent cannot be used", metadata.error(),
                                   "install the package that has the agent, or correct its name"));
        return;
    }
    const Complaints found = check_device(checked, *metadata, secrets);
    complaints.insert(complaints.end(), found.begin(), found.end());
}

std::string standard_input() {
    std::string text(wire::fence_check_bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stdin));
    return text;
}

}  // namespace

int check(const Folders& folders) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const auto devices = wire::parse_checked_devices(standard_input());
    if (!devices) {
        std::fprintf(stderr,
                     "inquest-fenced: the list of devices is refused: %s: use an `inquest` of the "
                     "same version\n",
                     devices.error().c_str());
        return 2;
    }
    Agents agents(folders);
    Complaints complaints;
    for (const wire::CheckedDevice& device : *devices)
        check_one(device, folders, agents, complaints);
    std::printf("%s\n", wire::to_text(complaints).c_str());
    return has_errors(complaints) ? 1 : 0;
}

}  // namespace inquest::fence
