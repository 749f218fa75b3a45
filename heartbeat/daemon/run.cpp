#include "heartbeat/daemon/run.hpp"

#include "heartbeat/config/files.hpp"
#include "heartbeat/config/here.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/daemon/boot_file.hpp"
#include "heartbeat/daemon/deciding.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/daemon/instance_lock.hpp"
#include "heartbeat/daemon/privileges.hpp"
#include "heartbeat/endings/boot_id.hpp"
#include "heartbeat/wire/digest.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <random>
#include <sys/stat.h>

namespace inquest::daemon {
namespace {

void print(const config::Complaints& complaints) {
    for (const config::Complaint& complaint : complaints) {
        const bool warning = complaint.severity == config::Severity::warning;
        std::fprintf(stderr, "inquestd: %s%s\n", warning ? "warning: " : "",
                     to_string(complaint).c_str());
    }
}

wire::Keyring read_keyring(const std::filesystem::path& etc, const std::string& cluster) {
    auto text = config::read_keys(etc);
    if (!text) throw Failure(to_string(text.error()));
    auto keyring = wire::parse_keys(*text, wire::cluster_tag(cluster));
    wire::wipe(*text);
    if (!keyring) {
        const wire::KeysProblem& problem = keyring.error();
        throw Failure(fmt::format("{}:{}: {}: {}", config::keys_path(etc).string(), problem.line,
                                  problem.what, problem.remedy));
    }
    return std::move(*keyring);
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw Failure(
            fmt::format("{}: {}: make it writable for inquestd", folder.string(), error.message()));
}

template <typename Value>
Value must(tl::expected<Value, std::string> value) {
    if (!value) throw Failure(value.error());
    return *value;
}

}  // namespace

int run(const Folders& folders) {
    prepare_memory();
    const auto config = config::read_folder(folders.etc);
    if (!config) {
        print(config.error());
        return 1;
    }
    print(config->warnings);
    const auto here = config::addresses_here();
    if (!here) throw Failure(fmt::format("getifaddrs: {}", here.error().message()));
    const config::Complaints misplaced = config::misplaced(*config, *here);
    print(misplaced);
    if (config::has_error(misplaced)) return 1;
    wire::Keyring keyring = read_keyring(folders.etc, config->cluster.name);

    make_folder(folders.run);
    make_folder(folders.state);
    const InstanceLock only_one(folders.run);
    const std::string boot_id = must(endings::read_boot_id(folders.etc)).text;
    const BootCount count = must(count_boot(folders.state, boot_id));

    Journal journal;
    Deciding deciding({*config,
                       Identity{.self = config->self,
                                .incarnation = count.incarnation,
                                .session = count.session,
                                .boot_tag = wire::boot_tag(boot_id),
                                .seed = std::random_device{}()},
                       std::move(keyring), folders.run / "inquestd.sock", journal, folders.state,
                       boot_id});
    deciding.run();
    return 0;
}

}  // namespace inquest::daemon
