#!/usr/bin/python3
"""./dev demo: three real nodes, what goes wrong in a network, and what Inquest says of it; then
three bare nodes become a cluster, a fourth one comes, goes and comes again, two of them are
condemned, one loses its daemon, and one resets itself.

The daemons, beats, cuts and the power cut are real, in network namespaces of their own. Takes
about two minutes and leaves nothing behind (with --keep: leaves the lab running).
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import signal
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass

import power
from check import (
    Failed,
    accusations,
    await_all,
    await_verdict,
    events,
    eventually,
    stays,
    status,
    tell,
    verdict_changes,
    verdicts,
)
from laboratory import Lab
from plan import Plan
from shell import LabError
from watchdog import Guard, Mux, name_watchdog

NAME = "demo"
LIFE_NAME = "demolife"
ALL = ["n1", "n2", "n3"]
WIDTH_MAX = 100
READING_SECONDS = 3  # after each step, for whoever watches it on a terminal


@dataclass(frozen=True)
class Result:
    step: str
    expected: str
    seen: str
    remark: str = ""

    @property
    def good(self) -> bool:
        return self.seen == self.expected


class Stage:
    """What the viewer sees: headings, sentences, and the real output of `inquest`."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.width = min(WIDTH_MAX, shutil.get_terminal_size((WIDTH_MAX, 24)).columns)

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def heading(self, text: str) -> None:
        print(f"\n{self.paint(text, '1;36')}\n{self.paint('-' * len(text), '36')}", flush=True)

    def tell(self, text: str) -> None:
        print(textwrap.fill(" ".join(text.split()), self.width), flush=True)

    def command(self, node: str, *argv: str) -> None:
        """Shows a command and what the node answers. On a terminal it has the colours of a
        terminal."""
        print(self.paint(f"\n{node}# {' '.join(argv)}", "1"), flush=True)
        if self.colour:
            # With the terminal itself as stdout, `inquest` draws as it does for everybody.
            line, environment = self.lab.command(node, list(argv))
            if (child := os.spawnvpe(os.P_WAIT, line[0], line, environment)) in (0, 3, 4):
                return
            raise Failed(f"{node}: {' '.join(argv)}: exit code {child}")
        answer = self.lab.run(node, *argv)
        print(textwrap.indent((answer.out + answer.err).rstrip(), "  "), flush=True)

    def must(self, node: str, *argv: str, text: str = "") -> str:
        """Shows a command that has to succeed, and what it says on the way."""
        print(self.paint(f"\n{node}# {' '.join(argv)}", "1"), flush=True)
        done = self.lab.must(node, *argv, text=text)
        shown = done.err.rstrip() or done.out.rstrip()
        print(textwrap.indent(shown, "  "), flush=True)
        return done.out

    def invite_and_join(self, host: str, node: str) -> None:
        plan = self.lab.record().plan
        token = self.must(host, "inquest", "invite", node, *plan.placed(node))
        self.must(node, "inquest", "join", "-", text=token)

    def matrix(self, node: str = "n1") -> None:
        self.command(node, "inquest", "status", "--matrix")

    def explain(self, peer: str, node: str = "n1") -> None:
        self.command(node, "inquest", "explain", peer)

    def outcome(self, result: Result) -> None:
        mark = (
            self.paint("as expected", "1;32")
            if result.good
            else self.paint("NOT AS EXPECTED", "1;31")
        )
        print(f"\nexpected: {result.expected}\nseen:     {result.seen}   [{mark}]", flush=True)
        if result.remark:
            print(f"          {result.remark}")
        if self.colour:
            time.sleep(READING_SECONDS)


# What was seen, in the words of what was expected; and a remark that nothing is compared with.
Step = Callable[[Lab, Stage], tuple[str, str]]


