// Beats in and out: the paths' sockets, the codec and the keys, between the kernel and the core.
//
// It decides nothing. What comes in is checked, counted by reason where it is refused, and handed
// to the core as an event; what the core asks to send goes out as it is.
#pragma once

#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/paths/disk.hpp"
#include "heartbeat/paths/udp.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/dismissal.hpp"
#include "heartbeat/wire/keys.hpp"
#include "netmon/rtnetlink.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inquest::daemon {

/// One path as this host has it: a socket, or a disk, whose socket is never opened then.
struct Port {
    paths::UdpPath socket;
    std::optional<paths::DiskPath> disk;
    bool is_disk = false;
    std::vector<paths::Endpoint> everybody;  ///< all peers on the path
    std::vector<std::pair<MemberId, paths::Endpoint>> peers;
    std::vector<paths::Endpoint> removed;  ///< of peers that were removed lately
    Instant removed_until{};               ///< they are told by beats until then
    bool here = false;                     ///< this node is on the path, and it is on
    bool link_good = false;                ///< netmon's word, or the disk's
    std::string link_reason = "not looked at yet";
    std::string socket_reason;  ///< why the socket is not open
    bool told = false;          ///< the core knows of the disk's half
    paths::DiskTrouble trouble = paths::DiskTrouble::starting;  ///< as told last
    Instant tried{};  ///< when it was last opened, or tried

    bool good() const { return link_good && (is_disk || socket.is_open()); }
    const std::string& reason() const { return link_good ? socket_reason : link_reason; }
    const std::string& interface() const;  ///< of the socket; of a disk its device
};

class Traffic {
 public:
    Traffic(const config::HostConfig& config, wire::Keyring keyring);

    /// Other members, paths and addresses. The sockets of paths that stay where they are stay open;
    /// others are closed, and opened when netmon finds them good. Members that are removed learn it
    /// from the beats of three more intervals, in which they are named no more.
    void reconfigure(const config::HostConfig& config, Instant now);
    /// Other keys, from the next datagram on.
    void set_keys(wire::Keyring keyring) { keyring_ = std::move(keyring); }
    const wire::Keyring& keys() const { return keyring_; }

    /// The entry that removed a member; nothing: it is none that was removed.
    using RemovedAt = std::function<std::optional<std::uint64_t>(MemberId)>;
    /// Who was removed and beats all the same is told so, on the path on which it came.
    void tell_removed_members(RemovedAt removed_at) { removed_at_ = std::move(removed_at); }
    /// Somebody beats who is no member by the configuration: who, on which path, from where.
    using Met = std::function<void(MemberId, PathId, const paths::Endpoint&)>;
    void tell_of_strangers(Met met) { met_ = std::move(met); }
    /// What another member has said of this one since the last call: that it was removed.
    std::optional<wire::Dismissal> take_dismissal() { return std::exchange(dismissal_, {}); }

    /// Opens every path. A socket that is somebody else's, or forbidden, ends the start (Failure);
    /// an interface or address that is not there today leaves the path blind.
    void open(Instant now);

    /// Takes all that waits in the sockets to the core.
    void drain(const Clocks& clocks, Node& node, Actions& out);
    /// Carries out SendBeat and RelayBeat; other actions are not its affair.
    void send(const Action& action, Instant now);

    /// netmon's news: tells the core what changed in the local half, and opens a socket anew.
    void link_changed(const netmon::Change& change, Instant now, Node& node, Actions& out);
    /// Tries the sockets that could not be opened again, once a second each.
    void mend(Instant now, Node& node, Actions& out);
    /// What has changed in the local halves of disks: tells the core, and returns it for people.
    struct DiskNews {
        std::size_t path = 0;
        bool good = false;
        std::string reason;
    };
    std::vector<DiskNews> watch_disks(Instant now, Node& node, Actions& out);

    const Port& port(std::size_t path) const { return ports_[path]; }
    std::size_t size() const { return ports_.size(); }
    std::vector<netmon::Wanted> wanted() const;

    /// Datagrams refused before the core saw them, by reason.
    std::map<std::string, std::uint64_t> refused() const;

 private:
    struct Came {
        PathId path;
        const paths::Endpoint& from;
        Instant arrived;
        Instant now;
    };
    void open(std::size_t path, Instant now);
    void open_disk(Port& port, Instant now);
    void drain_disk(std::size_t path, Instant now, Node& node, Actions& out);
    void tell(std::size_t path, Instant now, Node& node, Actions& out) const;
    void take(std::span<const std::byte> datagram, const Came& came, Node& node, Actions& out);
    void meet_stranger(const Came& came, wire::KeyId key);
    void answer_stranger(const Came& came, wire::KeyId key);

    MemberId self_;
    RemovedAt removed_at_;
    Met met_;
    Instant stranger_answered_{};
    std::optional<wire::Dismissal> dismissal_;
    wire::Keyring keyring_;
    std::vector<Port> ports_;
    Beat beat_;  ///< decoded into again and again
    std::array<std::byte, wire::beat_bytes_max> bytes_{};
    std::array<std::uint64_t, wire::refusals> refused_{};
};

}  // namespace inquest::daemon
