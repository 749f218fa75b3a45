"""A daemon that dies under its keeper: the others know that the machine runs on, and soon it does
so with a daemon again."""

from __future__ import annotations

import json
import os
import signal

import power
from check import (
    ask,
    await_all,
    await_verdict,
    eventually,
    expect,
    needs,
    stays,
    status,
    verdict_changes,
)
from laboratory import Lab
from test_cluster import MEMBERS
from test_condemnations import agreed, arm

# So long that no slow machine brings a daemon back too late.
PATIENT = {"condemn_after": "25s", "restart_grace": "25s", "watchdog": "55s"}


def agree_on(lab: Lab, timing: dict[str, str]) -> None:
    """Other timings, as an administrator pushes them."""
    wanted = []
    for line in lab.must("n1", "inquest", "config", "show").out.splitlines():
        key = line.partition("=")[0].strip()
        wanted.append(f'{key} = "{timing[key]}"' if key in timing else line)
    lab.write("n1", "wanted.toml", "\n".join(wanted) + "\n")
    lab.must("n1", "inquest", "config", "push", "/etc/inquest/wanted.toml")
    shown = lab.must("n1", "inquest", "config", "show").out
    for key, value in timing.items():
        expect(f'{key} = "{value}"' in shown, f"{key} is {value} now: {shown}")
    await_all(lab, "alive")


def crash(lab: Lab, node: str, number: int) -> None:
    """Ends the daemon by a signal, and waits until another one answers in its place."""
    before = session(lab, node)
    for pid in power.daemon_ids(lab.record(), node):
        os.kill(pid, number)
    eventually(
        lambda: session(lab, node) == before + 1,
        f"{node} has a daemon again after signal {number}",
    )


def session(lab: Lab, node: str) -> int:
    """Which run of the daemon it is; 0: nobody answers."""
    answer = lab.run(node, "inquest", "status", "--json")
    return json.loads(answer.out)["session"] if answer.code in (0, 3, 4) else 0


def said(lab: Lab, node: str) -> str:
    """The log of a daemon that `inquest init` or `join` has started."""
    return lab.must(node, "cat", "/var/lib/inquest/inquestd.log").out


def nobody_condemned(lab: Lab) -> None:
    condemned = [entry for entry in agreed(lab, "n1") if "condemned" in entry]
    expect(not condemned, f"nobody was condemned: {condemned}")


def told_of(lab: Lab, observer: str, peer: str) -> list[tuple[str, str]]:
    return [(e["to"], e["reason"]) for e in verdict_changes(lab, observer) if e["peer"] == peer]


@needs(**MEMBERS)
def test_a_crash_is_no_loss(lab: Lab) -> None:
    """One node after the other, the coordinator among them, each by another signal."""
    arm(lab)
    agree_on(lab, {**PATIENT, "path_limit": "5s"})
    incarnations = {node: status(lab, node)["incarnation"] for node in ("n1", "n2", "n3")}
    crashes = (("n1", signal.SIGKILL), ("n2", signal.SIGSEGV), ("n3", signal.SIGABRT))
    for node, number in crashes:
        crash(lab, node, number)
        await_all(lab, "alive")
    knew = 0
    for node, _ in crashes:
        for observer in incarnations:
            if observer == node:
                continue
            told = told_of(lab, observer, node)
            words = {word for word, _ in told}
            missed = words & {"suspect", "lost", "left"}
            expect(not missed, f"{observer} never missed {node}: {told}")
            knew += sum(why.startswith("daemon-restart") for _, why in told)
        expect(status(lab, node)["incarnation"] == incarnations[node], f"{node} has not booted")
        expect("its keeper beats meanwhile" in said(lab, node), f"and the log of {node} has it")
    # Whoever found it degraded already, for a late beat, tells no other reason.
    expect(knew > 0, "others knew why it was degraded")
    nobody_condemned(lab)


@needs(**MEMBERS)
def test_a_second_crash_is_not_excused(lab: Lab) -> None:
    arm(lab)
    agree_on(lab, PATIENT)
    crash(lab, "n3", signal.SIGKILL)
    await_all(lab, "alive")
    crash(lab, "n3", signal.SIGKILL)
    await_all(lab, "alive")
    told = [told_of(lab, observer, "n3") for observer in ("n1", "n2")]
    for by in told:
        excused = sum(why.startswith("daemon-restart") for _, why in by)
        expect(excused <= 1, f"a keeper was heard once: {by}")
    missed = {"suspect", "lost"} & {word for by in told for word, _ in by}
    expect(missed, f"silence is silence then: {told}")
    expect("nobody speaks for it meanwhile" in said(lab, "n3"), "the log of n3 says so")
    nobody_condemned(lab)


@needs()
def test_a_keeper_passes_on_what_it_is_told(lab: Lab) -> None:
    await_all(lab, "alive")
    keeper = keeper_of(lab, "n3")
    os.kill(keeper, signal.SIGHUP)
    eventually(lambda: "configuration followed" in lab.log("n3"), "SIGHUP reloads")
    os.kill(keeper, signal.SIGTERM)
    await_verdict(lab, ["n1", "n2"], "n3", "left")
    eventually(lambda: not left_over(lab, "n3"), "both are gone")


@needs()
def test_a_daemon_dies_with_its_keeper(lab: Lab) -> None:
    """Nobody would be there to speak for it, or to start it again."""
    await_all(lab, "alive")
    os.kill(keeper_of(lab, "n3"), signal.SIGKILL)
    eventually(lambda: not left_over(lab, "n3"), "both are gone")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
    lab.start("n3")
    await_all(lab, "alive")


@needs()
def test_a_daemon_may_be_alone(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.stop_daemon("n3")
    lab.must("n3", "sh", "-c", "setsid inquestd --no-keeper </dev/null >/dev/null 2>&1 &")
    await_all(lab, "alive", ["n1", "n2", "n3"])
    expect(not power.keeper_ids(lab.record(), "n3"), "nobody keeps it")
    expect(keeper_check(lab, "n3") == "warning", "and `inquest doctor` says so")
    expect(keeper_check(lab, "n1") == "ok", "n1 has a keeper")
    os.kill(power.daemon_ids(lab.record(), "n3")[0], signal.SIGKILL)
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
    stays(lab, 3, lambda: left_over(lab, "n3"), "nobody starts it again")


def keeper_check(lab: Lab, node: str) -> str:
    return next(c["state"] for c in ask(lab, node, "doctor")["checks"] if c["name"] == "keeper")


def keeper_of(lab: Lab, node: str) -> int:
    keepers = power.keeper_ids(lab.record(), node)
    expect(len(keepers) == 1, f"{node} has one keeper: {keepers}")
    return keepers[0]


def left_over(lab: Lab, node: str) -> list[int]:
    return power.keeper_ids(lab.record(), node) + power.daemon_ids(lab.record(), node)
