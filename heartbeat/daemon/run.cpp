#include "heartbeat/daemon/run.hpp"

#include "heartbeat/daemon/belonging.hpp"
#include "heartbeat/daemon/boot_file.hpp"
#include "heartbeat/daemon/deciding.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/daemon/host_files.hpp"
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

int run(const Folders& folders, Descriptor keeper) {
    prepare_memory();
    auto files = read_host_files(folders.etc);
    if (!files) {
        print(files.error());
        return 1;
    }
    print(files->warnings);

    make_folder(folders.run);
    make_folder(folders.state);
    const InstanceLock only_one(folders.run);
    const std::string boot_id = must(endings::read_boot_id(folders.etc)).text;
    const BootCount count = must(count_boot(folders.state, boot_id));

    Journal journal;
    const Identity identity{.self = files->config.self,
                            .incarnation = count.incarnation,
                            .session = count.session,
                            .boot_tag = wire::boot_tag(boot_id),
                            .seed = std::random_device{}()};
    Deciding deciding({gather(identity, folders.etc, folders.state, std::move(*files)), identity,
                       folders.etc, folders.run, journal, folders.state, boot_id,
                       KeeperLine(std::move(keeper))});
    return deciding.run();
}

}  // namespace inquest::daemon
