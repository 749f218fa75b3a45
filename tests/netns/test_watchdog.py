"""The watchdog behind the leases of real daemons: who is reset, who is not, and what the others
may conclude from it and when."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime

import power
from check import (
    ask,
    await_all,
    await_verdict,
    eventually,
    events,
    expect,
    needs,
    stays,
    status,
)
from laboratory import Lab
from test_cluster import MEMBERS
from test_condemnations import agreed, arm, await_acquitted, await_condemned, condemned, cut_off
from test_keeper import agree_on, crash
from watchdog import Guard, Mux, name_watchdog

ALL = ("n1", "n2", "n3")
# Whoever is slow for less than the client's timeout is reset for nothing.
CLIENT, DEVICE = 5.0, 2.0
RESET_MS = int(1000 * (2 * CLIENT + 2 * DEVICE + 1))
TIMING = {"lease": "5s", "watchdog": "20s", "condemn_after": "3s"}


def watchdog(lab: Lab, node: str) -> dict:
    return status(lab, node)["watchdog"]


def terms(lab: Lab, observer: str, node: str) -> dict | None:
    return next(p["terms"] for p in status(lab, observer)["peers"] if p["name"] == node)


def receipt_time(lab: Lab, observer: str, node: str) -> float:
    """When the observer learnt that the node runs nothing any more, by the clock of day."""
    for event in events(lab, observer):
        if event["event"] == "agreed" and f"{node} runs nothing any more" in event["reason"]:
            return datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()
    raise AssertionError(f"{observer} knows of no proof for {node}")


@contextmanager
def enforcing(lab: Lab, *nodes: str) -> Iterator[dict[str, Mux]]:
    """An armed cluster in which these nodes have a watchdog open, and have said so."""
    await_all(lab, "alive")
    agree_on(lab, TIMING)
    with ExitStack() as stack:
        muxes = {}
        for node in nodes:
            muxes[node] = stack.enter_context(Mux(lab, node, CLIENT, DEVICE))
            name_watchdog(lab, node, f"{CLIENT:g}s", f"{DEVICE:g}s")
            lab.stop_daemon(node)
            lab.start(node)
        arm(lab)
        for node in nodes:
            observer = "n1" if node != "n1" else "n2"
            eventually(lambda n=node: watchdog(lab, n)["open"], f"{node} has its watchdog open")
            eventually(
                lambda n=node, o=observer: terms(lab, o, n) is not None,
                f"{observer} knows by what terms {node} holds its lease",
            )
        yield muxes


@needs(**MEMBERS)
def test_guests_do_not_outlive_their_lease(lab: Lab) -> None:
    with enforcing(lab, "n3") as muxes:
        said = terms(lab, "n1", "n3")
        wanted = {
            "watchdog": "shared",
            "trusted": True,
            "reset_within_ms": RESET_MS,
            "lease_ms": 5000,
        }
        expect(said == wanted, f"n3 says what it goes by: {said}")
        guard = Guard(lab, "n3", "some")
        expect(guard.told["lease_remaining_ms"] > 0, f"the guard learns of its lease: {guard.told}")
        expect(guard.told["terms"] == wanted, f"and of its terms: {guard.told}")
        cut_off(lab, "n3")
        await_condemned(lab, "n3", "n1", "n2")
        safe = next(p for p in status(lab, "n1")["peers"] if p["name"] == "n3")
        expect(safe["self_fence_left_ms"] > 0, f"n1 says when it is safe: {safe}")
        text = lab.must("n1", "inquest", "explain", "n3").out
        expect("run out for certain" in text, f"and explains it: {text}")
        mux = muxes["n3"]
        eventually(lambda: mux.cut_at is not None, "the watchdog resets n3", bound=60)
        expect(not mux.problem, mux.problem)
        eventually(
            lambda: (condemned(lab, "n1", "n3") or {}).get("receipt") == "self_fence_elapsed",
            "n1 takes it for off",
            bound=60,
        )
        await_verdict(lab, ["n1", "n2"], "n3", "fenced")
        expect(
            mux.cut_at < receipt_time(lab, "n1", "n3"),
            f"but only after the reset: {mux.cut_at} and {receipt_time(lab, 'n1', 'n3')}",
        )
    lab.heal_all()
    lab.start("n3")
    await_acquitted(lab, "n3", "n1", "n2")
    await_all(lab, "alive")


@needs(**MEMBERS)
def test_nobody_without_guests_is_reset(lab: Lab) -> None:
    with enforcing(lab, "n3") as muxes:
        mux = muxes["n3"]
        cut_off(lab, "n3")
        await_condemned(lab, "n3", "n1", "n2")
        eventually(
            lambda: (condemned(lab, "n1", "n3") or {}).get("receipt") == "self_fence_elapsed",
            "n1 takes it for off: it runs nothing",
            bound=90,
        )
        expect(mux.cut_at is None and mux.starved_at is None, "n3 feeds its watchdog all along")
        expect(status(lab, "n3")["lease_remaining_ms"] == 0, "though it has no lease")
        lab.heal_all()
        await_acquitted(lab, "n3", "n1", "n2")
        await_all(lab, "alive")
        # Its daemon dies, and the next one has the same watchdog.
        crash(lab, "n3", signal.SIGKILL)
        await_all(lab, "alive")
        eventually(lambda: watchdog(lab, "n3")["open"], "the next daemon has the watchdog")
        before = mux.feeds
        eventually(lambda: mux.feeds > before + 2, "and feeds it")
        expect(mux.starved_at is None, "the keeper has held it meanwhile")
        lab.stop_daemon("n3")
        eventually(lambda: mux.left_in_peace, "told to stop, it switches the watchdog off")
        stays(lab, DEVICE + 1, lambda: mux.cut_at is not None, "and nobody resets n3")


@needs(**MEMBERS)
def test_unknown_guests_count_as_some(lab: Lab) -> None:
    with enforcing(lab, "n3") as muxes:
        mux = muxes["n3"]
        guard = Guard(lab, "n3", "none")
        second = Guard(lab, "n3", "none")
        expect("error" in second.told, f"two guards could contradict each other: {second.told}")
        second.die()
        guard.die()
        eventually(lambda: status(lab, "n3")["guests"] == "unknown", "nobody knows what runs")
        cut_off(lab, "n3")
        eventually(lambda: mux.cut_at is not None, "so n3 is reset with its lease", bound=60)
        await_condemned(lab, "n3", "n1", "n2")


@needs(**MEMBERS)
def test_a_daemon_told_to_stop_leaves_no_guest_behind(lab: Lab) -> None:
    with enforcing(lab, "n3") as muxes:
        mux = muxes["n3"]
        Guard(lab, "n3", "some")
        lab.stop_daemon("n3")
        eventually(lambda: mux.cut_at is not None, "its guests end with it", bound=60)
        expect(not mux.left_in_peace, "the watchdog was left armed")


@needs(**MEMBERS)
def test_whose_watchdog_cannot_keep_the_time(lab: Lab) -> None:
    """What the files say must hold together; what is open must not be overtaken by a push."""
    await_all(lab, "alive")
    name_watchdog(lab, "n3", "60s", "10s")
    answer = lab.run("n3", "inquest", "config", "check")
    expect(answer.code == 1 and "141s" in answer.err + answer.out, f"what it needs: {answer}")
    lab.must("n3", "sed", "-i", "/^.watchdog/,$d", "/etc/inquest/node.toml")
    with enforcing(lab, "n3"):
        lab.must("n1", "sh", "-c", "inquest config show > /etc/inquest/wanted.toml")
        lab.must("n1", "sed", "-i", 's/^watchdog = .*/watchdog = "9s"/', "/etc/inquest/wanted.toml")
        answer = lab.run("n1", "inquest", "config", "push", "/etc/inquest/wanted.toml")
        expect(answer.code == 1, f"n3 could not keep it: {answer}")
        checks = {c["name"]: c for c in ask(lab, "n3", "doctor")["checks"]}
        expect("watchdog-mux" in checks["watchdog"]["what"], f"doctor names it: {checks}")
        expect("n3 " in checks["self-fence"]["what"], f"and what it is worth: {checks}")
    told = [entry for entry in agreed(lab, "n1") if "resets itself within" in entry]
    expect(told, f"it was told to people: {told}")


@needs(**MEMBERS)
def test_a_crash_loop_ends_in_the_watchdog(lab: Lab) -> None:
    """No daemon lives so long that it holds a lease: nobody feeds, and nobody knows what runs."""
    with enforcing(lab, "n3") as muxes:
        mux = muxes["n3"]

        def dies_again() -> bool:
            for pid in power.daemon_ids(lab.record(), "n3") if mux.cut_at is None else []:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return mux.cut_at is not None

        eventually(dies_again, "n3 is reset", bound=60)
        expect(not mux.left_in_peace, "by its watchdog")
    lab.start("n3")
    await_all(lab, "alive")


@needs(**MEMBERS)
def test_nobody_takes_the_place_of_a_keeper(lab: Lab) -> None:
    with enforcing(lab, "n3") as muxes:
        mux = muxes["n3"]
        os.kill(power.keeper_ids(lab.record(), "n3")[0], signal.SIGKILL)
        eventually(lambda: not power.daemon_ids(lab.record(), "n3"), "its daemon dies with it")
        lab.start("n3")
        trouble = eventually(lambda: watchdog(lab, "n3")["trouble"], "the next one may not open it")
        expect("opened before in this boot" in trouble, f"and says so: {trouble}")
        eventually(lambda: mux.cut_at is not None, "the machine is reset", bound=60)
