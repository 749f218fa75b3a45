// inquest ledger backup: all that is agreed, as a file that `inquest ledger restore` reads.
//
// inquestd makes it between two events, so it is of one moment; the file is written whole or not
// at all.
#include "heartbeat/wire/ledger_backup.hpp"

#include "heartbeat/cli/agreeing.hpp"
#include "heartbeat/cli/asking.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/life.hpp"
#include "heartbeat/cli/node_files.hpp"

namespace inquest::cli {

wire::Exit run_ledger_backup(const Command& command) {
    constexpr const char* what = "there is no backup";
    const Or<Json> known = ledger(command);
    if (!known) return refused(known.error());
    const Or<Json> reply = ask(command, {.verb = wire::Verb::backup});
    if (!reply) return refused(reply.error());
    // Longer than the texts that text_of() shows.
    const auto found = reply->find("backup");
    const std::string text =
        found != reply->end() && found->is_string() ? found->get<std::string>() : "";
    if (const auto sound = wire::decode_backup(text); !sound)
        return refused(what,
                       "inquestd's answer is none (" + std::string(wire::word(sound.error())) + ")",
                       "install inquest and inquestd of one version");
    if (const auto written = write_file({command.life.file, text, Readers::owner}); !written)
        return refused(what, written.error().why, "give a file that can be written");
    print(command.json
              ? line({{"file", command.life.file}, {"summary", text_of(*reply, "summary")}}) + "\n"
              : command.life.file + ": " + text_of(*reply, "summary") + "\n");
    if (!flag_of(*reply, "coordinated"))
        say("note: this node knows of no coordinator, so the cluster may have agreed on more than "
            "it has\n");
    return wire::Exit::healthy;
}

}  // namespace inquest::cli
