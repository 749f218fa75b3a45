// What happens in the world, and what is expected of it: the timeline as data, names resolved.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim {

enum class Verb : std::uint8_t {
    start,        ///< powers a machine on, or starts the daemon of one that is on
    power_off,    ///< the machine has no power
    hang,         ///< its software stands still until it is started anew
    pause,        ///< its software stands still for a while: SIGSTOP, VM steal, suspend
    crash,        ///< its daemon dies; the keeper starts it again after a second
    stop,         ///< its daemon is told to stop, and says goodbye
    guard_crash,  ///< whoever knows of its guests dies, and is started again in a while
    invite,       ///< a machine is known as a member that may join
    join,         ///< a machine is made bare, invited where it is not, and begins to take part
    leave,        ///< a member asks for its own removal
    remove,       ///< a member is one no more
    reset,        ///< all that a machine knows of its cluster is gone: it is a bare one
    rekey,        ///< a new key for all
    maintenance,
    arm,
    disarm,
    confirm_off,  ///< a person says that a condemned machine is off
    release,      ///< a person says that a held condemnation waits for nobody
    fence_fails,  ///< a fence device of a machine does not answer
    fence_lies,   ///< it says that it has switched the machine off, and does nothing
    fence_slow,   ///< the fence devices of a machine take so much longer
    lose_disk,    ///< all that it has stored is gone: its next boot counts from one
    damage_disk,  ///< a block of its ledger is wrong: its next daemon refuses to start
    disk_stall,   ///< its disk writes nothing for a while
    lag,          ///< its daemon is scheduled late by up to so much, at random, from now on
    cut,          ///< nothing passes, and nobody is told
    heal,         ///< undoes cut, loss, delay, duplicate, reorder, corrupt and mtu
    switch_off,   ///< the switch loses power: nothing passes, and its links lose carrier
    switch_on,
    switch_hang,  ///< the switch passes nothing, its links keep carrier; switch-on mends it
    unplug,       ///< a node's own link: no carrier
    plug,
    loss,
    delay,
    duplicate,
    reorder,
    corrupt,
    mtu,         ///< larger packets are lost, and nobody is told
    drift,       ///< a node's time since boot runs fast or slow
    clock_step,  ///< a node's clock of day is set
    expect,      ///< what a node must say now
    never,       ///< what nobody may have said until now
    end,
};

/// Nodes are places in ClusterConfig::members, or whoever_leads.
using Nodes = std::vector<std::size_t>;

/// Stands for a node: the coordinator at that moment. The world puts its place there.
inline constexpr std::size_t whoever_leads = SIZE_MAX;

enum class Ways : std::uint8_t { one, both };

/// One line. Only the fields that its verb has mean anything.
struct Event {
    Duration when{};  ///< since the world began
    int line = 0;     ///< of the file; 0 where it was drawn
    Verb verb = Verb::end;
    Nodes nodes;  ///< whom it concerns; of a link the sending side; empty with `heal all`
    Nodes to;     ///< of a link: the receiving side
    Ways ways = Ways::one;
    std::vector<PathId> paths;  ///< empty: all
    std::string fate;           ///< a switch
    Duration length{};  ///< of pause, lag, delay, disk-stall, clock-step (which may be negative)
    std::size_t bytes = 0;        ///< of mtu: the largest IP packet that passes
    std::int64_t millionths = 0;  ///< loss and the like: of all datagrams; drift: ppm
    std::string word;  ///< of expect and never: what is said; of maintenance: on, off; of a fence:
                       ///< the device, empty: all
    std::optional<std::size_t> observer;  ///< of expect; nothing: everybody else

    friend bool operator==(const Event&, const Event&) = default;
};

/// In the order of `when`; those of one instant in the order of the file.
using Events = std::vector<Event>;

/// Does it set a condition of a wire, which `heal` undoes?
constexpr bool is_of_link(Verb verb) {
    return verb == Verb::cut || verb == Verb::loss || verb == Verb::delay ||
           verb == Verb::duplicate || verb == Verb::reorder || verb == Verb::corrupt ||
           verb == Verb::mtu;
}

/// Is it something that people ask of the cluster, rather than something that befalls it?
constexpr bool is_errand(Verb verb) {
    return verb == Verb::invite || verb == Verb::join || verb == Verb::leave ||
           verb == Verb::remove || verb == Verb::rekey || verb == Verb::maintenance ||
           verb == Verb::arm || verb == Verb::disarm || verb == Verb::confirm_off ||
           verb == Verb::release;
}

/// Is it something that happens to the world, rather than a question to it?
constexpr bool is_fault(Verb verb) {
    return verb != Verb::expect && verb != Verb::never && verb != Verb::end;
}

}  // namespace inquest::sim
