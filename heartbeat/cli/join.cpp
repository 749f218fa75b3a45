// inquest join: this bare node becomes the member that a token invites.
//
// A join that is not finished takes a newer token of the same member: it begins with that again.
//
// Steps, after each of which the command may be killed and given again:
//   1. STATE/begin is written: "join", the member's number, and the secret
//   2. cluster.keys, cluster.toml and node.toml, from the token
//   3. inquestd starts: it makes a blank ledger.db, then STATE/member, follows the ledger, shows
//      the secret when it sees its own invitation, and removes STATE/begin when it is a member
//   4. the checks are shown until then
#include "heartbeat/cli/becoming_member.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/daemon_process.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/waiting.hpp"
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/join_token.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <unistd.h>

namespace inquest::cli {
namespace {

constexpr const char* what = "this node does not join";

tl::unexpected<wire::Complaint> no(std::string why, std::string remedy) {
    return tl::unexpected(wire::Complaint{what, std::move(why), std::move(remedy)});
}

/// At most one byte more than a token can have.
std::string read_stream(std::istream& in) {
    std::string text(wire::token_text_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

/// A token is one line: whoever pastes it need not know how a terminal's input is ended.
tl::expected<std::string, wire::Complaint> read_line(const std::string& timeout) {
    const bool is_person = ::isatty(STDIN_FILENO) == 1;
    if (is_person) say("paste the token, then press Enter\n");
    const Waiting waiting(timeout);
    std::string text;
    while (text.size() <= wire::token_text_max && text.find('\n') == std::string::npos) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(waiting.left());
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&input, 1, static_cast<int>(left.count())) == 0)
            return no("no token has come on its input within " + timeout,
                      "give the file that `inquest invite` wrote, or the token and a new line");
        std::array<char, 4096> part{};
        const ssize_t length = ::read(STDIN_FILENO, part.data(), part.size());
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(length));
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) text.clear();
    }
    return text;
}

tl::expected<std::string, wire::Complaint> read_text(const std::string& file,
                                                     const std::string& timeout) {
    if (file == "-") return read_line(timeout);
    std::ifstream in(file, std::ios::binary);
    if (!in) return no(file + " cannot be read", "give the file that `inquest invite` wrote, or -");
    return read_stream(in);
}

std::string refusal(wire::TokenRefusal reason) {
    switch (reason) {
        case wire::TokenRefusal::no_token: return "that is no token of `inquest invite`";
        case wire::TokenRefusal::version: return "the token is of another version of Inquest";
        case wire::TokenRefusal::truncated:
            return "the token was cut off or changed on its way here";
        case wire::TokenRefusal::malformed: return "the token is whole and makes no sense";
    }
    return "?";
}

Duration since(std::int64_t seconds) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return now - std::chrono::seconds(seconds);
}

tl::expected<wire::JoinToken, wire::Complaint> token_of(const Command& command) {
    auto text = read_text(command.life.file, command.life.timeout);
    if (!text) return tl::unexpected(text.error());
    auto token = wire::decode_token(*text);
    wire::wipe(*text);
    if (!token)
        return no(refusal(token.error()),
                  "copy it again, or have `inquest invite` given again for a new one");
    return std::move(*token);
}

/// As this very member: one that was removed and invited anew has another number.
bool has_joined(const Traces& found, const wire::JoinToken& token) {
    return found.member && !found.removed && found.self == token.member &&
           found.cluster == token.cluster.name &&
           found.node == token.cluster.member(token.member)->name;
}

/// Behind "join": the member's number.
std::string begin_head(const wire::JoinToken& token) {
    return "join " + std::to_string(token.member.value) + " ";
}

/// A join of this member was begun with another token, and is not finished.
bool has_newer_token(const Traces& found, const wire::JoinToken& token) {
    return found.begun == Traces::Begun::joining && !found.removed &&
           found.begin_text.starts_with(begin_head(token)) &&
           found.begin_text != begin_head(token) + wire::hex(token.secret) &&
           (found.cluster.empty() || found.cluster == token.cluster.name);
}

NodeFiles files_of(const wire::JoinToken& token, const std::vector<PlacedDevice>& devices) {
    return {.begin = begin_head(token) + wire::hex(token.secret) + "\n",
            .keys = wire::keys_text(token.cluster.keys),
            .cluster = config::render(token.cluster),
            .node = node_toml(token.cluster.member(token.member)->name, devices)};
}

}  // namespace

wire::Exit run_join(const Command& command) {
    const auto token = token_of(command);
    if (!token) return refused({token.error(), wire::Exit::failed});
    const std::string uuid = wire::hex(token->cluster.uuid);
    const Traces found = traces(folders(command));
    const bool begins_again = has_newer_token(found, *token);
    if (!begins_again && has_joined(found, *token)) return become_member(command, uuid);
    if (const auto why = occupied(found, Traces::Begun::joining); why && !begins_again)
        return refused({*why, wire::Exit::failed});
    if (const Duration late = since(token->expires_seconds); late > Duration::zero())
        return refused(what, "the token expired " + text(late) + " ago by this node's clock",
                       "have `inquest invite` given again for a new one; is the clock right?");
    const auto devices = parse_devices(command.life.devices);
    if (!devices)
        return refused(what, "--device: " + devices.error(), "see `inquest join --help`",
                       wire::Exit::usage);
    NodeFiles files = files_of(*token, *devices);
    if (const std::string why = complaints_of(files); !why.empty())
        return refused(what, why,
                       "give this node the addresses that it was invited with, or have it invited "
                       "again with those that it has");
    if (begins_again) {
        Waiting waiting(command.life.timeout);
        if (const auto stopped = stop_daemon(folders(command), waiting); !stopped)
            return refused(stopped.error());
    }
    const auto written = write_node_files(folders(command), files);
    wire::wipe(files.keys);
    if (!written) return refused({written.error(), wire::Exit::failed});
    return become_member(command, uuid);
}

}  // namespace inquest::cli
