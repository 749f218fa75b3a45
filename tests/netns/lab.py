#!/usr/bin/python3
"""./dev lab: a cluster of network namespaces on this machine, and everything that can go wrong in
it."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys

import power
from laboratory import Lab
from plan import PROFILES, Plan, number, parse_timing
from record import DEFAULT_NAME, Direction, Record
from shell import LabError, UsageError

EPILOG = """\
nodes are n1 n2 ..., switches sw-a sw-b ..., paths lan-a lan-b ... (lan-a runs over sw-a).
PATH may be a pattern: 'lan-*'. Examples:
  ./dev lab up --nodes 3 --paths 2
  ./dev lab exec n1 -- inquest status --matrix
  ./dev lab cut sw-a                            a switch loses power
  ./dev lab cut n1 'lan-*' --in --from n3       n1 no longer hears n3; n3 still hears n1
  ./dev lab heal all
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="./dev lab",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--name", default=DEFAULT_NAME, help="which lab, where several are up")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, does: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=does, description=does)
        sub.add_argument(
            "--name", default=argparse.SUPPRESS, help="which lab, where several are up"
        )
        return sub

    up = verb("up", "build a lab and start its nodes")
    up.add_argument("--nodes", type=int, default=3, metavar="N", help="1 to 32 (default 3)")
    up.add_argument("--paths", type=int, default=2, metavar="P", help="1 to 8 (default 2)")
    up.add_argument("--profile", default="default", help=f"timings: {' or '.join(PROFILES)}")
    up.add_argument("--ipv6", action="store_true", help="IPv6 addresses instead of IPv4")
    up.add_argument(
        "--timing",
        nargs="+",
        action="extend",
        default=[],
        metavar="K=V",
        help="override timings, say beat_interval=50ms path_limit=200ms",
    )
    up.add_argument(
        "--bin", default="", metavar="DIR", help="inquestd and inquest (default build/bin)"
    )
    up.add_argument(
        "--members",
        default="ledger",
        help="who the members are: ledger (made with inquest init, invite and join), files, or "
        "nobody: bare nodes to try these commands on (default ledger)",
    )
    up.add_argument("--disk", action="store_true", help="and a path over a disk that all share")
    up.add_argument("--bare", action="store_true", help="nodes without daemons")
    up.add_argument("--vms", action="store_true", help="not yet: guarded VMs need the VM guard")

    execute = verb("exec", "run a command in a node: exec NODE -- CMD [ARG...]")
    execute.add_argument("node", metavar="NODE")

    for name, does in (("cut", "cut a switch, or a node's path"), ("heal", "undo a cut")):
        sub = verb(name, does)
        sub.add_argument("what", metavar="SWITCH|NODE" + ("|all" if name == "heal" else ""))
        sub.add_argument("path", metavar="PATH", nargs="?")
        add_ways(sub)
        if name == "cut":
            sub.add_argument(
                "--silent",
                action="store_true",
                help="the switch forwards nothing, but the carrier stays up",
            )

    loss = verb("loss", "drop a share of the frames at random; 0 ends it")
    loss.add_argument("node", metavar="NODE")
    loss.add_argument("path", metavar="PATH")
    loss.add_argument("percent", metavar="PERCENT", type=float)
    add_ways(loss)

    for name, does in (
        ("kill", "power cut: nothing of the node runs on, its ports go dark"),
        ("start", "boot a node that is off, or its daemon if only that is missing"),
        ("pause", "freeze every process of the node"),
        ("resume", "let a paused node go on"),
    ):
        verb(name, does).add_argument("node", metavar="NODE")
    verb("status", "show what is up and what is cut")
    verb("down", "take everything away; nothing is left")
    return top


def add_ways(sub: argparse.ArgumentParser) -> None:
    ways = sub.add_mutually_exclusive_group()
    ways.add_argument(
        "--in",
        dest="way",
        action="store_const",
        const="in",
        default="both",
        help="only what the node would receive",
    )
    ways.add_argument(
        "--out", dest="way", action="store_const", const="out", help="only what the node sends"
    )
    sub.add_argument(
        "--from", dest="peer", metavar="NODE", help="only from (with --out: to) this node"
    )


def do_up(lab: Lab, args: argparse.Namespace) -> None:
    if args.vms:
        raise UsageError(
            "--vms: guarded VMs need the VM guard, which is not there yet: leave it out"
        )
    plan = Plan(
        nodes=args.nodes,
        paths=args.paths,
        profile=args.profile,
        ipv6=args.ipv6,
        disk=args.disk,
        timing=parse_timing(args.timing),
        binaries=args.bin,
        bare=args.bare,
        members="files" if args.bare or args.timing else args.members,
    )
    lab.up(plan)
    paths = " ".join(p.name for p in plan.path_list())
    named = "" if lab.name == DEFAULT_NAME else f"--name {lab.name} "
    bare = "inquest init --help" if plan.members == "nobody" else "inquest status --matrix"
    print(
        f"{plan.nodes} nodes are up on {paths}; try: ./dev lab {named}exec n1 -- "
        + ("ip addr" if plan.bare else bare)
    )


