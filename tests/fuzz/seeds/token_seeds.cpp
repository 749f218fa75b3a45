// Writes the first inputs of fuzz_token: a token as text, the same cut, and its inside.
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/join_token.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace inquest;

wire::JoinToken token() {
    wire::JoinToken made{.member = MemberId(2), .expires_seconds = 1795600000};
    made.secret.fill(std::byte{0x77});
    ClusterState& cluster = made.cluster;
    cluster.name = "lab";
    cluster.generation = 1;
    cluster.paths = {{.name = "lan-a", .fate = "sw-a", .port = 7740}};
    for (std::uint16_t id = 1; id <= 2; ++id) {
        AgreedMember member{.id = MemberId(id), .name = "n" + std::to_string(id)};
        member.addresses = {{PathId(0), "192.0.2." + std::to_string(id)}};
        cluster.members.push_back(member);
    }
    cluster.keys.push_back({.number = KeyNumber(1)});
    cluster.newest_id = MemberId(2);
    return made;
}

/// What the token's digest is over: its own fields, and the cluster.
std::string inside(const wire::JoinToken& made) {
    wire::Bytes bytes;
    wire::Writer writer(bytes);
    writer.number(made.member);
    writer.fixed(made.secret);
    writer.number(made.expires_seconds);
    const wire::Bytes cluster = wire::encode(made.cluster);
    bytes.insert(bytes.end(), cluster.begin(), cluster.end());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    return out.good();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: token_seeds FOLDER\n");
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const std::string text = wire::encode(token());
    if (!write(folder / "whole", text) || !write(folder / "cut", text.substr(0, text.size() / 2)) ||
        !write(folder / "inside", inside(token()))) {
        std::fprintf(stderr, "token_seeds: %s: cannot write there: give a folder that exists\n",
                     argv[1]);
        return 1;
    }
    return 0;
}
