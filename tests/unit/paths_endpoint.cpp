#include "heartbeat/paths/endpoint.hpp"
#include "heartbeat/paths/error_counts.hpp"
#include "heartbeat/paths/udp.hpp"

#include <doctest/doctest.h>

#include <cerrno>

namespace inquest::paths {
namespace {

TEST_SUITE("paths.endpoint") {
    TEST_CASE("an endpoint is an address and a port, and nothing else") {
        struct Row {
            const char* why;
            const char* address;
            const char* expect;  // nullptr: refused
        };
        constexpr Row rows[] = {
            {"IPv4", "192.0.2.1", "192.0.2.1:7740"},
            {"IPv6 has brackets before a port", "2001:db8::1", "[2001:db8::1]:7740"},
            {"IPv6 in another spelling is the same", "2001:0DB8:0::0001", "[2001:db8::1]:7740"},
            {"a name would need a resolver, which waits", "n1.example", nullptr},
            {"a prefix belongs to the interface", "192.0.2.1/24", nullptr},
            {"three numbers were an address once", "192.0.2", nullptr},
            {"brackets belong to the text with a port", "[2001:db8::1]", nullptr},
            {"a zone is given by the path's interface", "fe80::1%eth0", nullptr},
            {"nothing", "", nullptr},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const Result<Endpoint> endpoint = Endpoint::parse(row.address, 7740);
            CHECK(endpoint.has_value() == (row.expect != nullptr));
            if (!endpoint)
                CHECK(endpoint.error().value() == EINVAL);
            else
                CHECK(endpoint->text() == row.expect);
        }
    }

    TEST_CASE("endpoints are equal by family, address and port") {
        const Endpoint one = *Endpoint::parse("192.0.2.1", 7740);
        CHECK(one == *Endpoint::parse("192.0.2.1", 7740));
        CHECK_FALSE(one == *Endpoint::parse("192.0.2.2", 7740));
        CHECK_FALSE(one == *Endpoint::parse("192.0.2.1", 7741));
        CHECK_FALSE(one == *Endpoint::parse("2001:db8::1", 7740));
        CHECK_FALSE(one == Endpoint());
        CHECK(Endpoint() == Endpoint());
    }

    TEST_CASE("the zone of a link-local address does not tell endpoints apart") {
        const Endpoint configured = *Endpoint::parse("fe80::1", 7740);
        Endpoint heard = configured;
        reinterpret_cast<sockaddr_in6*>(heard.data())->sin6_scope_id = 3;
        CHECK(configured == heard);
    }

    TEST_CASE("no endpoint has no size, so that nothing can be sent to it") {
        CHECK(Endpoint().size() == 0);
        CHECK(Endpoint().address().empty());
        CHECK(Endpoint::parse("192.0.2.1", 1)->size() == sizeof(sockaddr_in));
        CHECK(Endpoint::parse("2001:db8::1", 1)->size() == sizeof(sockaddr_in6));
    }
}

TEST_SUITE("paths.error_counts") {
    TEST_CASE("every errno has its own count, and none is out of range") {
        ErrorCounts counts;
        counts.count(ENETUNREACH);
        counts.count(ENETUNREACH);
        counts.count(133);
        counts.count(134);
        counts.count(-1);
        CHECK(counts.of(ENETUNREACH) == 2);
        CHECK(counts.of(133) == 1);
        CHECK(counts.of(0) == 2);
        CHECK(counts.total() == 5);

        int visited = 0;
        counts.each([&](int error_number, std::uint64_t count) {
            ++visited;
            CHECK(counts.of(error_number) == count);
        });
        CHECK(visited == 3);
    }
}

TEST_SUITE("paths.complaint") {
    TEST_CASE("a failed opening names the thing, the reason and the remedy") {
        const UdpOptions named{"eth1", "192.0.2.1", 7740};
        const UdpOptions unnamed{"", "192.0.2.1", 7740};
        struct Row {
            const char* why;
            const UdpOptions& options;
            int error;
            const char* expect;
        };
        const Row rows[] = {
            {"the name is in node.toml", named, ENODEV,
             "eth1: no such interface: correct its name in node.toml"},
            {"the address is on another interface", named, EADDRNOTAVAIL,
             "192.0.2.1: not a usable address of eth1: look at `ip address`"},
            {"the address is nowhere", unnamed, EADDRNOTAVAIL,
             "192.0.2.1: not a usable address of this node: look at `ip address`"},
            {"most often a second daemon", named, EADDRINUSE,
             "192.0.2.1 port 7740: in use by another program: `ss -ulpn` shows which"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const std::error_code error(row.error, std::system_category());
            CHECK(complaint(row.options, error) == row.expect);
        }
    }

    TEST_CASE("a path that is not open loses what is sent, and drains nothing") {
        UdpPath path({"eth1", "192.0.2.1", 7740});
        const std::byte beat[3]{};
        const Endpoint peers[2]{};
        path.send(beat, peers);
        CHECK(path.counters().lost_closed == 2);

        const Drained drained =
            path.drain({}, [](auto, const Endpoint&, Instant) { FAIL("heard"); });
        CHECK(drained.datagrams == 0);
        CHECK(drained.complete);
        CHECK(path.fd() == -1);
    }
}

}  // namespace
}  // namespace inquest::paths
