// Writes the first inputs of fuzz_keeper_line: `keeper_line_seeds FOLDER`. Run it again when a
// format changes.
#include "heartbeat/wire/testament.hpp"
#include "heartbeat/wire/watchdog_line.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

namespace {

using namespace inquest;
using namespace inquest::wire;
using namespace std::chrono_literals;

Testament testament() {
    Will will{.self = MemberId(3),
              .incarnation = Incarnation(5),
              .session = Session(2),
              .boot_tag = 77,
              .config_hash = 7,
              .beat_interval = 100ms,
              .restart_grace = 3s,
              .paths = 2};
    for (const PathId path : {PathId(0), PathId(1)}) will.speaks_on.push_back(path);
    for (const MemberId peer : {MemberId(1), MemberId(2)}) will.peers.push_back(peer);
    Testament left{.will = will, .cluster = cluster_tag("fuzz"), .key_id = KeyId(4)};
    left.ways = {{PathId(0), "eth0", "192.0.2.3", 7740, {"192.0.2.1", "192.0.2.2"}},
                 {PathId(1), "eth1", "2001:db8::3", 7741, {"2001:db8::1"}}};
    return left;
}

bool write(const std::filesystem::path& file, const Bytes& bytes) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    return out.good();
}

bool write_all(const std::filesystem::path& folder) {
    const OpenWatchdog device{.path = "/dev/watchdog",
                              .timeout = 4s,
                              .reset_time = 1s,
                              .mark = "/run/mark",
                              .boot_id = "b"};
    const OpenWatchdog mux{.door = WatchdogDoor::mux,
                           .path = "/run/watchdog-mux.sock",
                           .timeout = 10s,
                           .reset_time = 1s,
                           .behind = 60s,
                           .trusted_because = "tested",
                           .mark = "/run/mark",
                           .boot_id = "b"};
    const WatchdogIsOpen is_open{.kind = WatchdogKind::shared,
                                 .timeout = 10s,
                                 .identity = "watchdog-mux",
                                 .reset_time = 1s,
                                 .behind = 60s,
                                 .trusted_because = "tested"};
    return write(folder / "open_device", encode(WatchdogOrder(device))) &&
           write(folder / "open_mux", encode(WatchdogOrder(mux))) &&
           write(folder / "close", encode(WatchdogOrder(CloseWatchdog{}))) &&
           write(folder / "is_open", encode(WatchdogNews(is_open))) &&
           write(folder / "refused", encode(WatchdogNews(WatchdogRefused{"it is in use"}))) &&
           write(folder / "testament", encode(testament())) &&
           write(folder / "no_testament", encode(std::optional<Testament>())) &&
           write(folder / "last_word", {last_word});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: keeper_line_seeds FOLDER\n");
        return 2;
    }
    if (!write_all(argv[1])) {
        std::fprintf(stderr,
                     "keeper_line_seeds: %s: cannot write there: give a folder that exists\n",
                     argv[1]);
        return 1;
    }
    return 0;
}
