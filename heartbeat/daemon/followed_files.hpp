// cluster.toml and cluster.keys as what was agreed has them, so that a start finds the others
// before it hears them, and a person can read what holds. Written on a thread of their own: no disk
// may hold up a beat. A file that cannot be written is told, and nothing else changes.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace inquest::daemon {

class FollowedFiles {
 public:
    /// `complain` gets one line for a person, on the writer's thread.
    FollowedFiles(std::filesystem::path etc, std::filesystem::path state,
                  std::function<void(std::string)> complain);
    /// Writes what it was asked for before.
    ~FollowedFiles();
    FollowedFiles(const FollowedFiles&) = delete;
    FollowedFiles& operator=(const FollowedFiles&) = delete;

    /// `keys`: those to run with, which may be more than the state knows.
    void write(const ClusterState& state, const std::vector<AgreedKey>& keys);
    /// The beginning is over: the secret of the invitation is not needed any more.
    void end_beginning();
    /// The generation has begun, and the files say so: nothing is to be recovered any more.
    void end_recovery();
    /// The last writing failed: the files are older than what was agreed.
    bool behind() const { return behind_; }

 private:
    void put(const std::string& cluster_toml, std::string keys);

    std::filesystem::path etc_;
    std::filesystem::path state_;
    std::function<void(std::string)> complain_;
    std::atomic<bool> behind_{false};
    boost::asio::thread_pool thread_{1};
};

}  // namespace inquest::daemon
