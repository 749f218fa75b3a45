// inquest reset-node: this host forgets that it ever was a node.
//
// Steps, after each of which the command may be killed and given again:
//   1. the manifest is shown, and the node's name asked for
//   2. inquestd is stopped, and will not be started at the next boot
//   3. the files go, one by one in the order of the manifest; it begins with cluster.toml, without
//      which inquestd does not start, and ends with node.toml, which has the name
//   4. the folders are looked at again
#include "heartbeat/cli/becoming_member.hpp"
#include "heartbeat/cli/confirming.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/daemon_process.hpp"
#include "heartbeat/cli/life.hpp"

#include <string>
#include <system_error>
#include <vector>

namespace inquest::cli {
namespace {

namespace fs = std::filesystem;

std::string listed(const std::vector<fs::path>& files) {
    std::string text;
    for (const fs::path& file : files) {
        const bool keys = file.parent_path().filename() == "keys";
        text += "  " + clean(file.string()) + (keys ? "   (the cluster's keys)" : "") + "\n";
    }
    return text;
}

/// The word that has to be typed: where a reset was cut off, or the files cannot be read, the
/// node's name is not known any more.
std::string word_to_type(const Traces& found) { return found.node.empty() ? "reset" : found.node; }

/// Where its daemon says that it is one, the others will miss it, and its vote.
std::string membership(const Command& command) {
    const Or<Json> here = ask(command.run, {.verb = wire::Verb::ledger});
    const bool joined = here && text_of(*here, "standing") == "joined";
    if (!joined)
        return "\nThe cluster is not told: where this node is still a member, `inquest leave` "
               "comes "
               "first.";
    return "\nThis node IS A MEMBER of its cluster now, and the cluster is not told: the others "
           "will "
           "miss it, and its vote, until somebody removes it there. `inquest leave` does that "
           "first.";
}

bool is_meant(const Command& command, const std::string& word) {
    return is_typed(membership(command) + "\nType \"" + word + "\" to remove all of this: ", word);
}

wire::Exit remove_files(const Folders& where, const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
        std::error_code error;
        fs::remove(file, error);
        if (error)
            return refused("this node is not reset", file.string() + ": " + error.message(),
                           "correct that, and give the same command again");
    }
    const std::vector<fs::path> left = manifest(where);
    if (left.empty()) {
        say("this is a bare node now\n");
        return wire::Exit::healthy;
    }
    return refused("this node is not reset", left.front().string() + " is there again",
                   "see who writes it (is an inquestd running?), and give the same command again");
}

}  // namespace

wire::Exit run_reset_node(const Command& command) {
    const Folders where = folders(command);
    const std::vector<fs::path> files = manifest(where);
    if (files.empty()) {
        say("this is a bare node already\n");
        return wire::Exit::healthy;
    }
    print("These files go:\n" + listed(files));
    if (!command.life.yes && !is_meant(command, word_to_type(traces(where))))
        return refused("nothing was removed", "another word was typed", "");
    Waiting waiting(command.life.timeout);
    if (const auto stopped = stop_daemon(where, waiting); !stopped) return refused(stopped.error());
    // What the daemon wrote while it ended is part of it.
    return remove_files(where, manifest(where));
}

}  // namespace inquest::cli
