// What was typed: the verb and its options, or why it is no command.
#pragma once

#include "heartbeat/cli/life_options.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace inquest::cli {

enum class Verb : std::uint8_t {
    status,
    paths,
    explain,
    events,
    why_rebooted,
    config_check,
    doctor,
    init,
    invite,
    join,
    leave,
    remove,
    reset_node,
    recover_quorum,
    ledger_backup,
    ledger_restore,
    rekey,
    arm,
    disarm,
    maintenance,
    confirm_off,
    release,
    fence_status,
    config_show,
    config_diff,
    config_push,
    disk_init,
    disk_status,
};

struct Command {
    Verb verb = Verb::status;
    std::filesystem::path etc = "/etc/inquest";
    std::filesystem::path state = "/var/lib/inquest";
    std::filesystem::path run = "/run/inquest";
    std::optional<std::filesystem::path> checked;  ///< config check: the folder, if not `etc`
    std::string node = "self";                     ///< explain
    std::string since;                             ///< events; empty: all that is kept
    bool json = false;
    bool matrix = false;
    bool watch = false;
    bool follow = false;
    LifeOptions life;
};

/// There is nothing to run: print `text` and exit.
struct Aside {
    std::string text;
    enum class Kind : std::uint8_t { answer, wrong_usage } kind = Kind::answer;
};

/// `words` without the program's name.
tl::expected<Command, Aside> parse_command(std::vector<std::string> words);

}  // namespace inquest::cli
