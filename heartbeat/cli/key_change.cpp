#include "heartbeat/cli/key_change.hpp"

#include "heartbeat/cli/agreeing.hpp"

#include <algorithm>

namespace inquest::cli {
namespace {

std::string blocker(const Json& ledger) {
    std::string names;
    for (const Json& name : list_of(ledger, "key_waits_for")) {
        if (name.is_string()) names += (names.empty() ? "" : ", ") + clean(name.get<std::string>());
    }
    if (names.empty()) return "every member to have the new key";
    return "the new key to reach " + names + ", which is not heard";
}

/// Who was invited before the key changed: the token holds the keys of then.
void tell_void_tokens(const Json& ledger) {
    for (const Json& member : list_of(ledger, "members")) {
        if (text_of(member, "standing") != "invited") continue;
        const std::string name = text_of(member, "name");
        say("the token that " + name + " was given opens nothing any more: `inquest invite " +
            name + " --address ...` makes another\n");
    }
}

}  // namespace

bool key_waits(const Json& ledger) {
    const Json& keys = list_of(ledger, "keys");
    return std::any_of(keys.begin(), keys.end(),
                       [](const Json& key) { return flag_of(key, "waits"); });
}

wire::Exit wait_for_key(const Command& command, Waiting& waiting) {
    for (;;) {
        const Or<Json> now = ledger(command);
        if (now && !key_waits(*now)) {
            tell_void_tokens(*now);
            return wire::Exit::healthy;
        }
        const std::string blocked = now ? blocker(*now) : now.error().error.what;
        if (waiting.goes_on(blocked)) continue;
        return refused(
            waiting.ended("the new key is agreed on, and does not sign yet",
                          "it takes over by itself when these nodes are back, or are removed",
                          wire::Exit::degraded));
    }
}

}  // namespace inquest::cli
