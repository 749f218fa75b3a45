// inquest remove and leave: a member takes no part any more.
//
// Steps: 1. the removal is agreed on, and with it a new key, for the removed node knows the old
// ones; 2. the coordinator lets the key sign when all that remain have it, whether this command
// still waits or not. Given again after a kill it finds the node gone, and waits for the key.
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/key_change.hpp"
#include "heartbeat/cli/life.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

bool lists(const Json& ledger, const char* list, const std::string& node) {
    const Json& entries = list_of(ledger, list);
    return std::any_of(entries.begin(), entries.end(),
                       [&](const Json& entry) { return text_of(entry, "name") == node; });
}

wire::Exit wait_for_key_without(const Command& command, const std::string& node, Waiting& waiting) {
    const wire::Exit exit = wait_for_key(command, waiting);
    if (exit != wire::Exit::healthy) return exit;
    if (command.json)
        print(line({{"removed", node}}) + "\n");
    else
        say(node +
            " is removed, and nobody signs with its keys any more. On it, `inquest reset-node` "
            "makes it a bare node, which can be invited anew.\n");
    return exit;
}

wire::Exit has_left(const Command& command) {
    if (command.json)
        print(line({{"left", true}}) + "\n");
    else
        say("this node is a member of its cluster no more; `inquest reset-node` makes it a bare "
            "node\n");
    return wire::Exit::healthy;
}

}  // namespace

wire::Exit run_remove(const Command& command) {
    const std::string& node = command.life.name;
    const Or<Json> before = ledger(command);
    if (!before) return refused(before.error());
    Waiting waiting(command.life.timeout);
    if (!lists(*before, "members", node) && lists(*before, "tombstones", node)) {
        say(node + " was removed before; now it is seen to that its keys are void\n");
        return wait_for_key_without(command, node, waiting);
    }
    if (text_of(*before, "node") == node)
        return refused("a node does not remove itself", node + " is this node",
                       "run `inquest leave` here, or `inquest remove " + node + "` on another");
    const Or<Agreed> agreed =
        agree(command, wire::RemoveChange{node}, node + " is not removed", waiting);
    if (!agreed) return refused(agreed.error());
    return wait_for_key_without(command, node, waiting);
}

wire::Exit run_leave(const Command& command) {
    const Or<Json> before = ledger(command);
    if (!before) {
        if (!was_removed(command)) return refused(before.error());
        return has_left(command);
    }
    Waiting waiting(command.life.timeout);
    const Or<Agreed> agreed = agree(command, wire::RemoveChange{text_of(*before, "node")},
                                    "this node has not left", waiting);
    // A node that removes itself may hear no more of it than that it is removed.
    if (!agreed && !was_removed(command)) return refused(agreed.error());
    return has_left(command);
}

}  // namespace inquest::cli
