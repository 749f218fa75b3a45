// A bare program with a libknet handle: the same links, crypto and policy as the bus of inquestd,
// and nothing else. What it takes, any program takes that has knet's links.
//
//     inquest-bench-knet SELF PORT PEER=LOCAL=REMOTE...
//
// SELF and PEER are numbers of nodes; a peer that comes again has one more link. It says `ready`,
// and ends by a signal.
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <unistd.h>

// The header of libknet 1.25 is one of C, and says so nowhere.
extern "C" {
#include <libknet.h>
}

namespace {

constexpr int ping_interval_ms = 200;  // as bus::ping_timers at default timings
constexpr int ping_timeout_ms = 1000;
constexpr unsigned ping_samples = 64;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "inquest-bench-knet: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

void must(int outcome, const char* what) {
    if (outcome != 0) give_up(what);
}

sockaddr_storage address(const std::string& text, std::uint16_t port) {
    sockaddr_storage found{};
    auto* four = reinterpret_cast<sockaddr_in*>(&found);
    if (::inet_pton(AF_INET, text.c_str(), &four->sin_addr) != 1) give_up(text.c_str());
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return found;
}

int deliver_here(void*, const unsigned char*, ssize_t, std::uint8_t, knet_node_id_t, knet_node_id_t,
                 std::int8_t*, knet_node_id_t*, size_t*) {
    return 0;
}

void be_told(void*, int, std::int8_t, std::uint8_t, int, int) {}

knet_handle_t open_handle(knet_node_id_t self) {
    knet_handle_t handle = ::knet_handle_new_ex(self, 0, KNET_LOG_ERR, KNET_HANDLE_FLAG_PRIVILEGED);
    if (handle == nullptr) give_up("knet_handle_new_ex");
    knet_handle_crypto_cfg crypto{};
    std::strcpy(crypto.crypto_model, "openssl");
    std::strcpy(crypto.crypto_cipher_type, "aes256");
    std::strcpy(crypto.crypto_hash_type, "sha256");
    crypto.private_key_len = KNET_MIN_KEY_LEN;
    must(::knet_handle_crypto_set_config(handle, &crypto, 1), "crypto_set_config");
    must(::knet_handle_crypto_use_config(handle, 1), "crypto_use_config");
    must(::knet_handle_enable_filter(handle, nullptr, deliver_here), "enable_filter");
    must(::knet_handle_enable_sock_notify(handle, nullptr, be_told), "enable_sock_notify");
    int fd = 0;
    std::int8_t channel = 0;
    must(::knet_handle_add_datafd(handle, &fd, &channel), "add_datafd");
    return handle;
}

struct Link {
    knet_node_id_t peer = 0;
    sockaddr_storage local{};
    sockaddr_storage remote{};
};

Link parse(const std::string& text, std::uint16_t port) {
    const auto first = text.find('=');
    const auto second = text.find('=', first + 1);
    if (second == std::string::npos) give_up("PEER=LOCAL=REMOTE is expected");
    return {static_cast<knet_node_id_t>(std::stoi(text)),
            address(text.substr(first + 1, second - first - 1), port),
            address(text.substr(second + 1), port)};
}

void add_link(knet_handle_t handle, Link link, std::uint8_t number) {
    if (number == 0) {
        must(::knet_host_add(handle, link.peer), "host_add");
        must(::knet_host_set_policy(handle, link.peer, KNET_LINK_POLICY_ACTIVE), "host_set_policy");
    }
    must(::knet_link_set_config(handle, link.peer, number, KNET_TRANSPORT_UDP, &link.local,
                                &link.remote, 0),
         "link_set_config");
    must(::knet_link_set_ping_timers(handle, link.peer, number, ping_interval_ms, ping_timeout_ms,
                                     ping_samples),
         "link_set_ping_timers");
    must(::knet_link_set_enable(handle, link.peer, number, 1), "link_set_enable");
}

}  // namespace

int main(int count, char** words) {
    if (count < 4) {
        std::fprintf(stderr, "usage: inquest-bench-knet SELF PORT PEER=LOCAL=REMOTE...\n");
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::atoi(words[2]));
    knet_handle_t handle = open_handle(static_cast<knet_node_id_t>(std::atoi(words[1])));
    std::map<knet_node_id_t, std::uint8_t> links;
    for (int i = 3; i < count; ++i) {
        const Link link = parse(words[i], port);
        add_link(handle, link, links[link.peer]++);
    }
    must(::knet_handle_setfwd(handle, 1), "setfwd");
    std::puts("ready");
    std::fflush(stdout);
    for (;;) ::pause();
}
