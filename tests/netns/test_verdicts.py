"""What the nodes say of each other when paths, switches and nodes fail: docs/verdicts.md, for
real."""

from __future__ import annotations

import time

from check import (
    accusations,
    await_all,
    await_verdict,
    events,
    eventually,
    expect,
    needs,
    nobody_lost,
    path_states,
    stays,
    status,
    tell,
    verdict_changes,
    verdicts,
)
from laboratory import Lab

ALL = ["n1", "n2", "n3"]


@needs()
def test_all_alive(lab: Lab) -> None:
    await_all(lab, "alive")
    for node in ALL:
        expect(status(lab, node)["quorate"] is True, f"{node} is in a quorate component")
        expect(lab.run(node, "inquest", "status").code == 0, f"{node}: healthy is exit code 0")


@needs()
def test_switch_off_is_degraded_and_nothing_else(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.cut_switch("sw-a")
    await_all(lab, "degraded")
    expect(path_states(lab, "n1", "n2")["lan-b"] == "fresh", "the other path is untouched")
    expect(
        path_states(lab, "n1", "n2")["lan-a"] == "blind",
        "without carrier n1 cannot testify on lan-a",
    )
    expect(lab.run("n1", "inquest", "status").code == 3, "degraded is exit code 3")
    lab.heal_switch("sw-a")
    await_all(lab, "alive")
    nobody_given_up(lab)


@needs()
def test_silent_switch_is_degraded_and_nothing_else(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.cut_switch("sw-b", silent=True)
    await_all(lab, "degraded")
    time.sleep(4)  # longer than condemn_after: what follows with delay must have its chance
    lab.heal_switch("sw-b")
    await_all(lab, "alive")
    nobody_given_up(lab)


def nobody_given_up(lab: Lab) -> None:
    """A late beat on the path that is left may make a peer suspect for a moment on a busy machine,
    but one working path is enough that nobody is called lost or partitioned."""
    for node in ALL:
        said = [tell(e) for e in verdict_changes(lab, node) if e["to"] in ("lost", "partitioned")]
        expect(not said, f"{node} gave somebody up: {said}")


@needs()
def test_one_way_deafness_is_partitioned(lab: Lab) -> None:
    """n1 does not hear n3; n2 hears both. One stable verdict, and no `lost` anywhere."""
    await_all(lab, "alive")
    lab.cut("n1", "lan-*", "in", "n3")
    await_verdict(lab, ["n1", "n2"], "n3", "partitioned")
    settled = {node: len(events(lab, node)) for node in ALL}
    stays(
        lab,
        10,
        lambda: {
            n: v for n in ("n1", "n2") for v in [verdicts(lab, n)["n3"]] if v != "partitioned"
        },
        "partitioned is a stable verdict",
    )
    for node in ALL:
        flapped = [tell(e) for e in verdict_changes(lab, node, settled[node]) if e["peer"] == "n3"]
        expect(not flapped, f"{node} changed its mind while nothing changed: {flapped}")
    nobody_lost(lab)
    lab.heal_all()
    await_all(lab, "alive")
    nobody_lost(lab)


@needs()
def test_killed_node_is_lost(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.kill("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
    await_all(lab, "alive", ["n1", "n2"])
    text = lab.run("n1", "inquest", "explain", "n3")
    expect(
        "n3" in text.out and "lost" in text.out,
        f"explain n3 says what and why: {text.out} {text.err}",
    )


@needs()
def test_sigterm_is_left(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.stop_daemon("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "left")
    nobody_lost(lab, ["n1", "n2"])


@needs()
def test_reboot_is_a_new_incarnation(lab: Lab) -> None:
    await_all(lab, "alive")
    before = status(lab, "n3")["incarnation"]
    lab.kill("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
    lab.start("n3")
    await_all(lab, "alive", ALL)
    after = status(lab, "n3")["incarnation"]
    expect(after != before, f"a boot begins a new incarnation: {before}, then {after}")


@needs()
def test_daemon_restart_keeps_the_incarnation(lab: Lab) -> None:
    await_all(lab, "alive")
    before = status(lab, "n3")["incarnation"]
    lab.stop_daemon("n3")
    lab.start("n3")
    await_all(lab, "alive", ALL)
    after = status(lab, "n3")["incarnation"]
    expect(after == before, f"a restart of the daemon is no boot: {before}, then {after}")
    nobody_lost(lab)


def freeze(lab: Lab, seconds: float) -> None:
    """Whatever n1 missed while it stood still is no evidence against anybody."""
    await_all(lab, "alive")
    before = len(events(lab, "n1"))
    lab.pause("n1")
    time.sleep(seconds)
    lab.resume("n1")
    await_all(lab, "alive", ALL)
    # Longer than path_limit and a clean interval: a late accusation would come within this.
    stays(lab, 3, lambda: accusations(lab, "n1", before), "n1 accuses nobody after it has woken")
    expect(not accusations(lab, "n1", before), "n1 has accused somebody")


@needs()
def test_freeze_300_ms_accuses_nobody(lab: Lab) -> None:
    freeze(lab, 0.3)


@needs()
def test_freeze_2_s_accuses_nobody(lab: Lab) -> None:
    freeze(lab, 2)


@needs()
def test_freeze_30_s_accuses_nobody(lab: Lab) -> None:
    freeze(lab, 30)


@needs(profile="fast")
def test_fast_profile_tells_a_cut_from_a_loss(lab: Lab) -> None:
    """No accusation is checked here beyond the order: on a busy machine 40 ms are soon over."""
    await_all(lab, "alive")
    lab.cut_switch("sw-a")
    eventually(lambda: verdicts(lab, "n1")["n2"] == "degraded", "n1 says degraded of n2")
    lab.heal_switch("sw-a")
    lab.kill("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
