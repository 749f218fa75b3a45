#include "heartbeat/cli/asking.hpp"

#include "heartbeat/cli/becoming_member.hpp"
#include "heartbeat/cli/daemon_process.hpp"
#include "heartbeat/cli/node_files.hpp"

namespace inquest::cli {

std::optional<wire::ErrorReply> no_node_here(const Command& command) {
    if (daemon_pid(folders(command)) != 0) return std::nullopt;
    const auto why = not_a_node(traces(folders(command)));
    if (!why) return std::nullopt;
    return wire::ErrorReply{*why, wire::Exit::failed};
}

Or<Json> ask(const Command& command, const wire::Request& request) {
    Or<Json> reply = ask(command.run, request);
    if (reply || reply.error().exit != wire::Exit::failed) return reply;
    return tl::unexpected(no_node_here(command).value_or(reply.error()));
}

}  // namespace inquest::cli
