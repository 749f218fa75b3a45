// What is no watchdog is refused, with what to do; and what watchdog-mux hears of its client. A
// device itself is for the lab: it resets the machine.
#include "heartbeat/daemon/watchdog_device.hpp"
#include "tests/unit/endings_files.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;
using endings::Folder;

wire::OpenWatchdog device_at(const std::string& path) {
    return {.door = WatchdogDoor::device, .path = path, .timeout = 4s, .reset_time = 1s};
}

wire::OpenWatchdog mux_at(const std::string& path) {
    return {.door = WatchdogDoor::mux,
            .path = path,
            .timeout = 10s,
            .reset_time = 2s,
            .behind = 60s,
            .trusted_because = "tested"};
}

std::string refusal(const wire::OpenWatchdog& order) {
    const auto opened = open_watchdog(order);
    REQUIRE_FALSE(opened.has_value());
    return opened.error();
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// watchdog-mux as its clients see it: what is said to it, and that they have gone. Nothing waits.
class Mux {
 public:
    explicit Mux(const std::filesystem::path& path, int clients_waiting_max = 8) : path_(path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(path_.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
        socket_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        REQUIRE(socket_.is_open());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0);
        REQUIRE(::listen(socket_.get(), clients_waiting_max) == 0);
    }

    const std::string& path() const { return path_; }
    bool take_client() {
        client_ = Descriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        return client_.is_open();
    }
    /// What the client has said since it was last asked.
    std::string hear() {
        std::string heard;
        char byte = 0;
        while (::recv(client_.get(), &byte, 1, MSG_DONTWAIT) == 1) heard += byte;
        return heard;
    }
    bool client_has_gone() const {
        char byte = 0;
        return ::recv(client_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
    }
    void drop_client() { client_.close(); }

 private:
    std::string path_;
    Descriptor socket_;
    Descriptor client_;
};

/// As in both processes that use the watchdog.
class NoPipeSignal {
 public:
    NoPipeSignal() : before_(::signal(SIGPIPE, SIG_IGN)) {}
    ~NoPipeSignal() { ::signal(SIGPIPE, before_); }
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
    void (*before_)(int);
};

int lowest_free_number() {
    const Descriptor next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(next.is_open());
    return next.get();
}

/// One byte, and not the one that says goodbye.
bool feeds(const std::string& heard) {
    return heard.size() == 1 && heard.find('V') == std::string::npos;
}

TEST_SUITE("watchdog device") {
    TEST_CASE("what is no watchdog is refused, with its name and what to do") {
        const Folder folder;
        folder.write("file", "");
        struct Row {
            std::string why;
            std::string path;
            const char* what;
            const char* remedy;
        };
        REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
        const Row rows[] = {
            {"not there", folder.path() / "watchdog", "cannot be opened: No such file",
             "load the driver"},
            {"a folder", folder.path(), "is no device", "name a watchdog"},
            {"a file", folder.path() / "file", "is no device", "name a watchdog"},
            {"a pipe, which would be waited for", folder.path() / "pipe", "is no device",
             "name a watchdog"},
            {"another device", "/dev/null", "does not say what it is", "name a watchdog"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const std::string told = refusal(device_at(row.path));
            CAPTURE(told);
            CHECK(told.starts_with(row.path + ": " + row.what));
            CHECK(told.find(row.remedy) != std::string::npos);
        }
        CHECK_FALSE(std::filesystem::exists(folder.path() / "watchdog"));
    }

    TEST_CASE("what is named by mistake stays as it is") {
        const Folder folder;
        folder.write("file", "0123");
        refusal(device_at(folder.path() / "file"));
        CHECK(text_of(folder.path() / "file") == "0123");
        refusal(mux_at(folder.path() / "file"));
        CHECK(text_of(folder.path() / "file") == "0123");
    }

    TEST_CASE("no descriptor is left open by a refusal") {
        const Folder folder;
        folder.write("file", "");
        const int free_before = lowest_free_number();
        for (const wire::OpenWatchdog& order :
             {device_at(folder.path() / "file"), device_at("/dev/null"),
              mux_at(folder.path() / "mux"), mux_at(folder.path() / "file"),
              mux_at(std::string(200, 'x'))}) {
            refusal(order);
            CHECK(lowest_free_number() == free_before);
        }
    }

    TEST_CASE("a socket that cannot be, or that nobody serves") {
        const Folder folder;
        folder.write("file", "");
        constexpr std::size_t name_max = sizeof(sockaddr_un::sun_path) - 1;
        const std::string longest = "/tmp/" + std::string(name_max - 5, 'x');
        { const Mux gone(folder.path() / "gone"); }
        struct Row {
            std::string why;
            std::string path;
            const char* what;
        };
        const Row rows[] = {
            {"a byte too long", longest + "x", "the name is too long for a socket"},
            {"far too long", std::string(5000, '/'), "the name is too long for a socket"},
            {"just short enough", longest, "watchdog-mux does not answer: No such file"},
            {"not there", folder.path() / "mux", "watchdog-mux does not answer: No such file"},
            {"whoever served it has gone", folder.path() / "gone",
             "watchdog-mux does not answer: Connection refused"},
            {"no socket", folder.path() / "file",
             "watchdog-mux does not answer: Connection refused"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(refusal(mux_at(row.path)).starts_with(row.path + ": " + row.what));
        }
    }

    TEST_CASE("watchdog-mux is fed from the first moment, and left in peace at the end") {
        const Folder folder;
        Mux mux(folder.path() / "mux");
        auto opened = open_watchdog(mux_at(mux.path()));
        REQUIRE(opened.has_value());
        CHECK(opened->told == wire::WatchdogIsOpen{.kind = WatchdogKind::shared,
                                                   .timeout = 10s,
                                                   .identity = "watchdog-mux",
                                                   .reset_time = 2s,
                                                   .behind = 60s,
                                                   .trusted_because = "tested"});
        CHECK((::fcntl(opened->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
        REQUIRE(mux.take_client());
        CHECK(feeds(mux.hear()));
        CHECK(mux.hear().empty());

        for (int i = 0; i < 3; ++i) {
            CHECK(feed_watchdog(opened->fd.get()));
            CHECK(feeds(mux.hear()));
        }
        CHECK_FALSE(mux.client_has_gone());

        CHECK(feed_watchdog(opened->fd.get()));
        close_watchdog(opened->fd);
        CHECK_FALSE(opened->fd.is_open());
        const std::string last = mux.hear();
        REQUIRE(last.size() == 2);
        CHECK(feeds(last.substr(0, 1)));
        CHECK(last[1] == 'V');
        CHECK(mux.client_has_gone());
    }

    TEST_CASE("whoever merely dies with it says no goodbye") {
        const Folder folder;
        Mux mux(folder.path() / "mux");
        {
            const auto opened = open_watchdog(mux_at(mux.path()));
            REQUIRE(opened.has_value());
            REQUIRE(mux.take_client());
        }
        CHECK(feeds(mux.hear()));
        CHECK(mux.client_has_gone());
    }

    TEST_CASE("a watchdog-mux with more clients waiting than it takes does not hold up anybody") {
        const Folder folder;
        const Mux mux(folder.path() / "mux", 0);
        std::vector<WatchdogDevice> clients;
        auto opened = open_watchdog(mux_at(mux.path()));
        for (; opened && clients.size() < 100; opened = open_watchdog(mux_at(mux.path())))
            clients.push_back(std::move(*opened));
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().find("watchdog-mux does not answer") != std::string::npos);
    }

    TEST_CASE("a watchdog-mux that has gone takes no feed, nor a goodbye") {
        const NoPipeSignal ignored;
        const Folder folder;
        Mux mux(folder.path() / "mux");
        auto opened = open_watchdog(mux_at(mux.path()));
        REQUIRE(opened.has_value());
        REQUIRE(mux.take_client());
        mux.drop_client();
        CHECK_FALSE(feed_watchdog(opened->fd.get()));
        close_watchdog(opened->fd);
        CHECK_FALSE(opened->fd.is_open());
    }

    TEST_CASE("a descriptor that is none takes no feed") { CHECK_FALSE(feed_watchdog(-1)); }
}

}  // namespace
}  // namespace inquest::daemon
