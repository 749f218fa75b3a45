// The deciding thread: one event loop around the core.
//
// The whole of it is the protocol of core/node.hpp: wait until the core's deadline, drain every
// socket, wake the core, carry out its actions. Beats do not wake the thread one by one; they are
// read at the next deadline, with the kernel's stamps saying when they came. One wake-up a beat
// interval and path instead of one a beat is most of what this daemon saves.
#pragma once

#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/daemon/belonging.hpp"
#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/control.hpp"
#include "heartbeat/daemon/diary_thread.hpp"
#include "heartbeat/daemon/enforcing.hpp"
#include "heartbeat/daemon/host_files.hpp"
#include "heartbeat/daemon/journal.hpp"
#include "heartbeat/daemon/keeper_line.hpp"
#include "heartbeat/daemon/privileges.hpp"
#include "heartbeat/daemon/reload.hpp"
#include "heartbeat/daemon/replies.hpp"
#include "heartbeat/daemon/traffic.hpp"
#include "netmon/rtnetlink.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inquest::daemon {

class Deciding {
 public:
    struct Parts {
        Belongings belongings;
        Identity identity;
        std::filesystem::path etc;  ///< where the files are read again
        std::filesystem::path run;  ///< the folder of the control socket; lives as long as a boot
        Journal& journal;
        std::filesystem::path state;  ///< the folder of the diary, and of what was agreed
        std::string boot_id;
        KeeperLine keeper;
    };

    /// Opens everything. Throws Failure with one line where that is not possible.
    explicit Deciding(Parts parts);
    ~Deciding();

    /// Until a signal says stop, and the goodbye has been said. Result: the process's exit code.
    int run();

 private:
    void wait_for_timer();
    void wait_for_links();
    void wait_for_signal();
    void wake();
    void read_links();
    void tell_local_half(std::size_t path, bool good, const std::string& reason);
    void carry_out(const Clocks& clocks);
    void tell(const Transition& transition, const Clocks& clocks);
    void arm();
    void pat_systemd(Instant now);
    void leave(int signal);
    void reloaded(Reload::Files files);
    void reconfigure(HostFiles files);
    void tell_followed(std::vector<std::string> differences, const Clocks& clocks);
    void fall_silent();
    void tell_keeper();
    void wait_for_keeper();
    void hear_keeper();
    void guests_told();
    void ledger_told(const LedgerTold& told);
    Belonging::Hooks hooks();
    Knowledge knowledge() const;
    std::string reply(const wire::Request& request);
    void told(Told told);
    bool has_time() const;

    config::HostConfig config_;
    Journal& journal_;
    KeeperLine keeper_;
    Enforcing enforcing_;
    boost::asio::io_context io_;
    Traffic traffic_;
    Node node_;
    Actions actions_;
    Diary::Health diary_health_;
    std::vector<Privilege> privileges_;
    boost::asio::posix::stream_descriptor timer_;
    boost::asio::signal_set signals_;
    std::optional<netmon::Watch> links_;
    std::unique_ptr<boost::asio::posix::stream_descriptor> links_ready_;
    std::unique_ptr<boost::asio::posix::stream_descriptor> keeper_ready_;
    std::unique_ptr<Control> control_;
    std::unique_ptr<Reload> reload_;
    std::unique_ptr<Belonging> belonging_;
    Armed armed_ = Armed::no;  ///< as the ledger told last
    bool silent_ = false;      ///< removed from the cluster: it answers people and nobody else
    bool failed_ = false;
    Instant links_retry_at_ = never;  ///< the kernel did not answer; ask again then
    Duration systemd_interval_{};
    Instant systemd_patted_{};
    bool leaving_ = false;
    Instant ends_at_ = never;
    std::unique_ptr<DiaryThread> diary_;  ///< last: it posts to the others
};

}  // namespace inquest::daemon
