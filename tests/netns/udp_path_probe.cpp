// The udp path and netmon against a real kernel: two network namespaces with a pair of veths, made
// by this program and gone with it. Nothing outside is touched.
//
// Judged by content and order, not by speed: waits end when what they wait for is there, and their
// bound is far beyond any machine's slowness. Without the right to make a network namespace it says
// so and exits with 77 (CTest: skipped).
#define DOCTEST_CONFIG_IMPLEMENT
#include "heartbeat/paths/udp.hpp"
#include "netmon/rtnetlink.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace inquest {
namespace {

using namespace std::chrono_literals;
using netmon::Change;
using netmon::News;
using netmon::Watch;
using paths::Drained;
using paths::Endpoint;
using paths::UdpPath;

constexpr int skipped = 77;
constexpr int wait_max_ms = 60'000;

Duration read_clock(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

Clocks read_clocks() { return {at(read_clock(CLOCK_BOOTTIME)), read_clock(CLOCK_REALTIME)}; }

void run(const std::string& command) {
    CAPTURE(command);
    REQUIRE(std::system(command.c_str()) == 0);
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

struct Heard {
    std::string text;
    Endpoint from;
    Instant arrived;
};

struct Hearing {
    std::vector<Heard> datagrams;
    Drained drained;
    Clocks clocks;
};

Hearing drain(UdpPath& path, std::size_t limit = paths::drain_limit) {
    Hearing hearing;
    hearing.clocks = read_clocks();
    hearing.drained = path.drain(
        hearing.clocks,
        [&](std::span<const std::byte> bytes, const Endpoint& from, Instant arrived) {
            const auto* text = reinterpret_cast<const char*>(bytes.data());
            hearing.datagrams.push_back({std::string(text, bytes.size()), from, arrived});
        },
        limit);
    return hearing;
}

void wait_readable(int fd) {
    pollfd wanted{fd, POLLIN, 0};
    REQUIRE(::poll(&wanted, 1, wait_max_ms) == 1);
}

/// Drains until `count` datagrams were heard, and returns them all.
Hearing hear(UdpPath& path, std::size_t count) {
    Hearing all;
    while (all.datagrams.size() < count) {
        wait_readable(path.fd());
        const Hearing some = drain(path);
        all.datagrams.insert(all.datagrams.end(), some.datagrams.begin(), some.datagrams.end());
        all.clocks = some.clocks;
        all.drained.complete = some.drained.complete;
        all.drained.datagrams += some.drained.datagrams;
        all.drained.kernel_drops += some.drained.kernel_drops;
    }
    return all;
}

template <typename Predicate>
void wait_until(Predicate&& holds) {
    for (int waited_ms = 0; !holds(); ++waited_ms) {
        REQUIRE(waited_ms < wait_max_ms);
        ::usleep(1000);
    }
}

/// Bytes of memory that the datagrams in the socket's queue take.
std::uint32_t queued_bytes(const UdpPath& path) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    REQUIRE(::getsockopt(path.fd(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0);
    return memory[SK_MEMINFO_RMEM_ALLOC];
}

/// The kernel stamps nothing until some socket has asked for stamps, and begins a moment after the
/// first one did; until then a datagram's age is that of its reading. This one is kept open.
UdpPath begin_stamping() {
    UdpPath path({"lo", "127.0.0.1", paths::port_default});
    REQUIRE(path.open(read_clocks().now).has_value());
    for (Duration age{}; age < 20ms;) {
        path.send(bytes_of("stamp"), *Endpoint::parse("127.0.0.1", paths::port_default));
        wait_readable(path.fd());
        ::usleep(20'000);
        const Hearing hearing = drain(path);
        age = hearing.clocks.now - hearing.datagrams.at(0).arrived;
    }
    return path;
}

/// A network namespace without a name; entered by its descriptor.
class Namespace {
 public:
    Namespace() {
        REQUIRE(::unshare(CLONE_NEWNET) == 0);
        handle_ = Descriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        REQUIRE(handle_.is_open());
        run("ip link set lo up");
    }
    void enter() const { REQUIRE(::setns(handle_.get(), CLONE_NEWNET) == 0); }
    std::string path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), handle_.get()); }

 private:
    Descriptor handle_;
};

/// n1 and n2, each with eth0: 192.0.2.1 and .2, 2001:db8::1 and ::2. Everything runs in n1 unless
/// `n2.enter()` was called.
struct TwoNodes {
    Namespace n2;
    Namespace n1;
    UdpPath stamping = begin_stamping();

    TwoNodes() {
        plug_in();
        address(n2, 2);
        address(n1, 1);
    }
    void plug_in() const {
        n1.enter();
        run("ip link add eth0 type veth peer name eth0 netns " + n2.path());
    }
    static void address(const Namespace& node, int number) {
        node.enter();
        run("ip link set eth0 up");
        run(fmt::format("ip address add 192.0.2.{}/24 dev eth0", number));
        run(fmt::format("ip address add 2001:db8::{}/64 dev eth0 nodad", number));
    }
};

UdpPath opened(const Namespace& node, const std::string& address,
               const std::string& interface = "eth0") {
    node.enter();
    UdpPath path({interface, address, paths::port_default});
    const Result<void> done = path.open(read_clocks().now);
    INFO(address);
    REQUIRE(done.has_value());
    return path;
}

int option(const UdpPath& path, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(path.fd(), level, name, &value, &size) == 0);
    return value;
}

/// Reads until `path` is told to be good or broken as wanted.
Change wait_for(Watch& watch, PathId path, bool good) {
    for (;;) {
        Result<News> news = watch.read();
        REQUIRE(news.has_value());
        for (const Change& change : news->changes) {
            if (change.path == path && change.good == good) return change;
        }
        if (news->complete) wait_readable(watch.fd());
    }
}

TEST_CASE("a beat arrives with its source and its instant, on IPv4 and IPv6") {
    const TwoNodes lab;
    struct Row {
        const char* n1;
        const char* n2;
    };
    for (const Row& row : {Row{"192.0.2.1", "192.0.2.2"}, Row{"2001:db8::1", "2001:db8::2"}}) {
        CAPTURE(row.n1);
        UdpPath sender = opened(lab.n2, row.n2);
        UdpPath receiver = opened(lab.n1, row.n1);
        const Endpoint to = *Endpoint::parse(row.n1, paths::port_default);

        const Instant before = read_clocks().now;
        sender.send(bytes_of("beat"), to);
        wait_readable(receiver.fd());
        const Instant arrived_by = read_clocks().now;
        ::usleep(300'000);  // the datagram waits, and must not look younger for it
        const Hearing hearing = drain(receiver);

        REQUIRE(hearing.datagrams.size() == 1);
        const Heard& heard = hearing.datagrams[0];
        CHECK(heard.text == "beat");
        CHECK(heard.from == *Endpoint::parse(row.n2, paths::port_default));
        CHECK(heard.arrived >= before - 50ms);  // two clocks, read one after the other
        CHECK(heard.arrived <= arrived_by + 50ms);
        CHECK(hearing.drained.complete);
        CHECK(receiver.counters().unstamped == 0);
        CHECK(sender.counters().sent == 1);
    }
}

TEST_CASE("the socket asks the network for precedence, and for no fragments") {
    const TwoNodes lab;
    const UdpPath v4 = opened(lab.n1, "192.0.2.1");
    CHECK(option(v4, IPPROTO_IP, IP_TOS) == 0xc0);
    CHECK(option(v4, IPPROTO_IP, IP_MTU_DISCOVER) == IP_PMTUDISC_INTERFACE);
    CHECK(option(v4, SOL_SOCKET, SO_PRIORITY) == 6);
    CHECK(v4.receive_buffer_bytes() == 2 * paths::receive_buffer_wanted_bytes);
    const UdpPath v6 = opened(lab.n1, "2001:db8::1");
    CHECK(option(v6, IPPROTO_IPV6, IPV6_TCLASS) == 0xc0);
    CHECK(option(v6, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
    CHECK(option(v6, SOL_SOCKET, SO_PRIORITY) == 6);
}

TEST_CASE("without a name the path takes the interface that carries the address") {
    const TwoNodes lab;
    CHECK(opened(lab.n1, "192.0.2.1", "").interface() == "eth0");
    CHECK(opened(lab.n1, "2001:db8::1", "").interface() == "eth0");
}

TEST_CASE("an opening that cannot be says why") {
    const TwoNodes lab;
    const UdpPath taken = opened(lab.n1, "192.0.2.1");
    struct Row {
        const char* why;
        paths::UdpOptions options;
        int error;
    };
    const Row rows[] = {
        {"no such interface", {"eth7", "192.0.2.1"}, ENODEV},
        {"a name that the kernel would cut to eth0",
         {"eth0/0123456789abcdef", "192.0.2.1"},
         ENODEV},
        {"not our address", {"eth0", "192.0.2.9"}, EADDRNOTAVAIL},
        {"nobody's address", {"", "192.0.2.9"}, EADDRNOTAVAIL},
        {"a second daemon", {"eth0", "192.0.2.1"}, EADDRINUSE},
        {"not an address", {"eth0", "n1"}, EINVAL},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        UdpPath path(row.options);
        const Result<void> done = path.open(read_clocks().now);
        REQUIRE_FALSE(done.has_value());
        CHECK(done.error().value() == row.error);
        CHECK_FALSE(path.is_open());
    }
}

TEST_CASE("one batch reaches everybody who can be reached, and every error is counted") {
    const TwoNodes lab;
    UdpPath receiver = opened(lab.n2, "192.0.2.2");
    UdpPath sender = opened(lab.n1, "192.0.2.1");
    const Endpoint reachable = *Endpoint::parse("192.0.2.2", paths::port_default);
    const Endpoint broadcast = *Endpoint::parse("192.0.2.255", paths::port_default);
    const Endpoint other_family = *Endpoint::parse("2001:db8::2", paths::port_default);
    const std::array to{reachable, broadcast, reachable, Endpoint(), other_family, reachable};

    sender.send(bytes_of("beat"), to);
    CHECK(sender.counters().sent == 3);
    CHECK(sender.counters().send_errors.of(EACCES) == 1);
    CHECK(sender.counters().send_errors.total() == 3);
    CHECK(hear(receiver, 3).datagrams.size() == 3);

    const std::vector<std::byte> too_long(1600);
    sender.send(too_long, reachable);
    CHECK(sender.counters().send_errors.of(EMSGSIZE) == 1);
}

TEST_CASE("a peer whose port is closed disturbs nobody") {
    const TwoNodes lab;
    UdpPath sender = opened(lab.n1, "192.0.2.1");
    UdpPath other = opened(lab.n2, "192.0.2.2");
    const Endpoint closed = *Endpoint::parse("192.0.2.2", 9);
    const Endpoint open = *Endpoint::parse("192.0.2.2", paths::port_default);
    for (int i = 0; i < 20; ++i) {
        sender.send(bytes_of("beat"), closed);
        sender.send(bytes_of("beat"), open);
    }
    CHECK(sender.counters().sent == 40);
    CHECK(sender.counters().send_errors.total() == 0);
    CHECK(hear(other, 20).datagrams.size() == 20);
    other.send(bytes_of("beat"), *Endpoint::parse("192.0.2.1", paths::port_default));
    CHECK(hear(sender, 1).datagrams.size() == 1);
}

TEST_CASE("a long datagram is refused, and the ones around it are heard") {
    const TwoNodes lab;
    UdpPath receiver = opened(lab.n1, "192.0.2.1");
    UdpPath sender = opened(lab.n2, "192.0.2.2");
    const Endpoint to = *Endpoint::parse("192.0.2.1", paths::port_default);
    sender.send(bytes_of("first"), to);
    sender.send(std::vector<std::byte>(paths::datagram_max_bytes + 1), to);
    sender.send(std::vector<std::byte>(paths::datagram_max_bytes), to);
    sender.send(bytes_of(""), to);

    const Hearing hearing = hear(receiver, 3);
    REQUIRE(hearing.datagrams.size() == 3);
    CHECK(hearing.datagrams[0].text == "first");
    CHECK(hearing.datagrams[1].text.size() == paths::datagram_max_bytes);
    CHECK(hearing.datagrams[2].text.empty());
    CHECK(receiver.counters().oversized == 1);
    CHECK(hearing.drained.datagrams == 4);
}

TEST_CASE("a drain stops at its limit and says so, and age survives it") {
    const TwoNodes lab;
    UdpPath receiver = opened(lab.n1, "192.0.2.1");
    UdpPath sender = opened(lab.n2, "192.0.2.2");
    const Endpoint to = *Endpoint::parse("192.0.2.1", paths::port_default);
    sender.send(bytes_of("beat"), to);
    wait_readable(receiver.fd());
    const std::uint32_t one = queued_bytes(receiver);
    for (int i = 1; i < 200; ++i) sender.send(bytes_of("beat"), to);
    wait_until([&] { return queued_bytes(receiver) >= 200 * one; });
    const Instant arrived_by = read_clocks().now;

    const Hearing first = drain(receiver, 150);
    CHECK(first.datagrams.size() == 150);
    CHECK_FALSE(first.drained.complete);
    ::usleep(200'000);
    const Hearing second = drain(receiver);
    CHECK(second.datagrams.size() == 50);
    CHECK(second.drained.complete);
    for (const Heard& heard : second.datagrams) CHECK(heard.arrived <= arrived_by + 50ms);
}

TEST_CASE("what the kernel drops is told at the very drain that follows") {
    const TwoNodes lab;
    UdpPath receiver = opened(lab.n1, "192.0.2.1");
    const int small = 16 * 1024;
    REQUIRE(::setsockopt(receiver.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    UdpPath sender = opened(lab.n2, "192.0.2.2");
    const Endpoint to = *Endpoint::parse("192.0.2.1", paths::port_default);
    sender.send(bytes_of("first"), to);  // from here on the neighbour is known
    hear(receiver, 1);
    const std::vector<std::byte> beat(1200);
    constexpr std::size_t beats = 500;
    for (std::size_t i = 0; i < beats; ++i) sender.send(beat, to);

    // The drops after the last datagram that found room are the ones that would be told too late.
    const auto& counters = receiver.counters();
    const Hearing first = hear(receiver, 1);
    CHECK(first.drained.kernel_drops > 0);
    wait_until([&] {
        drain(receiver);
        return counters.kernel_drops + counters.received == beats + 1;
    });
    CHECK(drain(receiver).drained.kernel_drops == 0);
}

TEST_CASE("netmon names what is wrong with the local half, and the path works when it is back") {
    const TwoNodes lab;
    UdpPath path = opened(lab.n1, "192.0.2.1");
    const PathId id(3);
    Result<Watch> watch = Watch::open({{id, "eth0", "192.0.2.1"}});
    REQUIRE(watch.has_value());
    CHECK(wait_for(*watch, id, true).reopen);

    const auto comes_back = [&] {
        const Change good = wait_for(*watch, id, true);
        if (good.reopen) REQUIRE(path.open(read_clocks().now).has_value());
        UdpPath peer = opened(lab.n2, "192.0.2.2");
        peer.send(bytes_of("beat"), *Endpoint::parse("192.0.2.1", paths::port_default));
        CHECK(hear(path, 1).datagrams.size() == 1);
        lab.n1.enter();
        return good.reopen;
    };

    SUBCASE("switched off and on") {
        run("ip link set eth0 down");
        CHECK(wait_for(*watch, id, false).reason == "eth0: switched off (ip link set eth0 up)");
        run("ip link set eth0 up");
        CHECK_FALSE(comes_back());
    }
    SUBCASE("the other end of the cable") {
        lab.n2.enter();
        run("ip link set eth0 down");
        CHECK(wait_for(*watch, id, false).reason == "eth0: no carrier");
        run("ip link set eth0 up");
        CHECK_FALSE(comes_back());
    }
    SUBCASE("the address goes and returns") {
        run("ip address del 192.0.2.1/24 dev eth0");
        CHECK(wait_for(*watch, id, false).reason == "192.0.2.1 is not on eth0");
        run("ip address add 192.0.2.1/24 dev eth0");
        CHECK(comes_back());
    }
    SUBCASE("the address moves to another interface") {
        run("ip link add eth1 type veth peer name eth1-far");
        run("ip link set eth1 up");
        run("ip address add 192.0.2.1/32 dev eth1");
        run("ip address del 192.0.2.1/24 dev eth0");
        CHECK(wait_for(*watch, id, false).reason == "192.0.2.1 is not on eth0 but on eth1");
        run("ip link del eth1");
        CHECK(wait_for(*watch, id, false).reason == "192.0.2.1 is not on eth0");
        run("ip address add 192.0.2.1/24 dev eth0");
        CHECK(comes_back());
    }
    SUBCASE("the interface is deleted and made anew") {
        run("ip link del eth0");
        CHECK(wait_for(*watch, id, false).reason == "eth0: no such interface");
        const Endpoint to = *Endpoint::parse("192.0.2.2", paths::port_default);
        path.send(bytes_of("beat"), to);  // into nowhere
        CHECK(path.counters().send_errors.total() == 1);
        CHECK(drain(path).drained.complete);
        lab.plug_in();
        TwoNodes::address(lab.n2, 2);
        TwoNodes::address(lab.n1, 1);
        CHECK(comes_back());
    }
    SUBCASE("the interface is renamed and named back") {
        run("ip link set eth0 down");
        run("ip link set eth0 name other0");
        wait_for(*watch, id, false);
        run("ip link set other0 name eth0");
        run("ip link set eth0 up");
        comes_back();
    }
    SUBCASE("the interface is moved to another namespace and back") {
        run("ip link set eth0 netns " + lab.n2.path() + " name guest0");
        CHECK(wait_for(*watch, id, false).reason == "eth0: no such interface");
        lab.n2.enter();
        run("ip link set guest0 netns " + lab.n1.path() + " name eth0");
        TwoNodes::address(lab.n1, 1);
        CHECK(comes_back());
    }
}

TEST_CASE("netmon knows an IPv6 address that cannot be used yet") {
    const TwoNodes lab;
    run("sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=3");
    Result<Watch> watch = Watch::open({{PathId(0), "eth0", "2001:db8::7"}});
    REQUIRE(watch.has_value());
    CHECK(wait_for(*watch, PathId(0), false).reason == "2001:db8::7 is not on eth0");

    run("ip address add 2001:db8::7/64 dev eth0");
    CHECK(wait_for(*watch, PathId(0), false).reason ==
          "2001:db8::7 on eth0 is tentative, the kernel looks for duplicates");
    CHECK(wait_for(*watch, PathId(0), true).reopen);
    CHECK(opened(lab.n1, "2001:db8::7").is_open());
}

TEST_CASE("netmon knows an IPv6 address that another host has") {
    const TwoNodes lab;
    Result<Watch> watch = Watch::open({{PathId(0), "eth0", "2001:db8::2"}});
    REQUIRE(watch.has_value());
    run("ip address add 2001:db8::2/64 dev eth0");
    std::string reason;
    while (reason != "2001:db8::2 on eth0 is in use by another host on that link") {
        reason = wait_for(*watch, PathId(0), false).reason;
    }
}

TEST_CASE("a port that leaves a bridge is no interface that vanished") {
    const TwoNodes lab;
    Result<Watch> watch = Watch::open({{PathId(0), "eth0", "192.0.2.1"}});
    REQUIRE(watch.has_value());
    CHECK(wait_for(*watch, PathId(0), true).reopen);
    run("ip link add br0 type bridge");
    run("ip link set eth0 master br0");
    run("ip link set eth0 nomaster");
    const Result<News> news = watch->read();
    REQUIRE(news.has_value());
    CHECK(news->complete);
    CHECK(news->changes.empty());
}

TEST_CASE("lost notices end in one dump, and in the truth") {
    const TwoNodes lab;
    Result<Watch> watch = Watch::open({{PathId(0), "eth0", "192.0.2.1"}});
    REQUIRE(watch.has_value());
    CHECK(wait_for(*watch, PathId(0), true).reopen);
    const int small = 2048;
    REQUIRE(::setsockopt(watch->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    run("for i in $(seq 100); do echo link set eth0 down; echo link set eth0 up; done | ip -batch "
        "-");
    run("ip address del 192.0.2.1/24 dev eth0");

    int dumps = 0;
    std::vector<Change> changes;
    for (bool more = true; more;) {
        const Result<News> news = watch->read();
        REQUIRE(news.has_value());
        dumps += news->dumped ? 1 : 0;
        changes.insert(changes.end(), news->changes.begin(), news->changes.end());
        more = !news->complete;
    }
    CHECK(dumps == 1);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].reason == "192.0.2.1 is not on eth0");
}

}  // namespace
}  // namespace inquest

int main(int argc, char** argv) {
    if (::unshare(CLONE_NEWNET) != 0) {
        fmt::print("skipped: a network namespace cannot be made here (root, or CAP_SYS_ADMIN)\n");
        return inquest::skipped;
    }
    return doctest::Context(argc, argv).run();
}
