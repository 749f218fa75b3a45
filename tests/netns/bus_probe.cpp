// A node's end of the bus without the daemon, for test_bus.py: it does what the lines on its stdin
// say, and answers each with one line of JSON.
//
//   inquest-probe-bus --self ID --keys ID:HEX[,ID:HEX] [--lock] [--realtime] [LANE...]
//   LANE is PEER/PATH/LOCAL/REMOTE, say 2/0/192.0.2.1/192.0.2.2
//
//   send TO STREAM COUNT BYTES INTERVAL_US   answers when the last one is sent
//   report                                   what was heard, the links, the counters, the threads
//   keys ID:HEX...                           another keyring
//   peers LANE...                            other peers
//   quit
//
// All nodes of a lab share one clock, so a message's age says how long it was on its way.
#include "heartbeat/bus/knet.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <poll.h>
#include <sched.h>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace inquest::bus {
namespace {

using json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

Words split(const std::string& text, char separator) {
    Words words;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, separator);) {
        if (!word.empty()) words.push_back(word);
    }
    return words;
}

std::int64_t now_ns() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

wire::Keyring keyring(const Words& keys) {
    wire::Keyring ring(wire::cluster_tag("lab"));
    for (const std::string& key : keys) {
        const Words parts = split(key, ':');
        std::array<std::byte, wire::key_bytes> bytes{};
        sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                       parts.at(1).c_str(), parts.at(1).size(), nullptr, nullptr, nullptr);
        static_cast<void>(
            ring.add(wire::KeyId(static_cast<std::uint8_t>(std::stoi(parts.at(0)))), bytes));
    }
    return ring;
}

std::vector<Peer> peers_of(const Words& lanes) {
    std::map<MemberId, Peer> peers;
    for (const std::string& text : lanes) {
        const Words parts = split(text, '/');
        const MemberId id{static_cast<std::uint16_t>(std::stoi(parts.at(0)))};
        const PathId path{static_cast<std::uint8_t>(std::stoi(parts.at(1)))};
        peers[id].id = id;
        peers[id].lanes.push_back({path, parts.at(2), parts.at(3)});
    }
    std::vector<Peer> list;
    for (const auto& [id, peer] : peers) list.push_back(peer);
    return list;
}

/// What stands at the front of each body; a pattern that follows from the number fills the rest.
struct Stamp {
    std::uint32_t stream = 0;
    std::uint32_t number = 0;
    std::int64_t sent_ns = 0;
};

std::byte filling(std::uint32_t number, std::size_t place) {
    return static_cast<std::byte>(number * 31 + place * 7 + place / 251);
}

std::vector<std::byte> body(const Stamp& stamp, std::size_t bytes) {
    std::vector<std::byte> body(bytes);
    std::memcpy(body.data(), &stamp, sizeof stamp);
    for (std::size_t i = sizeof stamp; i < bytes; ++i) body[i] = filling(stamp.number, i);
    return body;
}

bool whole(std::span<const std::byte> body, std::uint32_t number) {
    for (std::size_t i = sizeof(Stamp); i < body.size(); ++i) {
        if (body[i] != filling(number, i)) return false;
    }
    return true;
}

/// One stream from one sender, as it was heard.
struct Stream {
    std::map<std::uint32_t, int> numbers;
    std::uint64_t broken = 0;
    std::uint64_t reordered = 0;
    std::int64_t delay_max_ns = 0;
    std::size_t bytes = 0;  ///< of the last message

    json report() const {
        const auto twice = std::count_if(numbers.begin(), numbers.end(),
                                         [](const auto& number) { return number.second > 1; });
        return {{"heard", numbers.size()},
                {"twice", twice},
                {"broken", broken},
                {"reordered", reordered},
                {"delay_max_us", delay_max_ns / 1000},
                {"bytes", bytes}};
    }
};

struct Order {
    MemberId to;
    std::uint32_t stream = 0;
    std::uint32_t count = 0;
    std::size_t bytes = 0;
    std::int64_t interval_ns = 0;
    std::uint32_t sent = 0;
    std::int64_t next_ns = 0;
};

/// Scheduling and blocked signals of every thread of this process.
json threads() {
    json list = json::array();
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
        const int id = std::stoi(entry.path().filename());
        std::ifstream status(entry.path() / "status");
        json thread{{"main", id == ::getpid()}, {"policy", ::sched_getscheduler(id)}};
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("SigBlk:")) thread["blocked"] = line.substr(8);
        }
        list.push_back(thread);
    }
    return list;
}

class Probe : public Sink {
 public:
    explicit Probe(std::unique_ptr<KnetBus> bus) : bus_(std::move(bus)) {}

