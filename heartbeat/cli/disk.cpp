// inquest disk init, inquest disk status: the shared disk of a disk path, without inquestd.
//
// init writes over the first 516 KiB of a disk, so it first looks for what may be lost by that: a
// signature, another cluster's header, slots that somebody writes. What is there has to be
// confirmed; what is in use is refused.
#include "heartbeat/cli/confirming.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/disk_device.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/run.hpp"
#include "heartbeat/cli/table.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/binary_text.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

namespace inquest::cli {
namespace {

using namespace std::chrono_literals;

/// Between two reads that tell whether a slot is written. Nobody beats less often than at 10 s, but
/// for that only a warning would help.
constexpr auto between_reads = 1s;

struct Target {
    std::string device;
    std::optional<config::HostConfig> config;  ///< where the files can be read
};

/// What was typed is a device, or the name of a path of kind disk that node.toml has one for.
Or<Target> target_of(const Command& command) {
    const std::string& typed = command.life.file;
    Target target;
    if (auto read = config::read_folder(command.etc)) target.config = std::move(*read);
    if (typed.find('/') != std::string::npos) {
        target.device = typed;
        return target;
    }
    const auto refuse = [&](std::string why, std::string remedy) {
        return tl::unexpected(
            wire::ErrorReply{{"no disk", std::move(why), std::move(remedy)}, wire::Exit::failed});
    };
    if (!target.config)
        return refuse("the files of this node cannot be read, so " + typed + " says nothing",
                      "give the device itself, such as /dev/disk/by-id/...");
    const auto& paths = target.config->cluster.paths;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (paths[i].name != typed) continue;
        target.device = target.config->device(PathId(static_cast<std::uint8_t>(i)));
        if (target.device.empty())
            return refuse("node.toml names no device for " + typed, "add it under [device] there");
        return target;
    }
    return refuse("there is no path " + typed, "give the name of a disk path, or a device");
}

wire::ErrorReply failure(const wire::Complaint& complaint) {
    return {complaint, wire::Exit::failed};
}

wire::ErrorReply unreadable(const std::string& device) {
    return {{device, std::string("it cannot be read: ") + std::strerror(errno),
             "look at the kernel's log"},
            wire::Exit::failed};
}

using Marks = std::array<wire::DiskSlotMark, wire::disk_slots + 1>;

Marks marks_of(const DiskDevice& disk) {
    Marks marks{};
    for (std::size_t slot = 1; slot < marks.size(); ++slot)
        marks[slot] = wire::mark_of(disk.block(slot));
    return marks;
}

/// Reads the disk again a second later. Result: [slot], does somebody write it?
std::optional<std::array<bool, wire::disk_slots + 1>> written_slots(DiskDevice& disk) {
    const Marks before = marks_of(disk);
    std::this_thread::sleep_for(between_reads);
    if (!disk.read()) return std::nullopt;
    const Marks after = marks_of(disk);
    std::array<bool, wire::disk_slots + 1> written{};
    for (std::size_t slot = 1; slot < written.size(); ++slot)
        written[slot] = before[slot] != after[slot];
    return written;
}

// ---- init --------------------------------------------------------------------------------------

/// What would be lost, in words; empty where nothing is there.
std::string loss(const DiskDevice& disk) {
    const auto header = wire::decode_disk_header(disk.block(0));
    if (header) return fmt::format("the disk of cluster {}", header->cluster);
    if (header.error() == wire::DiskRefusal::version) return "a disk of another version of Inquest";
    if (header.error() == wire::DiskRefusal::torn || header.error() == wire::DiskRefusal::malformed)
        return "a disk of Inquest with a damaged header";
    return content_of(std::span(disk.block(0).data(), wire::disk_bytes));
}

std::string cluster_of(const Command& command, const Target& target) {
    if (!command.life.cluster.empty()) return command.life.cluster;
    return target.config ? target.config->cluster.name : "";
}

}  // namespace

wire::Exit run_disk_init(const Command& command) {
    const auto target = target_of(command);
    if (!target) return refused(target.error());
    wire::DiskHeader header{.cluster = cluster_of(command, *target)};
    if (header.cluster.empty())
        return refused("the disk is as it was", "the files of this node do not say which cluster",
                       "give its name with --cluster", wire::Exit::usage);
    ::randombytes_buf(header.number.data(), header.number.size());

    auto disk = DiskDevice::open(target->device, DiskDevice::For::setting_up);
    if (!disk) return refused(failure(disk.error()));
    header.sector_bytes = disk->sector_bytes();
    if (!wire::sound(header))
        return refused("the disk is as it was", "\"" + header.cluster + "\" is no cluster's name",
                       "write 1 to 63 letters, digits and dashes", wire::Exit::usage);
    if (!disk->read()) return refused(unreadable(target->device));
    if (const std::string there = loss(*disk); !there.empty()) {
        const auto written = written_slots(*disk);
        if (!written) return refused(unreadable(target->device));
        for (std::size_t slot = 1; slot < written->size(); ++slot) {
            if ((*written)[slot])
                return refused("the disk is as it was",
                               fmt::format("slot-{} of it is written right now", slot),
                               "stop inquestd on every node that uses it");
        }
        say(fmt::format("{} holds {}.\n", target->device, there));
        if (!command.life.yes &&
            !is_typed("Its first 516 KiB would be written over. Type the name of the device if "
                      "that is so: ",
                      target->device))
            return refused("the disk is as it was", "another name was typed",
                           "type " + target->device + ", or give --yes");
    }
    if (!disk->set_up(header))
        return refused(target->device, std::string("it cannot be written: ") + std::strerror(errno),
                       "look at the kernel's log, then give the same command again");
    say(
        fmt::format("{} is set up for cluster {}; inquestd takes it up by itself where node.toml "
                    "names it.\n",
                    target->device, header.cluster));
    return wire::Exit::healthy;
}

