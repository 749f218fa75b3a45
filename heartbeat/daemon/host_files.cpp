#include "heartbeat/daemon/host_files.hpp"

#include "heartbeat/config/files.hpp"
#include "heartbeat/config/here.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace inquest::daemon {
namespace {

config::Complaint about_keys(const std::filesystem::path& etc, const wire::KeysProblem& problem) {
    return {config::Severity::error,
            config::keys_path(etc).string(),
            static_cast<int>(problem.line),
            "",
            problem.what,
            problem.remedy};
}

tl::expected<wire::Keyring, config::Complaint> read_keyring(const std::filesystem::path& etc,
                                                            const std::string& cluster) {
    auto text = config::read_keys(etc);
    if (!text) return tl::unexpected(text.error());
    auto keyring = wire::parse_keys(*text, wire::cluster_tag(cluster));
    wire::wipe(*text);
    if (!keyring) return tl::unexpected(about_keys(etc, keyring.error()));
    return std::move(*keyring);
}

config::Complaint no_addresses(const std::error_code& error) {
    return {config::Severity::error, "getifaddrs", 0, "", error.message(), "try it again"};
}

}  // namespace

tl::expected<HostFiles, config::Complaints> read_host_files(const std::filesystem::path& etc) {
    auto config = config::read_folder(etc);
    if (!config) return tl::unexpected(std::move(config.error()));
    const auto here = config::addresses_here();
    if (!here) return tl::unexpected(config::Complaints{no_addresses(here.error())});
    config::Complaints complaints = config->warnings;
    for (config::Complaint& complaint : config::misplaced(*config, *here))
        complaints.push_back(std::move(complaint));
    if (config::has_error(complaints)) return tl::unexpected(std::move(complaints));
    auto keyring = read_keyring(etc, config->cluster.name);
    if (!keyring) return tl::unexpected(config::Complaints{std::move(keyring.error())});
    return HostFiles{std::move(*config), std::move(*keyring), std::move(complaints)};
}

std::vector<std::string> differences(const wire::Keyring& before, const wire::Keyring& now) {
    std::vector<std::string> told;
    for (unsigned id = 1; id <= 255; ++id) {
        const wire::KeyId key(static_cast<std::uint8_t>(id));
        const bool was = before.place_of(key) < before.size();
        const bool is = now.place_of(key) < now.size();
        if (is != was) told.push_back(fmt::format("key {} {}", id, is ? "added" : "removed"));
    }
    if (before.signing() != now.signing())
        told.push_back(fmt::format("key {} signs", now.signing().value));
    return told;
}

}  // namespace inquest::daemon