def all_alive(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Three nodes n1 n2 n3, two switches. Every node sends a small signed beat to every other
        one over both switches, ten times a second, and tells the others whom it hears. The matrix
        shows who hears whom."""
    )
    await_all(lab, "alive")
    time.sleep(1)  # each node's view of this moment has to reach the others
    stage.matrix()
    return all_say(lab), ""


def switch_off(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """The first switch loses power. A cluster with one heartbeat network would now see three
        lone nodes, and each might start the others' machines. Here the second path still carries
        every beat."""
    )
    lab.cut_switch("sw-a")
    await_all(lab, "degraded")
    # Longer than condemn_after: an error that follows with delay must have its chance to show.
    stays(lab, 8, lambda: given_up(lab), "somebody was accused")
    stage.matrix()
    stage.explain("n3")
    return f"{all_say(lab)}; {accused(lab)}", "watched for 8 s; condemn_after is 3 s"


def healed(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        "The switch has power again. A path counts as fresh only when signed beats arrive on it."
    )
    lab.heal_switch("sw-a")
    await_all(lab, "alive")
    return all_say(lab), ""


def deaf_one_way(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """n1 no longer hears n3, on either path; n3 still hears n1, and n2 hears both. A naive n1
        would declare n3 lost and have it fenced; others change their membership again and again.
        Inquest hears every witness first: n2 hears n3, so n3 is there."""
    )
    lab.cut("n1", "lan-*", "in", "n3")
    await_verdict(lab, ["n1", "n2"], "n3", "partitioned")
    stays(lab, 12, lambda: given_up(lab, "lost"), "somebody said lost")
    said = {verdicts(lab, n)["n3"] for n in ("n1", "n2")}
    lost = given_up(lab, "lost")
    stage.matrix()
    stage.explain("n3")
    lab.heal_all()
    await_all(lab, "alive")
    seen = f"n1 and n2 say {' or '.join(sorted(said))} of n3; lost was said {len(lost)} times"
    return seen, "watched for 12 s"


def observer_frozen(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """n1 itself stands still for 5 seconds, as under a stalled hypervisor, and wakes up with
        all its deadlines passed. A naive n1 would now accuse everybody. Inquest first notices that
        it was away, reads what has arrived meanwhile, and testifies nothing until it has seen a
        clean interval."""
    )
    before = len(events(lab, "n1"))
    lab.pause("n1")
    time.sleep(5)
    stage.tell(
        """To the others n1 looks lost meanwhile, and rightly so: nothing of it can be heard. (If
        armed, they would have it fenced before they start anything of it elsewhere.)"""
    )
    stage.command("n2", "inquest", "status")
    lab.resume("n1")
    await_all(lab, "alive")
    stays(lab, 2, lambda: accusations(lab, "n1", before), "n1 accused somebody after it woke")
    stage.command("n1", "inquest", "events", "--since", "10s")
    wrong = accusations(lab, "n1", before)
    return f"n1 accused {len(wrong)} nodes after it woke; {all_say(lab)}", ""


def node_killed(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Now n3 really loses power: all its processes end at one instant and its cables go dark.
        A majority of the voters hears it nowhere, and says so. Nothing acts yet: what would have
        followed is only noted."""
    )
    before = len(events(lab, "n1"))
    instant = lab.kill("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
    took = seconds_until_lost(lab, before, instant)
    noted = eventually(lambda: failovers(lab, before), "n1 notes that it would have failed over")
    stage.matrix()
    stage.explain("n3")
    print(f"\nn1 noted: {noted[0]['event']}: {noted[0]['peer']}: {noted[0]['reason']}")
    said = {verdicts(lab, n)["n3"] for n in ("n1", "n2")}
    seen = f"n1 and n2 say {' or '.join(sorted(said))} of n3; failovers noted: {len(noted)}"
    return seen, f"lost {took} after the power cut"


def all_say(lab: Lab) -> str:
    """What all nodes say of all others, if they say the same."""
    said = {v[peer] for node in ALL for v in [verdicts(lab, node)] for peer in v if peer in ALL}
    return f"every node says {' or '.join(sorted(said))} of both others"


def accused(lab: Lab) -> str:
    return f"lost or partitioned was said {len(given_up(lab))} times"


def given_up(lab: Lab, *words: str) -> list[str]:
    """Who was called lost (or one of `words`) by whom, in all journals."""
    wrong = words or ("lost", "partitioned")
    return [tell(e) for n in ALL for e in verdict_changes(lab, n) if e["to"] in wrong]


def failovers(lab: Lab, before: int) -> list[dict]:
    """What n1 has noted that an armed cluster would have done about n3."""
    new = events(lab, "n1")[before:]
    return [e for e in new if e["event"] == "would-have-failed-over" and e["peer"] == "n3"]


def seconds_until_lost(lab: Lab, before: int, instant: float) -> str:
    """From n1's own journal, where it can be read; all nodes share this machine's clock."""
    for event in verdict_changes(lab, "n1", before):
        if event["peer"] == "n3" and event["to"] == "lost":
            when = datetime.datetime.fromisoformat(str(event["time"])).timestamp()
            return f"{when - instant:.2f} s"
    raise Failed("n1 says lost of n3, but its journal does not")


STEPS: list[tuple[str, str, Step]] = [
    ("all well", "every node says alive of both others", all_alive),
    (
        "a switch without power",
        "every node says degraded of both others; lost or partitioned was said 0 times",
        switch_off,
    ),
    ("the switch is back", "every node says alive of both others", healed),
    (
        "a node deaf in one direction",
        "n1 and n2 say partitioned of n3; lost was said 0 times",
        deaf_one_way,
    ),
    (
        "the observer frozen for 5 s",
        "n1 accused 0 nodes after it woke; every node says alive of both others",
        observer_frozen,
    ),
    ("a node without power", "n1 and n2 say lost of n3; failovers noted: 1", node_killed),
]


def founded(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Other nodes, without a single file of Inquest. On n1 a cluster is founded; an invitation
        makes a token, and with it the next node joins. Each command says what it waits for, and
        ends at its deadline."""
    )
    plan = lab.record().plan
    stage.must("n1", "inquest", "init", "--cluster", "demo", "--node", "n1", *plan.fated("n1"))
    for node in ("n2", "n3"):
        stage.invite_and_join("n1", node)
    await_all(lab, "alive", ALL)
    stage.command("n3", "inquest", "status")
    return all_say(lab), ""


def fourth_joins(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.invite_and_join("n2", "n4")
    await_all(lab, "alive", [*ALL, "n4"])
    return f"n1 knows {' '.join(sorted(verdicts(lab, 'n1')))}", ""


def removed_and_refused(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """n4 loses power and is removed; with it goes the key that it knows. Elsewhere a removed
        node that is switched on again has wrecked its cluster. Here it is refused, told so, and
        harms nothing."""
    )
    lab.kill("n4")
    stage.must("n1", "inquest", "remove", "n4")
    lab.start("n4")
    eventually(lambda: status(lab, "n4")["removed"], "n4 is told that it was removed")
    stage.command("n4", "inquest", "status")
    await_all(lab, "alive", ALL)
    return all_say(lab), ""


def reset_and_joins_anew(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.must("n4", "inquest", "reset-node", "--yes")
    stage.invite_and_join("n3", "n4")
    await_all(lab, "alive", [*ALL, "n4"])
    stage.command("n4", "inquest", "status")
    return f"n1 knows {' '.join(sorted(verdicts(lab, 'n1')))}", ""


def condemned_and_boots(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """The cluster is armed, and n4 loses power. When nobody has heard it for 3 s, which is
        condemn_after, a majority writes down that it is condemned: from then on nobody grants it
        a lease, which is what a node needs to run guarded machines. When it boots, another kernel
        runs: the condemned one is gone."""
    )
    stage.must("n1", "inquest", "arm")
    # Who dies before its boot is known to the ledger has never had anything to run.
    eventually(lambda: boots_told(lab, "n4") == 2, "n4 has told of its boot as the new member")
    lab.kill("n4")
    await_condemned(lab, "n4", True)
    stage.explain("n4", "n2")
    lab.start("n4")
    await_condemned(lab, "n4", False)
    await_all(lab, "alive", [*ALL, "n4"])
    stage.command("n1", "inquest", "status")
    return decided(lab, "n4"), ""


def cut_off_and_acquitted(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Both cables of n3 fail for a while. It runs on, hears nobody, and accuses nobody. The
        others condemn it; its lease, which they granted before, has not run out when the cables
        are back, so it has lost nothing. One beat acquits it."""
    )
    for path in ("lan-a", "lan-b"):
        lab.cut("n3", path)
    await_condemned(lab, "n3", True)
    stage.command("n3", "inquest", "explain", "n3")
    lab.heal_all()
    await_condemned(lab, "n3", False)
    await_all(lab, "alive", [*ALL, "n4"])
    return decided(lab, "n3"), ""


def daemon_dies(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """inquestd on n2 is killed without a word. The machine and all that it runs go on, and
        nobody shall take its guests away for that: its keeper, the process that started it, says so
        in its place, and starts it again."""
    )
    before = len(verdict_changes(lab, "n1"))
    for pid in power.daemon_ids(lab.record(), "n2"):
        os.kill(pid, signal.SIGKILL)
    # The next run of its daemon is told when its first beat comes.
    eventually(lambda: "daemon has restarted" in last_member_event(lab, "n2"), "n2 has a daemon")
    await_all(lab, "alive", [*ALL, "n4"])
    stage.command("n1", "inquest", "events", "--since", "10s")
    told = [e for e in verdict_changes(lab, "n1", before) if e["peer"] == "n2"]
    words = ", then ".join(e["to"] for e in told)
    why = next((e["reason"] for e in told if e["to"] == "degraded"), "")
    return f"n1 said {words}; {why.partition(':')[0]}", ""


def guest_ends_with_its_lease(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        "n3 gets a watchdog, and a guest: a program says on the guard's line that one runs. Leases "
        "are cut to 5 s, so that you need not wait for long."
    )
    stage.must(
        "n1",
        "sh",
        "-c",
        "inquest config show | sed 's/^lease = .*/lease = \"5s\"/' > /etc/inquest/wanted.toml",
    )
    stage.command("n1", "inquest", "config", "push", "/etc/inquest/wanted.toml")
    with Mux(lab, "n3", client_timeout=3.5, device_timeout=1) as mux:
        name_watchdog(lab, "n3", "3500ms", "1s")
        lab.stop_daemon("n3")
        lab.start("n3")
        eventually(lambda: status(lab, "n3")["terms"], "n3 has said by what it goes")
        guard = Guard(lab, "n3", "some")
        stage.command("n3", "inquest", "status")
        stage.tell("Now n3 is cut off from everybody, and its guest runs on:")
        for path in ("lan-a", "lan-b"):
            lab.cut("n3", path)
        await_condemned(lab, "n3", True)
        stage.command("n1", "inquest", "status")
        stage.explain("n3")
        eventually(lambda: mux.cut_at, "the watchdog resets n3")
        eventually(lambda: receipt(lab, "n3") == "self_fence_elapsed", "n1 takes it for off")
        guard.die()
    stage.command("n1", "inquest", "events", "--since", "20s")
    proven = next(
        e["time"] for e in reversed(events(lab, "n1")) if "n3 runs nothing any more" in e["reason"]
    )
    proven_at = datetime.datetime.fromisoformat(proven.replace("Z", "+00:00")).timestamp()
    order = "reset, then taken for off" if mux.cut_at < proven_at else "taken for off too early"
    lab.heal_all()
    lab.start("n3")
    await_all(lab, "alive", [*ALL, "n4"])
    return f"n3 was {order}", f"{proven_at - mux.cut_at:.1f} s lay between"


def receipt(lab: Lab, node: str) -> str:
    peer = next(p for p in status(lab, "n1")["peers"] if p["name"] == node)
    return (peer["condemned"] or {}).get("receipt", "")


def last_member_event(lab: Lab, node: str) -> str:
    said = [e for e in events(lab, "n1") if e["event"] == "member" and e["peer"] == node]
    return said[-1]["reason"] if said else ""


def await_condemned(lab: Lab, node: str, wanted: bool) -> None:
    def is_condemned(observer: str) -> bool:
        return any(p["name"] == node and p["condemned"] for p in status(lab, observer)["peers"])

    others = [name for name in (*ALL, "n4") if name != node]
    eventually(
        lambda: all(is_condemned(other) == wanted for other in others),
        f"{node} is {'condemned' if wanted else 'condemned no more'}",
    )


def boots_told(lab: Lab, node: str) -> int:
    said = [e["reason"] for e in events(lab, "n1") if e["event"] == "agreed"]
    return sum(text.startswith(f"{node} began incarnation") for text in said)


def decided(lab: Lab, node: str) -> str:
    """What the ledger has decided of the node, by n1's journal, and who coordinates now."""
    said = [e["reason"] for e in events(lab, "n1") if e["event"] == "agreed"]
    times = sum(text.startswith(f"condemned {node},") for text in said)
    led_by = {status(lab, name)["coordinator"] for name in (*ALL, "n4")}
    return f"{node} was condemned {times} times; {len(led_by)} coordinator"


LIFE: list[tuple[str, str, Step]] = [
    ("from bare nodes to a cluster", "every node says alive of both others", founded),
    ("a fourth node joins", "n1 knows n2 n3 n4", fourth_joins),
    (
        "it is removed, and returns",
        "every node says alive of both others",
        removed_and_refused,
    ),
    ("it is reset, and joins anew", "n1 knows n2 n3 n4", reset_and_joins_anew),
    (
        "it loses power, is condemned, and boots",
        "n4 was condemned 1 times; 1 coordinator",
        condemned_and_boots,
    ),
    (
        "another one is cut off, and acquitted",
        "n3 was condemned 1 times; 1 coordinator",
        cut_off_and_acquitted,
    ),
    (
        "a daemon dies, and nobody is missed",
        "n1 said degraded, then alive; daemon-restart",
        daemon_dies,
    ),
    (
        "a guest ends with its lease",
        "n3 was reset, then taken for off",
        guest_ends_with_its_lease,
    ),
]


def play(lab: Lab, stage: Stage, steps: list[tuple[str, str, Step]], first: int) -> list[Result]:
    """All steps in order. A step that fails is shown with what was seen; the ones after it still
    run, on a network that is whole again."""
    results = []
    for number, (title, expected, step) in enumerate(steps, first):
        stage.heading(f"{number}. {title}")
        try:
            result = Result(title, expected, *step(lab, stage))
        except (Failed, LabError) as failure:
            result = Result(title, expected, str(failure))
            recover(lab)
        stage.outcome(result)
        results.append(result)
    return results


def play_life(binaries: str, colour: bool, first: int) -> list[Result]:
    """The life of a cluster, on nodes of its own."""
    lab = Lab(LIFE_NAME)
    lab.up(Plan(nodes=4, paths=2, binaries=binaries, members="nobody"))
    try:
        stage = Stage(lab)
        stage.colour = colour
        return play(lab, stage, LIFE, first)
    finally:
        lab.down()


def recover(lab: Lab) -> None:
    lab.heal_all()
    for node, entry in lab.record().nodes.items():
        if entry.paused:
            lab.resume(node)


def summarise(stage: Stage, results: list[Result]) -> None:
    stage.heading("Summary")
    for number, result in enumerate(results, 1):
        word = stage.paint("ok", "32") if result.good else stage.paint("NO", "1;31")
        print(
            f"{number}. {result.step:<30} {word}\n"
            f"     expected  {result.expected}\n     seen      {result.seen}"
            + (f"\n               {result.remark}" if result.remark else "")
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the lab running afterwards")
    parser.add_argument("--bin", default="", metavar="DIR", help="binaries (default build/bin)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lab = Lab(NAME)
    keep = False
    try:
        lab.up(Plan(nodes=3, paths=2, binaries=args.bin, cluster="demo"))
    except LabError as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    try:
        stage = Stage(lab)
        results = play(lab, stage, STEPS, 1)
        results += play_life(args.bin, stage.colour, len(results) + 1)
        summarise(stage, results)
        keep = args.keep
        if keep:
            tell_how_to_go_on(stage)
        return 0 if all(result.good for result in results) else 1
    except KeyboardInterrupt:
        print("\nended; the lab is taken down", file=sys.stderr)
        return 130
    except LabError as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    finally:
        if not keep:
            lab.down()


def tell_how_to_go_on(stage: Stage) -> None:
    stage.heading("The lab is still running")
    for words, does in (
        (f"--name {NAME} start n3", "boot n3 again"),
        (f"--name {NAME} exec n1 -- inquest status --matrix --watch", "look on"),
        (f"--name {NAME} cut n2 lan-a --out", "cut something yourself"),
        (f"--name {NAME} heal all", "and heal it"),
        (f"--name {NAME} down", "take everything away"),
    ):
        print(f"  ./dev lab {words:<58}# {does}")


if __name__ == "__main__":
    sys.exit(main())