// ---- status ------------------------------------------------------------------------------------

namespace {

/// The slot's own beat. `authentic` is null where the keys cannot be read here.
Json beat_json(const wire::DiskSlot& slot, const std::optional<wire::Keyring>& keyring) {
    Json found = nullptr;
    Beat beat;
    slot.each([&](std::span<const std::byte> datagram) {
        if (!found.is_null() || !keyring) return;
        const auto decoded = wire::decode(datagram, *keyring, beat);
        if (!decoded) {
            found = {{"refused", word(decoded.error())}};
            return;
        }
        found = {{"sender", beat.sender.value},
                 {"incarnation", beat.incarnation.value},
                 {"session", beat.session.value},
                 {"sequence", beat.sequence.value},
                 {"goodbye", beat.goodbye}};
    });
    return found;
}

std::string member_name(const Target& target, MemberId id) {
    if (!target.config) return "";
    for (const MemberConfig& member : target.config->cluster.members) {
        if (member.id == id) return member.name;
    }
    return "";
}

std::optional<wire::Keyring> keyring_of(const Command& command, const std::string& cluster) {
    config::Text text = config::read_keys(command.etc);
    if (!text) return std::nullopt;
    auto keyring = wire::parse_keys(*text, wire::cluster_tag(cluster));
    wire::wipe(*text);
    if (!keyring) return std::nullopt;
    return std::move(*keyring);
}

Json slot_json(const Target& target, const DiskDevice& disk, std::size_t place, bool written,
               const std::optional<wire::Keyring>& keyring) {
    const auto slot = wire::decode_disk_slot(disk.block(place));
    Json said = {{"slot", place}, {"written", written}};
    if (!slot) {
        said["refused"] = word(slot.error());
        return said;
    }
    said["owner"] = slot->owner().value;
    said["name"] = member_name(target, slot->owner());
    said["write"] = slot->number();
    said["beat"] = beat_json(*slot, keyring);
    return said;
}

std::string beat_text(const Json& slot) {
    if (slot.contains("refused")) return text_of(slot, "refused");
    const Json& beat = slot.at("beat");
    if (beat.is_null()) return "not checked: no keys here";
    if (beat.contains("refused")) return "refused: " + text_of(beat, "refused");
    return fmt::format("{}.{} number {}{}", text_of(beat, "incarnation"), text_of(beat, "session"),
                       text_of(beat, "sequence"), flag_of(beat, "goodbye") ? ", goodbye" : "");
}

std::string disk_text(const Screen& screen, const Json& status) {
    std::string text = fmt::format("{}  cluster {}, sectors of {} bytes, number {}\n",
                                   text_of(status, "device"), text_of(status, "cluster"),
                                   text_of(status, "sector_bytes"), text_of(status, "number"));
    Column places{"  slot", {}}, owners{"member", {}}, states{"within 1s", {}}, beats{"beat", {}};
    for (const Json& slot : list_of(status, "slots")) {
        places.cells.push_back("  " + text_of(slot, "slot"));
        const std::string name = text_of(slot, "name");
        owners.cells.push_back(
            name.empty() && slot.contains("owner") ? "member-" + text_of(slot, "owner") : name);
        states.cells.push_back(flag_of(slot, "written") ? "written" : "silent");
        beats.cells.push_back(beat_text(slot));
    }
    if (places.cells.empty()) return text + "  no slot was ever written\n";
    return text + table(screen, {places, owners, states, beats});
}

}  // namespace

wire::Exit run_disk_status(const Command& command) {
    const auto target = target_of(command);
    if (!target) return refused(target.error());
    auto disk = DiskDevice::open(target->device, DiskDevice::For::reading);
    if (!disk) return refused(failure(disk.error()));
    if (!disk->read()) return refused(unreadable(target->device));
    const auto header = wire::decode_disk_header(disk->block(0));
    if (!header) {
        const std::string there = loss(*disk);
        return refused(target->device, there.empty() ? "not set up" : "it holds " + there,
                       there.empty() ? "run `inquest disk init`" : "is it another disk?");
    }
    const auto written = written_slots(*disk);
    if (!written) return refused(unreadable(target->device));
    const auto keyring = keyring_of(command, header->cluster);
    Json status = {{"device", target->device},
                   {"cluster", header->cluster},
                   {"number", wire::hex(header->number)},
                   {"sector_bytes", header->sector_bytes},
                   {"slots", Json::array()}};
    for (std::size_t slot = 1; slot <= wire::disk_slots; ++slot) {
        const auto read = wire::decode_disk_slot(disk->block(slot));
        if (!read && read.error() == wire::DiskRefusal::empty) continue;
        status["slots"].push_back(slot_json(*target, *disk, slot, (*written)[slot], keyring));
    }
    print(command.json ? line(status) + "\n" : disk_text(screen_here(), status));
    return wire::Exit::healthy;
}

}  // namespace inquest::cli
