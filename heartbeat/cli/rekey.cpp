// inquest rekey: a new key for all. No beat is lost: everybody understands it before anybody signs
// with it, and the one before it is understood until the next change.
//
// Steps: 1. the key is agreed on; 2. the coordinator lets it sign when all have it, whether this
// command still waits or not. Given again in between it waits for that key.
#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/key_change.hpp"
#include "heartbeat/cli/life.hpp"

namespace inquest::cli {

wire::Exit run_rekey(const Command& command) {
    const Or<Json> before = ledger(command);
    if (!before) return refused(before.error());
    Waiting waiting(command.life.timeout);
    if (key_waits(*before)) {
        say("a new key is agreed on already\n");
    } else if (const Or<Agreed> agreed =
                   agree(command, wire::RekeyChange{}, "there is no new key", waiting);
               !agreed) {
        return refused(agreed.error());
    }
    const wire::Exit exit = wait_for_key(command, waiting);
    if (exit != wire::Exit::healthy) return exit;
    if (command.json)
        print(line({{"changed", true}}) + "\n");
    else
        say("all members sign with the new key\n");
    return exit;
}

}  // namespace inquest::cli