def do_exec(lab: Lab, args: argparse.Namespace) -> None:
    if not args.command:
        raise UsageError(f"exec {args.node}: no command: write exec {args.node} -- CMD")
    argv, environment = lab.command(args.node, args.command)
    sys.stdout.flush()
    os.execvpe(argv[0], argv, environment)


def do_cut_or_heal(lab: Lab, args: argparse.Namespace) -> None:
    plan = lab.record().plan
    silent = getattr(args, "silent", False)
    if args.path is None:
        if args.what in plan.node_names():
            raise UsageError(
                f"{args.verb} {args.what}: which path? "
                f"write {args.verb} {args.what} PATH, say lan-a or 'lan-*'"
            )
        if args.way != "both" or args.peer:
            raise UsageError("--in, --out and --from belong to a NODE and a PATH, not to a switch")
        if args.verb == "cut":
            lab.cut_switch(args.what, silent)
        elif args.what == "all":
            lab.heal_all()
        else:
            lab.heal_switch(args.what)
        return
    if silent:
        raise UsageError("--silent belongs to a switch: a cut path is always silent")
    change = lab.cut if args.verb == "cut" else lab.heal
    change(args.what, args.path, args.way, args.peer)


def do_status(lab: Lab) -> None:
    record = lab.record()
    plan = record.plan
    print(
        f"lab {record.name}: {plan.nodes} nodes, {plan.paths} paths, profile {plan.profile}, "
        f"{'IPv6' if plan.ipv6 else 'IPv4'}{'' if record.complete else ', NOT COMPLETE'}"
    )
    print(
        f"{'node':<6}{'power':<8}{'daemon':<8}" + "".join(f"{p.name:<18}" for p in plan.path_list())
    )
    for node in plan.node_names():
        print(
            f"{node:<6}{power_word(record, node):<8}{daemon_word(record, node):<8}"
            + "".join(f"{plan.address(node, p):<18}" for p in plan.path_list())
        )
    for switch, how in sorted(record.switches.items()):
        print(f"switch {switch} is {how}")
    for line in direction_lines({d: "cut" for d in record.cuts}):
        print(line)
    for line in direction_lines({d: f"loses {p:g} %" for d, p in record.losses.items()}):
        print(line)
    if not (record.switches or record.cuts or record.losses):
        print("nothing is cut")


def direction_lines(marks: dict[Direction, str]) -> list[str]:
    """One line for each pair, with its paths; both directions together where they are alike."""
    paths: dict[str, list[str]] = {}
    for (sender, receiver, path), word in sorted(marks.items()):
        mirrored = marks.get((receiver, sender, path)) == word
        if not mirrored or number(sender) < number(receiver):
            arrow = "<->" if mirrored else "->"
            paths.setdefault(f"{sender} {arrow} {receiver} {word} on", []).append(path)
    return [f"{what} {' '.join(names)}" for what, names in paths.items()]


def power_word(record: Record, node: str) -> str:
    entry = record.nodes[node]
    if not entry.running():
        return "off"
    return "paused" if entry.paused else "up"


def daemon_word(record: Record, node: str) -> str:
    return "up" if record.nodes[node].running() and power.daemon_ids(record, node) else "-"


def perform(args: argparse.Namespace) -> None:
    lab = Lab(args.name)
    match args.verb:
        case "up":
            do_up(lab, args)
        case "exec":
            do_exec(lab, args)
        case "cut" | "heal":
            do_cut_or_heal(lab, args)
        case "loss":
            lab.loss(args.node, args.path, args.percent, args.way, args.peer)
        case "status":
            do_status(lab)
        case "down":
            lab.down()
        case _:
            getattr(lab, args.verb)(args.node)


def main(argv: list[str]) -> int:
    # Everything after the first `--` is the command of exec, whatever it looks like.
    own, command = argv, []
    if "--" in argv:
        own, command = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
    args = parser().parse_args(own)
    args.command = command
    # A terminated `up` must take away what it has built, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if command and args.verb != "exec":
            raise UsageError(f"{args.verb}: takes no command after '--'")
        perform(args)
        return 0
    except LabError as failure:
        print(f"lab: {failure}", file=sys.stderr)
        return 2 if isinstance(failure, UsageError) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(sys.argv[1:]))
