// The small pure parts of the configuration: lengths of time, addresses, suggestions, placement.
#include "heartbeat/config/address.hpp"
#include "heartbeat/config/duration.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/config/here.hpp"
#include "heartbeat/config/suggestion.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdlib.h>
#include <string>
#include <sys/stat.h>

namespace inquest::config {
namespace {

TEST_SUITE("config parts") {
    TEST_CASE("a length of time is a number with its unit") {
        struct Row {
            std::string written;
            std::optional<Duration> expect;
        };
        const Row rows[] = {
            {"10ms", 10ms},
            {"2.5s", 2500ms},
            {"3m", 3min},
            {"1h", 1h},
            {"0s", 0s},
            {"0.5ms", 500us},
            {"1.000000001s", 1000000001ns},
            {"8784h", duration_max},
            {"8785h", std::nullopt},
            {"100", std::nullopt},
            {"", std::nullopt},
            {"ms", std::nullopt},
            {"-1s", std::nullopt},
            {"+1s", std::nullopt},
            {"1 s", std::nullopt},
            {"1.s", std::nullopt},
            {".5s", std::nullopt},
            {"1d", std::nullopt},
            {"1S", std::nullopt},
            {"1ss", std::nullopt},
            {"99999999999999999999s", std::nullopt},
            {"1e3ms", std::nullopt},
        };
        for (const Row& row : rows) {
            CAPTURE(row.written);
            const auto parsed = parse_duration(row.written);
            CHECK(parsed.has_value() == row.expect.has_value());
            if (parsed && row.expect) CHECK(*parsed == *row.expect);
        }
    }

    TEST_CASE("an address is one host's own") {
        struct Row {
            std::string written;
            const char* expect;  ///< canonical; empty: refused
        };
        const Row rows[] = {
            {"192.0.2.1", "192.0.2.1"},
            {"2001:0DB8:0:0::1", "2001:db8::1"},
            {"127.0.0.1", "127.0.0.1"},
            {"223.255.255.255", "223.255.255.255"},
            {"224.0.0.1", ""},
            {"255.255.255.255", ""},
            {"0.0.0.0", ""},
            {"::", ""},
            {"ff02::1", ""},
            {"fe80::1", ""},
            {"::ffff:192.0.2.1", ""},
            {"192.0.2.1/24", ""},
            {"192.0.2.1:7740", ""},
            {"n1.example", ""},
            {"192.0.2", ""},
            {"", ""},
            {"slot-1", "slot-1"},
            {"slot-64", "slot-64"},
            {"slot-0", ""},
            {"slot-65", ""},
            {"slot-01", ""},
            {"slot-", ""},
            {"slot-1 ", ""},
            {"slot--1", ""},
            {"slot-70000", ""},
        };
        for (const Row& row : rows) {
            CAPTURE(row.written);
            const auto address = parse_address(row.written);
            CHECK((address ? address->text : "") == row.expect);
        }
        CHECK_FALSE(parse_address(std::string_view("192.0.2.1\0x", 11)));
    }

    TEST_CASE("a slot is a place on a disk, and an IP address is one on any other path") {
        const Address ip = *parse_address("192.0.2.1"), slot = *parse_address("slot-7");
        CHECK(slot_of(slot) == 7);
        for (const PathKind kind : {PathKind::udp, PathKind::l2, PathKind::rdma}) {
            CHECK_FALSE(misfit(ip, kind));
            CHECK(misfit(slot, kind));
        }
        CHECK_FALSE(misfit(slot, PathKind::disk));
        CHECK(misfit(ip, PathKind::disk));
    }

    TEST_CASE("a slip of the fingers gets a suggestion") {
        CHECK(edit_distance("", "abc") == 3);
        CHECK(edit_distance("kitten", "sitting") == 3);
        CHECK(edit_distance("paht", "path") == 1);
        CHECK(nearest("beat_intervall", {"beat_interval", "boot_grace"}) == "beat_interval");
        CHECK(nearest("beat", {"beat_interval", "boot_grace"}) == "");
        CHECK(nearest("xyz", {"off"}) == "");
        CHECK(suggestion("frobnicate", {"name", "id"}) == "use one of: name, id");
    }

    HostConfig two_nodes(const std::string& interface) {
        HostConfig config;
        config.cluster.name = "lab";
        config.cluster.paths = {{"lan-a", PathKind::udp, "sw-a", Switched::on},
                                {"lan-b", PathKind::udp, "sw-b", Switched::on}};
        MemberConfig n1, n2;
        n1.id = MemberId(1);
        n1.name = "n1";
        n2.id = MemberId(2);
        n2.name = "n2";
        config.cluster.members = {n1, n2};
        config.self = MemberId(1);
        config.self_line = 1;
        config.interfaces = {{interface, 4}, {"", 0}};
        const auto on = [&](int member, int path, const char* address, int line) {
            config.endpoints.push_back({MemberId(static_cast<std::uint16_t>(member)),
                                        PathId(static_cast<std::uint8_t>(path)),
                                        {address, Family::ipv4},
                                        line,
                                        "node.1.address.lan-a"});
        };
        on(1, 0, "192.0.2.1", 20);
        on(1, 1, "198.51.100.1", 21);
        on(2, 0, "192.0.2.2", 30);
        return config;
    }

    TEST_CASE("an address belongs on an interface of this host") {
        struct Row {
            std::string why;
            const char* interface;
            std::vector<LocalAddress> here;
            std::vector<std::string> expect;
        };
        const LocalAddress b{"eth1", "198.51.100.1"};
        const Row rows[] = {
            {"all in place", "", {{"eth0", "192.0.2.1"}, b}, {}},
            {"on the named interface", "eth0", {{"eth0", "192.0.2.1"}, b}, {}},
            {"on another than the named one",
             "eth0",
             {{"eth9", "192.0.2.1"}, b},
             {"error node.toml:4: interface.lan-a: the address 192.0.2.1 is on eth9, not on eth0: "
              "set it "
              "to \"eth9\", or move the address"}},
            {"absent, and no interface named",
             "",
             {b},
             {"error cluster.toml:20: node.1.address.lan-a: no interface of this host has the "
              "address 192.0.2.1: correct it; or, if its interface is absent only today, name that "
              "under [interface] in node.toml"}},
            {"absent, but named: a fault of the day",
             "eth0",
             {b},
             {"warning node.toml:4: interface.lan-a: eth0 does not have the address 192.0.2.1 now, "
              "so "
              "the path is blind: bring the interface up with that address"}},
            {"another node's file",
             "eth0",
             {{"eth0", "192.0.2.2"}},
             {"error node.toml:1: node: this looks like the file of another node: this host has "
              "the "
              "address 192.0.2.2 of n2 and none of n1's: set node = \"n2\", or put the right file "
              "there"}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            std::vector<std::string> lines;
            for (const Complaint& complaint : misplaced(two_nodes(row.interface), row.here)) {
                const bool error = complaint.severity == Severity::error;
                lines.push_back((error ? "error " : "warning ") + to_string(complaint));
            }
            CHECK(lines == row.expect);
        }
    }

    TEST_CASE("a path that is off needs no address here") {
        HostConfig config = two_nodes("");
        config.cluster.paths[1].admin = Switched::off;
        CHECK(misplaced(config, {{"eth0", "192.0.2.1"}}).empty());
    }

    TEST_CASE("keys that others can read are refused, and a missing file says how to make one") {
        std::string name =
            (std::filesystem::temp_directory_path() / "inquest-unit-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        const std::filesystem::path folder = name;
        CHECK(read_keys(folder).error().what == "there is no " + keys_path(folder).string());
        std::filesystem::create_directory(folder / "keys");
        std::ofstream(keys_path(folder)) << "1 00\n";
        for (const auto& [mode, sound] :
             {std::pair{0600, true}, {0400, true}, {0640, false}, {0604, false}}) {
            CAPTURE(mode);
            REQUIRE(chmod(keys_path(folder).c_str(), static_cast<mode_t>(mode)) == 0);
            const Text text = read_keys(folder);
            CHECK(text.has_value() == sound);
            if (text) CHECK(*text == "1 00\n");
        }
        const auto config = read_folder(folder);
        REQUIRE_FALSE(config);
        CHECK(config.error().size() == 2);
        std::filesystem::create_directory(folder / "node.toml");
        CHECK(read_texts(folder).node.error().what.find("is no plain file") != std::string::npos);
        std::filesystem::remove_all(folder);
    }
}

}  // namespace
}  // namespace inquest::config