    void run() {
        while (!quit_) {
            pollfd waits[2] = {{bus_->fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
            const std::int64_t left_ns =
                order_.count == 0 ? 1'000'000'000 : order_.next_ns - now_ns();
            const timespec timeout{left_ns > 999'999'999 ? 1 : 0,
                                   std::clamp(left_ns, std::int64_t{0}, std::int64_t{999'999'999})};
            ::ppoll(waits, 2, &timeout, nullptr);
            bus_->receive(*this);
            send_due();
            if ((waits[1].revents & (POLLIN | POLLHUP)) != 0) obey();
        }
    }

    void heard(const Message& message) override {
        Stamp stamp;
        std::memcpy(&stamp, message.body.data(), sizeof stamp);
        Stream& stream = heard_[{message.sender, stamp.stream}];
        if (!stream.numbers.empty() && stream.numbers.rbegin()->first > stamp.number) {
            ++stream.reordered;
        }
        ++stream.numbers[stamp.number];
        stream.broken += whole(message.body, stamp.number) ? 0 : 1;
        stream.delay_max_ns = std::max(stream.delay_max_ns, now_ns() - stamp.sent_ns);
        stream.bytes = message.body.size() + header_bytes;
    }

    void said(const LogLine& line) override { log_.push_back(line.text); }
    void links_changed() override { ++link_changes_; }

 private:
    void send_due() {
        while (order_.count > 0 && order_.next_ns <= now_ns()) {
            const Kind kind = order_.bytes > message_bytes_max ? Kind::snapshot : Kind::ledger;
            const Stamp stamp{order_.stream, order_.sent, now_ns()};
            bus_->send(order_.to, kind, body(stamp, order_.bytes - header_bytes));
            order_.next_ns += order_.interval_ns;
            if (++order_.sent < order_.count) continue;
            answer("send", {{"sent", order_.sent}});
            order_ = {};
        }
    }

    void obey() {
        std::string line;
        if (!std::getline(std::cin, line)) line = "quit";
        Words words = split(line, ' ');
        const std::string verb = words.empty() ? "" : words.front();
        words.erase(words.begin(), words.begin() + (words.empty() ? 0 : 1));
        if (verb == "send") begin_sending(words);
        if (verb == "report") answer("report", report());
        if (verb == "keys") {
            timed(verb, [&] { return json(bus_->set_keys(keyring(words)).value_or("")); });
        }
        if (verb == "peers") timed(verb, [&] { return json(bus_->set_peers(peers_of(words))); });
        if (verb == "quit") end();
    }

    void begin_sending(const Words& words) {
        const auto number = [&](std::size_t i) { return std::stoul(words.at(i)); };
        order_ = {.to = MemberId{static_cast<std::uint16_t>(number(0))},
                  .stream = static_cast<std::uint32_t>(number(1)),
                  .count = static_cast<std::uint32_t>(number(2)),
                  .bytes = number(3),
                  .interval_ns = static_cast<std::int64_t>(number(4)) * 1000,
                  .next_ns = now_ns()};
    }

    template <typename Change>
    void timed(const std::string& verb, Change&& change) {
        const std::int64_t before_ns = now_ns();
        const json problem = change();
        answer(verb, {{"problem", problem}, {"took_us", (now_ns() - before_ns) / 1000}});
    }

    void end() {
        quit_ = true;
        timed("quit", [&] {
            bus_.reset();
            return json("");
        });
    }

    json report() const {
        json heard = json::object();
        for (const auto& [from, stream] : heard_) {
            heard[fmt::format("{}.{}", from.first.value, from.second)] = stream.report();
        }
        json links = json::object();
        for (const LinkState& link : bus_->links()) {
            links[fmt::format("{}.{}", link.peer.value, link.path.value)] = {
                {"carrying", word(link.carrying)},
                {"latency_us", link.latency / std::chrono::microseconds(1)},
                {"mtu", link.mtu_bytes},
                {"downs", link.downs}};
        }
        return {{"heard", heard},       {"links", links}, {"counters", counters()},
                {"threads", threads()}, {"log", log_},    {"link_changes", link_changes_}};
    }

    json counters() const {
        const Counters counted = bus_->counters();
        json refused = json::object();
        for (std::size_t i = 0; i < refusals; ++i) {
            refused[std::string(word(static_cast<Refusal>(i)))] = counted.refused[i];
        }
        return {{"sent", counted.sent},
                {"received", counted.received},
                {"lost_full", counted.lost_full},
                {"lost_nobody", counted.lost_nobody},
                {"lost_unread", counted.lost_unread},
                {"unauthentic", counted.unauthentic},
                {"refused", refused}};
    }

    /// Answers may come in another order than the questions: sending takes its time.
    static void answer(const std::string& verb, json what) {
        what["verb"] = verb;
        std::cout << what.dump() << std::endl;
    }

    std::unique_ptr<KnetBus> bus_;
    std::map<std::pair<MemberId, std::uint32_t>, Stream> heard_;
    std::vector<std::string> log_;
    std::uint64_t link_changes_ = 0;
    Order order_;
    bool quit_ = false;
};

int run(const Words& arguments) {
    KnetOptions options;
    Words keys;
    Words lanes;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word == "--self") {
            options.self = MemberId{static_cast<std::uint16_t>(std::stoi(arguments.at(++i)))};
        } else if (word == "--keys") {
            keys = split(arguments.at(++i), ',');
        } else if (word == "--lock") {
            ::mlockall(MCL_FUTURE);
        } else if (word == "--realtime") {
            const sched_param priority{.sched_priority = 10};
            ::sched_setscheduler(0, SCHED_RR, &priority);
        } else {
            lanes.push_back(word);
        }
    }
    const std::int64_t before_ns = now_ns();
    auto bus = KnetBus::start(options, keyring(keys), peers_of(lanes));
    if (!bus) {
        std::cerr << bus.error() << std::endl;
        return 1;
    }
    const json started{{"verb", "start"}, {"took_us", (now_ns() - before_ns) / 1000}};
    std::cout << started.dump() << std::endl;
    Probe(std::move(*bus)).run();
    return 0;
}

}  // namespace
}  // namespace inquest::bus

int main(int argc, char** argv) {
    std::cin.tie(nullptr);
    std::setvbuf(stdin, nullptr, _IONBF, 0);
    std::ios::sync_with_stdio(true);
    return inquest::bus::run({argv + 1, argv + argc});
}
