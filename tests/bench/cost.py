"""Processor time a beat pair, memory, allocations and page faults, at 1, 30 and 300 sessions.

Processor time is the kernel's account of all threads of the program (schedstat), divided by the
packets that its interfaces carried. Blocks of ours and bfdd's alternate as A B B A, so that a
machine which grows busier burdens both alike; each block starts its program anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from figures import AtMost, BenchError, Figure, Report
from stage import Look, Size, Stage

SETTLE = 3.0
SIZES = (
    (Size(1, 1, 10), AtMost(0.5, "ratio")),
    (Size(10, 3, 10), None),
    (Size(10, 3, 100), None),
    (Size(30, 10, 100), AtMost(0.025, "ratio")),
)
# Whether the machine can keep up with 60,000 beats a second is not known beforehand.
LARGE = Size(30, 10, 10)
STEADY = Size(30, 10, 100)


@dataclass(frozen=True)
class Block:
    """One program, started anew, watched for a while."""

    microseconds: float
    beats_a_second: float
    resident_mb: float

    def text(self) -> str:
        return f"{self.microseconds:.1f} us at {self.beats_a_second:.0f}/s"


def measure(report: Report, binaries: str, seconds: float) -> None:
    at_one: list[Block] = []
    for size, target in SIZES:
        ours, theirs = both(report, size, binaries, seconds)
        at_one = at_one or theirs
        add(report, size, ours, theirs, at_one, target)
    try:
        alone = block(LARGE, binaries, seconds, "inquest")
        name = f"processor time a beat pair, {LARGE.text()}"
        report.add(Figure(name, "us", alone.microseconds, note=f"ours alone: {alone.text()}"))
    except BenchError as failure:
        report.remarks.append(f"cost, {LARGE.text()}: not measured on this machine: {failure}")


def add(
    report: Report,
    size: Size,
    ours: list[Block],
    theirs: list[Block],
    at_one: list[Block],
    target: AtMost | None,
) -> None:
    """Where bfdd cannot hold so many sessions, its figure is that of one session in this run."""
    note = f"ours {', '.join(b.text() for b in ours)}; bfdd {', '.join(b.text() for b in theirs)}"
    if not theirs:
        note += "does not hold this: its figure is that of 1 session"
    elif size.sessions > 1 and at_one:
        ratio = mean_cost(ours) / mean_cost(at_one)
        note += f"; to its figure at 1 session the ratio is {ratio:.3f}"
    report.add(
        Figure(
            f"processor time a beat pair, {size.text()}",
            "us",
            mean_cost(ours),
            mean_cost(theirs or at_one) if theirs or at_one else None,
            target,
            note=note,
        )
    )
    if target is not None:
        report.add(
            Figure(
                f"memory resident, {size.text()}",
                "MB",
                max(b.resident_mb for b in ours),
                max((b.resident_mb for b in theirs), default=None),
            )
        )


def both(
    report: Report, size: Size, binaries: str, seconds: float
) -> tuple[list[Block], list[Block]]:
    """Blocks of ours, and of bfdd's: none if it cannot hold so many sessions."""
    ours: list[Block] = []
    theirs: list[Block] = []
    holds = True
    for program in ("inquest", "bfdd", "bfdd", "inquest"):
        if program == "inquest":
            ours.append(block(size, binaries, seconds, program))
        elif holds:
            try:
                theirs.append(block(size, binaries, seconds, program))
            except BenchError as failure:
                holds = False
                report.remarks.append(f"bfdd, {size.text()}: {failure}")
    return ours, theirs if holds else []


def block(size: Size, binaries: str, seconds: float, program: str) -> Block:
    with Stage(size, binaries) as stage:
        if program == "inquest":
            stage.inquest()
        else:
            stage.bfdd()
        time.sleep(SETTLE)
        before = stage.look()
        time.sleep(seconds)
        after = stage.look()
        if program == "bfdd" and not stage.bfdd_is_whole():
            raise BenchError(f"sessions fell during the measurement at {size.text()}")
        wanted = 2 * size.sessions * 1000 / size.interval_ms
        carried = after.beats_a_second(before)
        if carried < 0.8 * wanted:
            raise BenchError(f"{carried:.0f} beats a second instead of {wanted:.0f}")
        return Block(after.microseconds_a_pair(before), carried, stage.resident_mb())


def mean_cost(blocks: list[Block]) -> float:
    return sum(b.microseconds for b in blocks) / len(blocks)


def memory(report: Report, binaries: str, beats: int) -> None:
    """Allocations and page faults of the whole process, seconds without a transition only: a
    transition is news for people, and may cost memory."""
    with Stage(STEADY, binaries) as stage:
        stage.inquest(count_allocations=True)
        time.sleep(2 * SETTLE)
        if stage.look().allocations == 0:
            raise BenchError("the start of inquestd allocated nothing: the counter does not count")
        windows = steady_windows(stage, beats)
        locked = stage.locked_mb()
    steady = [w for w in windows if w[2]]
    if not steady:
        report.not_measured.append(
            "allocations and page faults: no second passed without a transition"
        )
        return
    heard = sum(after.beats() - before.beats() for before, after, _ in steady)
    note = (
        f"{heard} beats of {STEADY.text()}; {len(steady)} of {len(windows)} seconds were without "
        "a transition and count"
    )
    for name, spent in (
        ("allocations", sum(a.allocations - b.allocations for b, a, _ in steady)),
        ("page faults", sum(a.faults - b.faults for b, a, _ in steady)),
    ):
        report.add(
            Figure(
                f"{name} a million beats",
                "count",
                1e6 * spent / heard,
                target=AtMost(0),
                note=f"{spent} in {note}",
            )
        )
    report.add(Figure(f"memory locked (virtual), {STEADY.text()}", "MB", locked))


def steady_windows(stage: Stage, beats: int) -> list[tuple[Look, Look, bool]]:
    """Seconds, each with whether it was free of transitions, until so many beats have passed."""
    assert stage.follower
    windows: list[tuple[Look, Look, bool]] = []
    first = before = stage.look()
    deadline = time.monotonic() + 2 * beats * STEADY.interval_ms / 1000 / (2 * STEADY.sessions)
    while before.beats() - first.beats() < beats and time.monotonic() < deadline:
        told = len(stage.follower.seen)
        time.sleep(1)
        after = stage.look()
        stage.follower.read()
        windows.append((before, after, len(stage.follower.seen) == told))
        before = after
    return windows


