// inquest invite: the cluster agrees on a new member, and a token for it is printed.
//
// Steps: 1. the invitation is agreed on; 2. the token is made and printed. A command that is killed
// between the two has lost the secret; given again it invites the same member anew, with another
// secret, as it does for whoever lost a token, or has one from before a change of keys.
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/node_files.hpp"
#include "heartbeat/cli/placed_address.hpp"
#include "heartbeat/config/duration.hpp"
#include "heartbeat/wire/binary_text.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

namespace inquest::cli {
namespace {

std::int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The token as inquestd makes it, with the time until which it is to be used.
Or<std::string> token(const Command& command, const Json& invitation) {
    wire::Request request{.verb = wire::Verb::token, .node = command.life.name};
    request.secret = wire::from_hex<wire::Secret>(text_of(invitation, "secret"));
    const Or<Json> reply = ask(command, request);
    if (!reply) return tl::unexpected(reply.error());
    // A token is longer than the texts that text_of() shows.
    const auto found = reply->find("token");
    auto made = wire::decode_token(
        found != reply->end() && found->is_string() ? found->get<std::string>() : "");
    if (!made)
        return tl::unexpected(wire::ErrorReply{
            {"there is no token",
             "inquestd's answer is none (" + std::string(wire::word(made.error())) + ")",
             "give the same command again"},
            wire::Exit::failed});
    const Duration life = *config::parse_duration(command.life.expires);
    made->expires_seconds =
        now_seconds() + std::chrono::duration_cast<std::chrono::seconds>(life).count();
    return wire::encode(*made);
}

wire::Exit hand_out(const Command& command, const std::string& token) {
    const LifeOptions& typed = command.life;
    if (!typed.output) {
        print(token + "\n");
    } else if (const auto written = write_file({*typed.output, token + "\n", Readers::owner});
               !written) {
        return refused("the token is not written", written.error().why,
                       "mend that, and give the same command again");
    }
    say("\n" + typed.name + " is invited. Bring the token" +
        (typed.output ? " (" + typed.output->string() + ")" : "") +
        " to it by a safe way, for it holds the cluster's keys; then run there:\n"
        "  inquest join TOKEN-FILE      (or: inquest join -   and paste it)\n"
        "It can be used once, within " +
        typed.expires + ".\n");
    return wire::Exit::healthy;
}

/// Why no token can be written there, found before anybody is invited.
std::optional<std::string> output_trouble(const LifeOptions& typed) {
    if (!typed.output) return std::nullopt;
    std::error_code error;
    const auto folder = typed.output->parent_path();
    if (std::filesystem::exists(*typed.output, error))
        return "--output: " + typed.output->string() + " is there already, and may hold a token";
    if (!folder.empty() && !std::filesystem::is_directory(folder, error))
        return "--output: " + folder.string() + " is no folder";
    return std::nullopt;
}

/// Beats that a node cannot hear on a path are no fault of anybody, but seldom meant.
void warn_of_paths_left_out(const Command& command, const wire::InviteChange& change) {
    const Or<Json> known = ledger(command);
    if (!known) return;
    for (const Json& path : list_of(*known, "paths")) {
        const std::string name = text_of(path, "name");
        if (flag_of(path, "off") || change.addresses.contains(name)) continue;
        say("warning: " + change.name + " has no address on " + name +
            ", so it will not be heard there: --address " + name + "=...\n");
    }
}

}  // namespace

wire::Exit run_invite(const Command& command) {
    const LifeOptions& typed = command.life;
    const auto addresses = parse_addresses(typed.addresses);
    std::string wrong = addresses ? "" : addresses.error();
    wire::InviteChange change{.name = typed.name,
                              .role = typed.role == "witness" ? Role::witness : Role::voter,
                              .vote = typed.no_vote ? Vote::no : Vote::yes,
                              .addresses = {}};
    for (const PlacedAddress& placed : addresses.value_or(std::vector<PlacedAddress>{})) {
        if (!placed.fate.empty()) wrong = "the path " + placed.path + " has its fate already";
        change.addresses[placed.path] = placed.address;
    }
    if (!wrong.empty())
        return refused("nobody is invited", "--address: " + wrong, "see `inquest invite --help`",
                       wire::Exit::usage);
    if (const auto why = output_trouble(typed))
        return refused("nobody is invited", *why, "give another FILE", wire::Exit::usage);
    warn_of_paths_left_out(command, change);
    Waiting waiting(typed.timeout);
    const Or<Agreed> agreed = agree(command, change, typed.name + " is not invited", waiting);
    if (!agreed) return refused(agreed.error());
    if (flag_of(agreed->answer, "anew"))
        say(typed.name +
            " was invited before and has not joined; what it was given then opens "
            "nothing any more.\n");
    const Or<std::string> made = token(command, agreed->answer);
    return made ? hand_out(command, *made) : refused(made.error());
}

}  // namespace inquest::cli
