// [watchdog] of node.toml: what it becomes, each complaint of it, and whether it is within what
// the cluster allows.
#include "heartbeat/config/duration.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/core/duration_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::config {
namespace {

/// `[watchdog]` stands in line 2, what is written under it begins in line 3.
std::string node_toml(const std::string& written) {
    return "node = \"n1\"\n[watchdog]\n" + written;
}

/// `timing` is the inside of [timing], which begins in line 3.
std::string cluster_toml(const std::string& timing = "") {
    return "cluster = \"lab\"\n[timing]\n" + timing +
           "\n[[path]]\nname = \"lan-a\"\nkind = \"udp\"\nfate = \"sw-a\"\n"
           "[[path]]\nname = \"lan-b\"\nkind = \"udp\"\nfate = \"sw-b\"\n"
           "[[node]]\nname = \"n1\"\nid = 1\n"
           "address = {lan-a = \"192.0.2.1\", lan-b = \"198.51.100.1\"}\n"
           "[[node]]\nname = \"n2\"\nid = 2\n"
           "address = {lan-a = \"192.0.2.2\", lan-b = \"198.51.100.2\"}\n"
           "[[node]]\nname = \"n3\"\nid = 3\n"
           "address = {lan-a = \"192.0.2.3\", lan-b = \"198.51.100.3\"}\n";
}

/// One a line, so that a failed check shows them.
std::string complaints(const tl::expected<HostConfig, Complaints>& read) {
    std::string joined;
    for (const Complaint& complaint : read ? read->warnings : read.error())
        joined += to_string(complaint) + "\n";
    return joined;
}

std::string complaints(const std::string& node, const std::string& cluster) {
    return complaints(read({node, cluster}));
}

/// A path of so many bytes.
std::string path_of(std::size_t bytes) { return "/" + std::string(bytes - 1, 'd'); }

const std::string mux = "device = \"watchdog-mux\"\n";
const std::string device = "device = \"/dev/watchdog\"\n";

TEST_SUITE("config watchdog") {
    TEST_CASE("a sound [watchdog] becomes what the node opens") {
        struct Row {
            std::string why;
            std::string written;
            std::string timing;
            WatchdogConfig expect;
        };
        const Row rows[] = {
            {"a device, and no more said of it", device, "", {.path = "/dev/watchdog"}},
            {"a name of any length that the keeper can be told",
             "device = \"" + path_of(100) + "\"\n",
             "",
             {.path = path_of(100)}},
            {"a machine that takes its time to reset",
             device + "reset_time = \"2s\"\n",
             "",
             {.path = "/dev/watchdog", .reset_time = 2s}},
            {"longer, where the cluster waits longer",
             device + "reset_time = \"2500ms\"\n",
             "watchdog = \"11s\"\n",
             {.path = "/dev/watchdog", .reset_time = 2500ms}},
            {"a person takes it for sound",
             device + "trusted_because = \"tested on 2026-11-20\"\n",
             "",
             {.path = "/dev/watchdog", .trusted_because = "tested on 2026-11-20"}},
            {"watchdog-mux as Proxmox VE has it",
             mux,
             "watchdog = \"141s\"\n",
             {.door = WatchdogDoor::mux,
              .path = "/run/watchdog-mux.sock",
              .client_timeout = 60s,
              .device_timeout = 10s}},
            {"one that was built otherwise",
             mux + "socket = \"/run/mux\"\nclient_timeout = \"20s\"\ndevice_timeout = \"5s\"\n"
                   "reset_time = \"2s\"\n",
             "watchdog = \"52s\"\n",
             {.door = WatchdogDoor::mux,
              .path = "/run/mux",
              .reset_time = 2s,
              .client_timeout = 20s,
              .device_timeout = 5s}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const auto config = read({node_toml(row.written), cluster_toml(row.timing)});
            CHECK(complaints(config) == "");
            REQUIRE(config);
            REQUIRE(config->watchdog.has_value());
            CHECK(*config->watchdog == row.expect);
        }
    }

    TEST_CASE("a node without one opens none, and the cluster is the same with and without") {
        const auto without = read({std::string("node = \"n1\"\n"), cluster_toml()});
        REQUIRE(without);
        CHECK_FALSE(without->watchdog.has_value());
        const auto with = read({node_toml(device), cluster_toml()});
        REQUIRE(with);
        CHECK(with->cluster.hash == without->cluster.hash);
        const auto alone = read_cluster_alone(cluster_toml());
        REQUIRE(alone);
        CHECK_FALSE(alone->watchdog.has_value());
    }

    TEST_CASE("each mistake is named with its place and its remedy") {
        struct Row {
            std::string why;
            std::string written;
            std::string expect;
        };
        const std::string no_path =
            "is neither a path nor \"watchdog-mux\": write it as in \"/dev/watchdog\"\n";
        const std::string of_mux =
            "is of watchdog-mux alone: remove it, or write device = \"watchdog-mux\"\n";
        const Row rows[] = {
            {"an empty table", "",
             "node.toml:2: watchdog.device: is missing: write device = \"/dev/watchdog\", or "
             "\"watchdog-mux\" where that owns the device\n"},
            {"which device?", "reset_time = \"1s\"\n",
             "node.toml:2: watchdog.device: is missing: write device = \"/dev/watchdog\", or "
             "\"watchdog-mux\" where that owns the device\n"},
            {"relative to what?", "device = \"watchdog0\"\n",
             "node.toml:3: watchdog.device: " + no_path},
            {"no name", "device = \"\"\n", "node.toml:3: watchdog.device: " + no_path},
            {"almost watchdog-mux", "device = \"watchdog_mux\"\n",
             "node.toml:3: watchdog.device: " + no_path},
            {"too long a name", "\ndevice = \"" + path_of(101) + "\"\n",
             "node.toml:4: watchdog.device: " + no_path},
            {"a number", "device = 0\n",
             "node.toml:3: watchdog.device: is a whole number and must be a string: write it in "
             "quotes\n"},
            {"a misspelt key", device + "reset_tme = \"2s\"\n",
             "node.toml:4: watchdog.reset_tme: is not known: did you mean `reset_time`?\n"},
            {"a key of something else", device + "magic_close = true\n",
             "node.toml:4: watchdog.magic_close: is not known: remove it, or use one of: device, "
             "socket, reset_time, client_timeout, device_timeout, trusted_because\n"},
            {"a device has no socket", device + "socket = \"/run/watchdog-mux.sock\"\n",
             "node.toml:4: watchdog.socket: " + of_mux},
            {"a device has no clients", device + "client_timeout = \"60s\"\n",
             "node.toml:4: watchdog.client_timeout: " + of_mux},
            {"its own timeout follows from the cluster's", device + "device_timeout = \"10s\"\n",
             "node.toml:4: watchdog.device_timeout: " + of_mux},
            {"all of them",
             "device_timeout = \"10s\"\n" + device +
                 "socket = \"/run/mux\"\nclient_timeout = \"60s\"\n",
             "node.toml:3: watchdog.device_timeout: " + of_mux + "node.toml:5: watchdog.socket: " +
                 of_mux + "node.toml:6: watchdog.client_timeout: " + of_mux},
            {"a length without a unit", device + "reset_time = \"2\"\n",
             "node.toml:4: watchdog.reset_time: \"2\" has no unit: write a number with its unit "
             "(ms, s, m, h), such as \"100ms\" or \"2.5s\"\n"},
            {"a reason is words", device + "trusted_because = true\n",
             "node.toml:4: watchdog.trusted_because: is true or false and must be a string: write "
             "it "
             "in quotes\n"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(complaints(node_toml(row.written), cluster_toml()) == row.expect);
        }
        CHECK(complaints("node = \"n1\"\nwatchdog = \"/dev/watchdog\"\n", cluster_toml()) ==
              "node.toml:2: watchdog: is a string and must be a table: write it as [watchdog]\n");
    }

    TEST_CASE("the socket of watchdog-mux is a path that fits into a socket's name, or refused") {
        const std::string timing = "watchdog = \"141s\"\n";
        struct Row {
            std::string socket;
            bool is_sound;
        };
        const Row rows[] = {{path_of(100), true}, {path_of(101), false}, {"run/mux", false}};
        for (const Row& row : rows) {
            CAPTURE(row.socket);
            const auto config =
                read({node_toml(mux + "socket = \"" + row.socket + "\"\n"), cluster_toml(timing)});
            CHECK(config.has_value() == row.is_sound);
            if (config) continue;
            REQUIRE(config.error().size() == 1);
            CHECK(config.error()[0].file == "node.toml");
        }
    }

    TEST_CASE("a watchdog that is later than the cluster allows is refused") {
        struct Row {
            std::string why;
            std::string written;
            std::string watchdog;  ///< of cluster.toml, as a person sees it
            Duration least;        ///< that would do
        };
        const Row rows[] = {
            {"watchdog-mux feeds on for a minute", mux, "10s", 141s},
            {"a second short", mux, "140s", 141s},
            {"half of one, twice", mux + "client_timeout = \"60.5s\"\n", "141s", 142s},
            {"slower to reset", mux + "reset_time = \"1.5s\"\n", "141s", 141500ms},
            {"its device counts longer", mux + "device_timeout = \"11s\"\n", "141s", 143s},
            {"no whole second is left to a device", device + "reset_time = \"4s\"\n", "5s", 6s},
            {"almost one is", device + "reset_time = \"3001ms\"\n", "5s", 5001ms},
            {"the reset takes it all", device + "reset_time = \"10s\"\n", "10s", 12s},
            {"and more", device + "reset_time = \"1m\"\n", "10s", 62s},
        };
        const auto cluster = [](const std::string& watchdog) {
            return cluster_toml("restart_grace = \"500ms\"\nwatchdog = \"" + watchdog + "\"\n");
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const std::string node = node_toml(row.written);
            const Duration allowed = parse_duration(row.watchdog).value();
            CHECK(complaints(node, cluster(row.watchdog)) ==
                  "node.toml:3: watchdog.device: cannot reset this node within " + text(allowed) +
                      " of its last lease, as `watchdog` of cluster.toml asks: it needs " +
                      duration_text(row.least) + ": set `watchdog` to " + duration_text(row.least) +
                      " or more, or name another device\n");
            CHECK(complaints(node, cluster(duration_text(row.least))) == "");
            CHECK(complaints(node, cluster(duration_text(row.least - 1ms))) != "");
        }
    }

    TEST_CASE("a device that would fire while a daemon is excused is refused") {
        struct Row {
            std::string why;
            std::string reset_time;
            std::string timing;
            std::string refused;  ///< why; empty: it is not
        };
        const Row rows[] = {
            {"4 s, a second more than the excuse", "2s", "", ""},
            {"a part of a second less for it is a whole one less for a device", "2001ms", "",
             "3s, which is not above restart_grace (3s)"},
            {"less still", "4.5s", "", "2s, which is not above restart_grace (3s)"},
            {"a shorter excuse", "4.5s", "restart_grace = \"1999ms\"\n", ""},
            {"a longer watchdog", "4.5s", "watchdog = \"12.5s\"\n", ""},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const std::string written = device + "reset_time = \"" + row.reset_time + "\"\n";
            const std::string expect =
                row.refused.empty()
                    ? ""
                    : "node.toml:3: watchdog.device: fires after " + row.refused +
                          ": it would reset a node whose daemon is excused: set `watchdog` in "
                          "cluster.toml higher, or reset_time lower\n";
            CHECK(complaints(node_toml(written), cluster_toml(row.timing)) == expect);
        }
    }

    TEST_CASE("without a cluster.toml only what node.toml says by itself is judged") {
        const Complaint missing{Severity::error, "cluster.toml", 0, "", "is not there", "make it"};
        CHECK(complaints(read({node_toml(mux), tl::unexpected(missing)})) ==
              "cluster.toml: is not there: make it\n");
        CHECK(complaints(read({node_toml("device = \"x\"\n"), tl::unexpected(missing)})) ==
              "node.toml:3: watchdog.device: is neither a path nor \"watchdog-mux\": write it as "
              "in \"/dev/watchdog\"\ncluster.toml: is not there: make it\n");
    }

    TEST_CASE("within so long of the last feed the machine is reset") {
        struct Row {
            std::string why;
            WatchdogConfig watchdog;
            Duration allowed;
            std::optional<Duration> expect;
        };
        const auto of_device = [](Duration reset_time) {
            return WatchdogConfig{.path = "/dev/watchdog", .reset_time = reset_time};
        };
        const auto of_mux = [](Duration client, Duration timeout) {
            return WatchdogConfig{.door = WatchdogDoor::mux,
                                  .path = "/run/mux",
                                  .client_timeout = client,
                                  .device_timeout = timeout};
        };
        const Row rows[] = {
            {"twice 4 s and the reset", of_device(1s), 10s, 9s},
            {"twice 4 s, the next whole second is too much", of_device(1s), 11s - 1ns, 9s},
            {"twice 5 s", of_device(1s), 11s, 11s},
            {"a device counts one second at least", of_device(3s), 5s, 5s},
            {"none can", of_device(3s + 1ns), 5s, std::nullopt},
            {"nothing is left to count", of_device(10s), 10s, std::nullopt},
            {"less than nothing is", of_device(20s), 10s, std::nullopt},
            {"a reset that takes no time", of_device(0s), 2s, 2s},
            {"watchdog-mux is as it is, whatever is allowed", of_mux(60s, 10s), 10s, 141s},
            {"the same under more", of_mux(60s, 10s), 1h, 141s},
            {"another one", of_mux(20s, 2s), 10s, 45s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Timing timing;
            timing.watchdog = row.allowed;
            const auto within = reset_within(row.watchdog, timing);
            CHECK((within == row.expect));
            if (row.watchdog.door == WatchdogDoor::device && within) CHECK(*within <= row.allowed);
        }
    }
}

}  // namespace
}  // namespace inquest::config
