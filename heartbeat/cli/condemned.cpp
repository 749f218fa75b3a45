// inquest confirm-off, release: a person's word on a node that the cluster has condemned.
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/confirming.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/life.hpp"

#include <algorithm>
#include <array>

namespace inquest::cli {
namespace {

/// Somebody hears it: whoever calls it off is at another machine.
bool is_heard(const Json& peer) {
    constexpr std::array<std::string_view, 3> words{"alive", "degraded", "partitioned"};
    return std::find(words.begin(), words.end(), text_of(peer, "verdict")) != words.end();
}

/// The condemned peer of this name; else why there is none.
Or<Json> condemned_peer(const Command& command, const std::string& what) {
    const std::string& name = command.life.name;
    const Or<Json> status = ask(command, {.verb = wire::Verb::status});
    if (!status) return tl::unexpected(status.error());
    const auto none = [&](std::string why, std::string remedy) {
        return tl::unexpected(
            wire::ErrorReply{{what, std::move(why), std::move(remedy)}, wire::Exit::failed});
    };
    for (const Json& peer : list_of(*status, "peers")) {
        if (text_of(peer, "name") != name) continue;
        const auto condemned = peer.find("condemned");
        if (condemned != peer.end() && condemned->is_object()) return peer;
        return none(
            name + " is not condemned",
            "only a lost node is, while the cluster is armed: see `inquest explain " + name + "`");
    }
    if (text_of(*status, "node") == name)
        return none(name + " is this node, and it runs", "run it on another node");
    return none("there is no node " + name, "see `inquest status` for their names");
}

}  // namespace

wire::Exit run_confirm_off(const Command& command) {
    const std::string& name = command.life.name;
    const std::string what = "nothing is confirmed";
    const Or<Json> peer = condemned_peer(command, what);
    if (!peer) return refused(peer.error());
    if (is_heard(*peer))
        return refused(what, name + " is heard: it is not off",
                       "look which machine you are at; see `inquest explain " + name + "`");
    const std::string prompt =
        "The cluster will take your word for it that the machine " + name +
        " is off and stays off, and may run what it ran on other nodes.\nIf it runs all the same, "
        "what both write is destroyed. Look at the machine itself: its lamps, its plug.\n"
        "Type the node's name (" +
        name + ") if you have seen that it is off: ";
    const std::string& given = command.life.confirm;
    if (given.empty() ? !is_typed(prompt, name) : given != name)
        return refused(what, "another name was typed",
                       "type the node's name, or give it with "
                       "--confirm");
    Waiting waiting(command.life.timeout);
    const Or<Agreed> agreed = agree(command, wire::ConfirmOffChange{name, person()}, what, waiting);
    if (!agreed) return refused(agreed.error());
    print(command.json
              ? line({{"confirmed", name}}) + "\n"
              : name + " is off by your word. A beat of it, or its next boot, ends that.\n");
    return wire::Exit::healthy;
}

wire::Exit run_release(const Command& command) {
    const std::string& name = command.life.name;
    const std::string what = name + " is not released";
    const Or<Json> peer = condemned_peer(command, what);
    if (!peer) return refused(peer.error());
    Waiting waiting(command.life.timeout);
    const Or<Agreed> agreed = agree(command, wire::ReleaseChange{name}, what, waiting);
    if (!agreed) return refused(agreed.error());
    const bool news = agreed->news == Agreed::News::yes;
    print(command.json ? line({{"released", name}, {"changed", news}}) + "\n"
          : news       ? "the condemnation of " + name + " is held no more\n"
                       : "the condemnation of " + name + " is not held\n");
    return wire::Exit::healthy;
}

}  // namespace inquest::cli
