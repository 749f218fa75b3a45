#include "heartbeat/cli/life_command_line.hpp"

#include "heartbeat/config/duration.hpp"

#include <CLI/CLI.hpp>

namespace inquest::cli {
namespace {

std::string length_problem(const std::string& typed) {
    const auto length = config::parse_duration(typed);
    if (!length) return length.error() + "; write a length of time such as 30s or 1h";
    return *length > Duration::zero() ? "" : "a length of time above 0 is needed";
}

const CLI::Validator is_length(length_problem, "LENGTH", "length");

CLI::App* verb(CLI::App& app, Command& command, const char* name, Verb meant, const char* what,
               const char* more) {
    CLI::App* added = app.add_subcommand(name, what);
    added->footer(more);
    added->callback([&command, meant] { command.verb = meant; });
    return added;
}

void add_timeout(CLI::App* verb, LifeOptions& typed) {
    verb->add_option("--timeout", typed.timeout, "wait no longer than this")
        ->check(is_length)
        ->capture_default_str();
}

void add_start(CLI::App* verb, LifeOptions& typed) {
    verb->add_flag("--no-start", typed.no_start, "only write the files; start inquestd yourself");
}

void add_addresses(CLI::App* verb, LifeOptions& typed, const char* what) {
    verb->add_option("--address", typed.addresses, what)
        ->required()
        ->take_all()
        ->allow_extra_args(false);  // else it would swallow the node's name behind it
}

void add_devices(CLI::App* verb, LifeOptions& typed) {
    verb->add_option("--device", typed.devices,
                     "PATH=DEVICE, once for each path over a shared disk: what the disk is called "
                     "on this host")
        ->take_all()
        ->allow_extra_args(false);
}

void add_role(CLI::App* verb, LifeOptions& typed) {
    verb->add_option("--role", typed.role, "a witness votes and runs no virtual machines")
        ->check(CLI::IsMember({"voter", "witness"}))
        ->capture_default_str();
}

void describe_init(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* init =
        verb(app, command, "init", Verb::init, "found a cluster with this node as its first member",
             "Example, with two networks that depend on the switches sw-a and sw-b:\n"
             "  inquest init --cluster prod --node n1 --address lan-a=192.0.2.1@sw-a "
             "--address lan-b=198.51.100.1@sw-b\n"
             "Then invite the other nodes: inquest invite --help\n"
             "A command that was cut off may be given again.");
    init->add_option("--cluster", typed.cluster, "the cluster's name, such as prod")->required();
    init->add_option("--node", typed.name, "this node's name, such as n1")->required();
    add_addresses(init, typed,
                  "PATH=ADDR[@FATE], once for each network: a name for the path, this node's "
                  "address on it, and the switch, card or cable that it depends on; for a shared "
                  "disk the address is a slot, as in san=slot-1@san");
    add_devices(init, typed);
    add_role(init, typed);
    init->add_option("--profile", typed.profile, "timings: a lost node is known in 0.5 s or 50 ms")
        ->check(CLI::IsMember({"default", "fast"}))
        ->capture_default_str();
    add_start(init, typed);
    add_timeout(init, typed);
}

void describe_invite(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* invite =
        verb(app, command, "invite", Verb::invite, "make a token with which a bare node can join",
             "Example:\n"
             "  inquest invite n2 --address lan-a=192.0.2.2 --address lan-b=198.51.100.2 "
             "--output n2.token\n"
             "Bring the token to n2 by a safe way (it holds the cluster's keys), and run there:\n"
             "  inquest join n2.token\n"
             "The same command again makes a new token for a node that has not joined yet, and "
             "voids the one before:\nwhere it was lost, has expired, or is from before `inquest "
             "rekey` or `inquest remove`.");
    invite->add_option("node", typed.name, "the new node's name")->required();
    add_addresses(invite, typed,
                  "PATH=ADDR, once for each path that the node is on; on a disk "
                  "a slot that nobody else has, as in san=slot-2");
    add_role(invite, typed);
    invite->add_flag("--no-vote", typed.no_vote, "it never votes");
    invite->add_option("--expires", typed.expires, "how long the token can be used")
        ->check(is_length)
        ->capture_default_str();
    invite->add_option("--output", typed.output,
                       "write the token there, for root only, instead of "
                       "printing it");
    add_timeout(invite, typed);
}

void describe_join(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* join = verb(app, command, "join", Verb::join,
                          "make this bare node the member that a token invites",
                          "Shows a check for each path, and ends when this node is a member.\n"
                          "A command that was cut off may be given again, with the same token.");
    join->add_option("token", typed.file, "the file of `inquest invite`, or - for standard input")
        ->required();
    add_devices(join, typed);
    add_start(join, typed);
    add_timeout(join, typed);
}

void describe_going(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    add_timeout(verb(app, command, "leave", Verb::leave, "take this node out of its cluster",
                     "Afterwards `inquest reset-node` makes it a bare node again."),
                typed);
    CLI::App* remove =
        verb(app, command, "remove", Verb::remove, "take another node out of the cluster",
             "Also a node that is gone for good, or that was invited and never joined. All "
             "members get\na new key. If it comes back it is refused and told so; `inquest "
             "reset-node` there makes it a bare node.");
    remove->add_option("node", typed.name, "the node's name")->required();
    add_timeout(remove, typed);
    CLI::App* reset = verb(app, command, "reset-node", Verb::reset_node,
                           "make this host a bare node: remove all that a cluster left on it",
                           "Lists every file and key that goes, and asks. The cluster is not told: "
                           "where this node is still\na member, run `inquest leave` first, or "
                           "`inquest remove` on another node.");
    reset->add_flag("--yes", typed.yes, "do not ask, for scripts");
    add_timeout(reset, typed);
}

/// For what cannot be taken back: the plan alone unless it is meant.
void add_for_real(CLI::App* verb, LifeOptions& typed) {
    CLI::Option* real =
        verb->add_flag("--for-real", typed.for_real, "do it, once the cluster's name is typed");
    verb->add_flag("--dry-run", typed.dry_run,
                   "only say what would happen; so it is without --for-real")
        ->excludes(real);
    verb->add_option("--confirm", typed.confirm,
                     "the cluster's name, instead of typing it, for scripts")
        ->needs(real);
}

void describe_recovery(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* recover =
        verb(app, command, "recover-quorum", Verb::recover_quorum,
             "go on with this node alone, because the majority is lost for good",
             "Without --for-real it only says what would happen: who survives, who is left out, "
             "what may be\nlost, and who must be off. inquestd must run here, since it knows the "
             "ledger and listens whether\nothers live; while it hears one it refuses. Where "
             "several survive, run it on the one whose last\nentry is the highest, and stop "
             "inquestd on the others.\nAll others are removed and a new key signs: they cannot "
             "vote or be heard with the old one. Each is\ntold so when it returns; `inquest "
             "reset-node` makes it bare, and it is invited anew.\nIf the others live and cannot "
             "be heard from here, this makes two clusters: first see them off.");
    add_for_real(recover, typed);
    add_timeout(recover, typed);
}

void describe_ledger(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* ledger = app.add_subcommand("ledger", "a copy of all that is agreed");
    ledger->require_subcommand(1);
    CLI::App* backup =
        verb(*ledger, command, "backup", Verb::ledger_backup, "write what is agreed to a file",
             "In it: the cluster's name and number, generation, paths, timings, the members with "
             "their addresses,\nwho was removed. Not in it: keys, invitations, or anything else "
             "that is secret. The file is for\nroot only (0600), sealed against damage, and "
             "written whole or not at all.");
    backup->add_option("file", typed.file, "the file to write")->required();
    CLI::App* restore = verb(
        *ledger, command, "restore", Verb::ledger_restore,
        "begin a new generation from a backup, where every ledger is lost",
        "For a node whose ledger is lost or damaged, when no other member lives. While others live "
        "a node that\nlost its ledger is removed, reset and invited anew: a backup has forgotten "
        "what the node promised since,\nso it never goes on in the old generation. Restored is "
        "what the backup says, with this node alone, as\nafter `inquest recover-quorum`; without "
        "--for-real it only says what would happen. A ledger.db that is\nthere is never replaced: "
        "move a damaged one aside first.");
    restore->add_option("file", typed.file, "the file of `inquest ledger backup`")->required();
    restore->add_option("--node", typed.name,
                        "which member of the backup this host is, where its own files do not say");
    add_for_real(restore, typed);
    add_timeout(restore, typed);
}

void describe_settings(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    add_timeout(verb(app, command, "rekey", Verb::rekey, "give all members a new key",
                     "No beat is lost: it signs when every member has it."),
                typed);
    CLI::App* arm = verb(
        app, command, "arm", Verb::arm, "let the cluster act on what it concludes",
        "A new cluster only observes. An armed one condemns a node that nobody hears for "
        "condemn_after:\nit gets no lease any more, and is switched off by the fence devices "
        "that cluster.toml gives it.\nRefused where a device is known to fail, asked from this "
        "node.");
    arm->add_flag("--anyway", command.life.anyway, "though a fence device is not ready");
    add_timeout(arm, typed);
    add_timeout(verb(app, command, "disarm", Verb::disarm, "let the cluster only observe", ""),
                typed);
    CLI::App* maintenance =
        verb(app, command, "maintenance", Verb::maintenance, "say that a node is being worked on",
             "Example:\n  inquest maintenance on n2");
    maintenance
        ->add_option_function<std::string>(
            "state", [&typed](const std::string& word) { typed.on = word == "on"; }, "on or off")
        ->check(CLI::IsMember({"on", "off"}))
        ->required();
    maintenance->add_option("node", typed.name, "the node's name; this node, if none is given");
    add_timeout(maintenance, typed);
}

void describe_condemned(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* confirm = verb(app, command, "confirm-off", Verb::confirm_off,
                             "give your word that a condemned node's machine is off",
                             "For a lost node that nothing else can prove to be off. Look at the "
                             "machine itself first: if it "
                             "runs all\nthe same, what it and its successors write is destroyed. "
                             "The word holds for this "
                             "condemnation alone, and\nis void as soon as the node is heard.");
    confirm->add_option("node", typed.name, "the node's name")->required();
    confirm->add_option("--confirm", typed.confirm,
                        "the node's name once more, instead of typing it, for scripts");
    add_timeout(confirm, typed);
    CLI::App* release =
        verb(app, command, "release", Verb::release, "let a condemnation that is held go on",
             "Nodes that vanish together are condemned and held: it is seldom their own fault, and "
             "switching them\noff would make a broken switch worse. Release one when you know "
             "better.");
    release->add_option("node", typed.name, "the node's name")->required();
    add_timeout(release, typed);
}

void describe_config(CLI::App& config, Command& command) {
    LifeOptions& typed = command.life;
    verb(config, command, "show", Verb::config_show, "print what the cluster has agreed on", "");
    CLI::App* diff = verb(config, command, "diff", Verb::config_diff,
                          "what a file would change in the cluster's behaviour",
                          "Exit code 0 whether it would change something or not; --json lists the "
                          "`effects`.");
    CLI::App* push = verb(config, command, "push", Verb::config_push,
                          "have the cluster agree on timings and paths of a file",
                          "Example:\n"
                          "  inquest config show > new.toml; edit it\n"
                          "  inquest config diff new.toml\n"
                          "  inquest config push new.toml");
    for (CLI::App* one : {diff, push})
        one->add_option("file", typed.file,
                        "a cluster.toml; the one under --etc, if none is given");
    add_timeout(push, typed);
}

void describe_disk(CLI::App& app, Command& command) {
    LifeOptions& typed = command.life;
    CLI::App* disk = app.add_subcommand("disk", "the shared disk of a path of kind disk");
    disk->require_subcommand(1);
    CLI::App* init = verb(
        *disk, command, "init", Verb::disk_init, "set a disk up for this cluster",
        "Once, on one node, on a disk that nothing else uses: a logical unit or a partition of "
        "1 MiB is enough.\nA disk that holds something is described, and is only written over "
        "once its name was typed; one that is\nmounted, or that some node writes, is never.");
    CLI::App* status = verb(*disk, command, "status", Verb::disk_status,
                            "what stands on it, and who has written within a second",
                            "Reads the disk itself; inquestd is not asked.");
    for (CLI::App* one : {init, status})
        one->add_option("disk", typed.file, "a device, or the name of a path")->required();
    init->add_option("--cluster", typed.cluster,
                     "the cluster's name, where this node's files do not say it");
    init->add_flag("--yes", typed.yes, "do not ask, for scripts");
}

}  // namespace

void describe_life(CLI::App& app, CLI::App& config, Command& command) {
    describe_init(app, command);
    describe_invite(app, command);
    describe_join(app, command);
    describe_going(app, command);
    describe_recovery(app, command);
    describe_ledger(app, command);
    describe_settings(app, command);
    describe_condemned(app, command);
    describe_config(config, command);
    describe_disk(app, command);
}

}  // namespace inquest::cli
