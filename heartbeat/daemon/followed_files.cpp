#include "heartbeat/daemon/followed_files.hpp"

#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/daemon/beginning.hpp"
#include "heartbeat/daemon/recovering.hpp"
#include "heartbeat/daemon/small_file.hpp"
#include "heartbeat/wire/agreed_keys.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace inquest::daemon {

FollowedFiles::FollowedFiles(std::filesystem::path etc, std::filesystem::path state,
                             std::function<void(std::string)> complain)
    : etc_(std::move(etc)), state_(std::move(state)), complain_(std::move(complain)) {}

FollowedFiles::~FollowedFiles() { thread_.join(); }

void FollowedFiles::write(const ClusterState& state, const std::vector<AgreedKey>& agreed) {
    boost::asio::post(
        thread_, [this, toml = config::render(state), keys = wire::keys_text(agreed)]() mutable {
            put(toml, std::move(keys));
        });
}

void FollowedFiles::end_beginning() {
    boost::asio::post(thread_, [this] { daemon::end_beginning(state_); });
}

void FollowedFiles::end_recovery() {
    boost::asio::post(thread_, [this] { daemon::end_recovery(state_); });
}

/// The keys first: with the new file and the old keys a start would hear nobody.
void FollowedFiles::put(const std::string& cluster_toml, std::string keys) {
    auto problem = write_small_file(config::keys_path(etc_), keys, Readers::owner);
    wire::wipe(keys);
    if (!problem)
        problem = write_small_file(etc_ / "cluster.toml", cluster_toml, Readers::everybody);
    behind_ = problem.has_value();
    if (problem) complain_(*problem);
}

}  // namespace inquest::daemon
