// The verbs that change a cluster, one file each.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/wire/local.hpp"

namespace inquest::cli {

wire::Exit run_init(const Command& command);
wire::Exit run_invite(const Command& command);
wire::Exit run_join(const Command& command);
wire::Exit run_leave(const Command& command);
wire::Exit run_remove(const Command& command);
wire::Exit run_reset_node(const Command& command);
wire::Exit run_recover_quorum(const Command& command);
wire::Exit run_ledger_backup(const Command& command);
wire::Exit run_ledger_restore(const Command& command);
wire::Exit run_rekey(const Command& command);
wire::Exit run_armed(const Command& command);  ///< arm and disarm
wire::Exit run_maintenance(const Command& command);
wire::Exit run_confirm_off(const Command& command);
wire::Exit run_release(const Command& command);
wire::Exit run_config_show(const Command& command);
wire::Exit run_config_diff(const Command& command);
wire::Exit run_config_push(const Command& command);
wire::Exit run_disk_init(const Command& command);
wire::Exit run_disk_status(const Command& command);

}  // namespace inquest::cli
