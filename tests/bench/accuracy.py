"""False alarms: what either program says of a peer that is well, while the machine is busy or the
observer itself stands still.

A false down of ours is a path that turns silent, of bfdd's a session that falls because its own
detection time ran out. Both are counted on the same paths, between n1 and n2, at the same time.
A third node runs inquestd alone, so that a majority could call somebody lost; nobody may.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from figures import AtMost, Figure, Report
from pair import MULTIPLIER, ORDINARY, REAL_TIME, Pair, Setting
from watching import daemon

SPINNERS = 4
INTERVAL_MS = 10
FREEZES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
FREEZES_QUICK = (0.1, 0.5, 2.0)
AFTER_THAW = 2.0
ENDS = (("n1", "n2"), ("n2", "n1"))


def measure(report: Report, binaries: str, seconds: float, quick: bool) -> None:
    for scheduling in (ORDINARY, REAL_TIME):
        setting = Setting(INTERVAL_MS, nodes=3, scheduling=scheduling)
        with Pair(setting, binaries) as pair:
            time.sleep(2)
            under_hogs(report, pair, seconds)
            if scheduling == REAL_TIME:
                frozen(report, pair, FREEZES_QUICK if quick else FREEZES)


@contextmanager
def hogs() -> Iterator[None]:
    """Spinning processes of the ordinary class, which end with this one at the latest."""
    spin = ["setpriv", "--pdeathsig", "KILL", "sh", "-c", "while :; do :; done"]
    spinners = [subprocess.Popen(spin) for _ in range(SPINNERS)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
        for spinner in spinners:
            spinner.wait(timeout=30)


def silences(pair: Pair, since: float, nodes: tuple[str, ...] = ("n1", "n2")) -> int:
    return sum(
        len(pair.followers[node].since(since, "path", "silent", peer))
        for node, peer in ENDS
        if node in nodes
    )


def own_downs(pair: Pair, since: float, nodes: tuple[str, ...] = ("n1", "n2")) -> int:
    return sum(d.own and d.at >= since for node in nodes for d in pair.bfdds[node].downs)


def said_lost(pair: Pair, since: float) -> int:
    return sum(len(f.since(since, "verdict", "lost")) for f in pair.followers.values())


def under_hogs(report: Report, pair: Pair, seconds: float) -> None:
    sessions = len(ENDS) * pair.setting.paths
    up = fresh = looks = 0
    with hogs():
        since = time.time()
        while time.time() < since + seconds:
            time.sleep(0.1)
            pair.read()
            up += sum(len(b.up) for b in pair.bfdds.values())
            fresh += sum(
                pair.followers[node].paths.get((peer, path)) == "fresh"
                for node, peer in ENDS
                for path in pair.interfaces
            )
            looks += sessions
        pair.read()
        minutes = (time.time() - since) * sessions / 60
    ours, theirs = silences(pair, since), own_downs(pair, since)
    share, fresh_share = up / max(1, looks), fresh / max(1, looks)
    report.add(
        Figure(
            f"false downs, {SPINNERS} CPU hogs, {pair.setting.scheduling} class",
            "/session-min",
            ours / minutes,
            theirs / (minutes * share) if share else None,
            AtMost(0.1, "ratio"),
            note=f"{ours} and {theirs} in {minutes:.0f} session-minutes at {INTERVAL_MS} ms x "
            f"{MULTIPLIER}; our paths were fresh {100 * fresh_share:.1f} % of the time, "
            f"bfdd's sessions up {100 * share:.1f} %; its rate is of the time up",
        )
    )
    report.add(
        Figure(
            f"verdicts lost, {SPINNERS} CPU hogs, {pair.setting.scheduling} class",
            "count",
            float(said_lost(pair, since)),
            target=AtMost(0),
        )
    )


def frozen(report: Report, pair: Pair, lengths: tuple[float, ...]) -> None:
    """SIGSTOP to both programs of n1; what n1 says of the others after it wakes is false."""
    ours = theirs = lost = 0
    for length in lengths:
        pair.await_ready()
        time.sleep(1)
        stopped = [daemon(pair.lab, "n1"), pair.bfdds["n1"].pid]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(length)
        finally:
            thawed = time.time()
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        time.sleep(AFTER_THAW)
        pair.read()
        ours += silences(pair, thawed, ("n1",))
        theirs += own_downs(pair, thawed, ("n1",))
        lost += len(pair.followers["n1"].since(thawed, "verdict", "lost"))
    span = f"{min(lengths):g}-{max(lengths):g} s"
    report.add(
        Figure(
            f"false downs after {len(lengths)} freezes of the observer, {span}",
            "count",
            float(ours),
            float(theirs),
            AtMost(0),
            note=f"3 sessions each, {AFTER_THAW:g} s after waking; bfdd's: its own detection time "
            "ran out",
        )
    )
    report.add(
        Figure(f"verdicts lost after freezes, {span}", "count", float(lost), target=AtMost(0))
    )
