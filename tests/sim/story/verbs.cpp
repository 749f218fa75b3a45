#include "tests/sim/story/verbs.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>
#include <array>

namespace inquest::sim {
namespace {

constexpr VerbEntry there(std::string_view word, Verb verb, Shape shape, std::string_view arguments,
                          std::string_view help) {
    return {word, arguments, help, shape, verb, {}};
}

constexpr VerbEntry waits(std::string_view word, std::string_view room, std::string_view arguments,
                          std::string_view help) {
    return {word, arguments, help, Shape::nothing, std::nullopt, room};
}

constexpr std::string_view guard = "the VM guard";

constexpr std::array entries{
    there("start", Verb::start, Shape::nodes, "NODE...",
          "powers a machine on, or starts the daemon of one that is on"),
    there("power-off", Verb::power_off, Shape::nodes, "NODE...", "the machine has no power"),
    there("hang", Verb::hang, Shape::nodes, "NODE...",
          "its software stands still until it is started anew"),
    there("pause", Verb::pause, Shape::nodes_length, "NODE... DURATION",
          "its software stands still for a while"),
    there("crash", Verb::crash, Shape::nodes, "NODE...",
          "its daemon dies; the keeper starts it again after a second"),
    there("stop", Verb::stop, Shape::nodes, "NODE...",
          "its daemon is told to stop, and says goodbye"),
    there("guard-crash", Verb::guard_crash, Shape::nodes, "NODE...",
          "the guard of its guests dies; it is started again after five seconds"),
    there(
        "lose-disk", Verb::lose_disk, Shape::nodes, "NODE...",
        "all that it has stored is gone: its next boot counts from one, and a voter votes no more"),
    there("fence-fails", Verb::fence_fails, Shape::node_device, "NODE [DEVICE]",
          "its fence device does not answer any more, or all of them"),
    there("fence-lies", Verb::fence_lies, Shape::node_device, "NODE [DEVICE]",
          "its fence device says that it is off, and does nothing"),
    there("fence-slow", Verb::fence_slow, Shape::nodes_length, "NODE... DURATION",
          "its fence devices take so much longer"),
    there("damage-disk", Verb::damage_disk, Shape::nodes, "NODE...",
          "a block of its ledger is wrong: its next daemon does not start until the node is reset"),
    there("disk-stall", Verb::disk_stall, Shape::nodes_length, "NODE... DURATION",
          "its disk writes nothing for a while"),
    there("lag", Verb::lag, Shape::nodes_length, "NODE... DURATION",
          "its daemon is scheduled late by up to so much, at random, from now on"),
    there("cut", Verb::cut, Shape::link, "A -> B [PATH...]", "nothing passes, and nobody is told"),
    there("heal", Verb::heal, Shape::link_or_all, "A -> B [PATH...]",
          "undoes cut, loss, delay, duplicate, reorder, corrupt and mtu; `heal all` mends every "
          "wire, "
          "switch and plug"),
    there("switch-off", Verb::switch_off, Shape::fate, "FATE",
          "the switch loses power: nothing passes, and its links lose carrier"),
    there("switch-on", Verb::switch_on, Shape::fate, "FATE", "the switch works again"),
    there("switch-hang", Verb::switch_hang, Shape::fate, "FATE",
          "the switch passes nothing, its links keep carrier"),
    there("unplug", Verb::unplug, Shape::nodes_paths, "NODE... PATH...",
          "the node's own link has no carrier"),
    there("plug", Verb::plug, Shape::nodes_paths, "NODE... PATH...", "it has carrier again"),
    there("loss", Verb::loss, Shape::link_share, "A -> B PATH... PERCENT",
          "so many datagrams are lost"),
    there("delay", Verb::delay, Shape::link_length, "A -> B PATH... DURATION",
          "datagrams take so much longer"),
    there("duplicate", Verb::duplicate, Shape::link_share, "A -> B PATH... PERCENT",
          "so many datagrams come twice"),
    there("reorder", Verb::reorder, Shape::link_share, "A -> B PATH... PERCENT",
          "so many datagrams come after later ones"),
    there("corrupt", Verb::corrupt, Shape::link_share, "A -> B PATH... PERCENT",
          "so many datagrams come damaged"),
    there("mtu", Verb::mtu, Shape::link_bytes, "A -> B PATH... BYTES",
          "larger packets are lost, and nobody is told"),
    there("drift", Verb::drift, Shape::nodes_rate, "NODE... [-]PPM",
          "its time since boot runs fast or slow by so many millionths"),
    there("clock-step", Verb::clock_step, Shape::nodes_step, "NODE... [-]DURATION",
          "its clock of day is set forward or back"),
    there("invite", Verb::invite, Shape::nodes, "NODE...",
          "a member asks the cluster to let this machine join"),
    there("join", Verb::join, Shape::nodes, "NODE...",
          "the machine is made bare, invited where it is not, and its daemon begins as a member"),
    there("leave", Verb::leave, Shape::nodes, "NODE...", "a member asks to be removed itself"),
    there("remove", Verb::remove, Shape::nodes, "NODE...",
          "another member asks the cluster to remove it"),
    there("reset", Verb::reset, Shape::nodes, "NODE...",
          "all that the machine knows of its cluster goes; the cluster is not told"),
    there("rekey", Verb::rekey, Shape::nothing, "", "a member asks for a new key"),
    there("maintenance", Verb::maintenance, Shape::nodes_switch, "NODE... on|off",
          "a member asks that the node give its guests away, or that it may have them"),
    there("arm", Verb::arm, Shape::nothing, "", "a member asks that the cluster may act"),
    there("disarm", Verb::disarm, Shape::nothing, "", "a member asks that it only watch"),
    there("confirm-off", Verb::confirm_off, Shape::nodes, "NODE...",
          "a person says that the condemned machine is off"),
    there("release", Verb::release, Shape::nodes, "NODE...",
          "a person says that the held condemnation waits for nobody any more"),
    there("expect", Verb::expect, Shape::expect, "[OBSERVER:]NODE... WORD",
          "what must be said of a node now"),
    there("never", Verb::never, Shape::never, "NODE... WORD",
          "what nobody may have said of a node until now"),
    there("end", Verb::end, Shape::nothing, "", "the run ends"),

    waits("libvirt-hang", guard, "NODE DURATION", "libvirt answers nothing for a while"),
};

template <typename Is>
const VerbEntry* find(Is&& is) {
    const auto found = std::find_if(entries.begin(), entries.end(), is);
    return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::span<const VerbEntry> verbs() { return entries; }

const VerbEntry* find_verb(std::string_view word) {
    return find([&](const VerbEntry& entry) { return entry.word == word; });
}

const VerbEntry& entry_of(Verb verb) {
    const VerbEntry* entry = find([&](const VerbEntry& each) { return each.verb == verb; });
    INQUEST_ASSERT(entry != nullptr);
    return *entry;
}

}  // namespace inquest::sim
