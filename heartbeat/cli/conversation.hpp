// One question to inquestd and its answer; and how a refusal reads.
#pragma once

#include "heartbeat/cli/client.hpp"
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/wire/local.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace inquest::cli {

template <typename T>
using Or = Client::Or<T>;

/// To standard output, at once.
void print(std::string_view text);
/// To standard error, for people: what is under way, while standard output carries the result.
void say(std::string_view text);

/// `inquest: what: why: what to do`
std::string refusal_text(const wire::ErrorReply& refusal);

/// Says it, and gives the exit code.
wire::Exit refused(const wire::ErrorReply& refusal);
wire::Exit refused(std::string what, std::string why, std::string remedy,
                   wire::Exit exit = wire::Exit::failed);

Or<Json> receive(Client& client, Client::Wait wait);

/// The answer of the inquestd whose socket is in the folder `run`.
Or<Json> ask(const std::filesystem::path& run, const wire::Request& request);

}  // namespace inquest::cli
