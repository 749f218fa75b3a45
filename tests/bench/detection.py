"""How long until a cut is noticed, in intervals: one path, and three staggered paths at once.

Each trial waits until both programs are well, then for a random part of two intervals more, so that
the cut falls anywhere between two beats; cuts silently, and waits for both to notice. Both ends of
the cut are observers. A trial in which either was not well at the instant of the cut is set aside,
and counted.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cuts import Cut
from figures import AtMost, BenchError, Figure, Report, Spread
from pair import MULTIPLIER, Pair, Setting
from watching import reversed_until

# bfdd sends one packet a second while a session comes up, and settles on the interval afterwards.
SETTLED = 0.4
NOTICE_BOUND = 5.0
RECOVERY_BOUND = 60.0
ENDS = (("n1", "n2"), ("n2", "n1"))


@dataclass
class Samples:
    """Seconds from the cut; entry k of ours and bfdd's is of the same cut and the same node."""

    trials: int = 0
    set_aside: int = 0
    unnoticed: int = 0
    spreads: list[float] = field(default_factory=list)
    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, cut: Cut, seen: dict[str, float]) -> None:
        for name, at in seen.items():
            self.of.setdefault(name, []).append(at - cut.at)

    def intervals(self, name: str, interval_ms: int) -> Spread | None:
        return Spread.of([seconds * 1000 / interval_ms for seconds in self.of.get(name, [])])


def measure(report: Report, binaries: str, trials: int) -> None:
    for interval_ms in (10, 100):
        setting = Setting(interval_ms)
        with Pair(setting, binaries) as pair:
            time.sleep(2)
            report.remarks.append(
                f"detection {interval_ms} ms: 2 nodes, 3 paths, both programs in "
                f"{setting.scheduling} class; bfdd says: {pair.effective()}"
            )
            one = repeat(pair, trials, lambda i: [sorted(pair.interfaces)[i % 3]])
            all_three = repeat(pair, trials, lambda _: sorted(pair.interfaces))
        tell_one(report, one, interval_ms)
        tell_three(report, all_three, interval_ms)


def repeat(pair: Pair, trials: int, choose: Callable[[int], list[str]]) -> Samples:
    """`choose` says which paths are cut in which trial."""
    samples = Samples()
    attempts = 0
    while samples.trials < trials:
        attempts += 1
        if attempts > 2 * trials + 10:
            raise BenchError(f"only {samples.trials} of {attempts} trials began with both well")
        one_trial(pair, choose(attempts), samples)
    return samples


def one_trial(pair: Pair, paths: list[str], samples: Samples) -> None:
    interval = pair.setting.interval_ms / 1000
    await_settled(pair, paths)
    time.sleep(random.uniform(0, 2 * interval))
    cut = pair.scissors.cut(paths)
    try:
        deadline = time.monotonic() + NOTICE_BOUND
        found: list[dict[str, float]] = []
        while len(found) < len(ENDS) and time.monotonic() < deadline:
            time.sleep(interval / 2)
            pair.read()
            found = [seen for end in ENDS if (seen := noticed(pair, end, paths, cut)) is not None]
    finally:
        pair.scissors.heal(paths)
    if was_ill(pair, paths, cut):
        samples.set_aside += 1
        return
    samples.trials += 1
    samples.spreads.append(cut.spread)
    samples.unnoticed += len(ENDS) - len(found)
    for seen in found:
        samples.add(cut, seen)


def await_settled(pair: Pair, paths: list[str]) -> None:
    """All of `paths` are well, and have been for long enough."""
    deadline = time.monotonic() + RECOVERY_BOUND
    while True:
        ready = all(pair.fresh(path) for path in paths) and (len(paths) == 1 or pair.alive())
        if ready:
            since = max(pair.session_up(node, p) or 0 for node, _ in ENDS for p in paths)
            left = since + SETTLED + 3 * pair.setting.interval_ms / 1000 - time.time()
            if left <= 0:
                return
            time.sleep(left)
            continue
        if time.monotonic() > deadline:
            raise BenchError(f"{paths} did not recover within {RECOVERY_BOUND:g} s")
        time.sleep(0.005)


def noticed(
    pair: Pair, end: tuple[str, str], paths: list[str], cut: Cut
) -> dict[str, float] | None:
    """When this end noticed by either program; None while something is missing."""
    node, peer = end
    follower = pair.followers[node]
    silent = {t.path: t.at for t in reversed(follower.since(cut.before, "path", "silent", peer))}
    interfaces = {pair.interfaces[path] for path in paths}
    downs = {
        down.session.interface: down.at
        for down in reversed(pair.bfdds[node].downs)
        if down.at >= cut.before and down.session.interface in interfaces
    }
    if not set(paths) <= set(silent) or len(downs) < len(paths):
        return None
    seen = {"silent": max(silent[path] for path in paths), "bfdd": max(downs.values())}
    if len(paths) > 1:
        suspect = follower.since(cut.before, "verdict", "suspect", peer)
        if not suspect:
            return None
        seen["suspect"] = suspect[0].at
    return seen


def was_ill(pair: Pair, paths: list[str], cut: Cut) -> bool:
    """Did something fall between the last look and the cut? What was not well at the instant of the
    cut could not fall because of it. bfdd takes longer to come back than the time looked at here.
    """
    margin = cut.before - SETTLED
    interfaces = {pair.interfaces[path] for path in paths}
    for node, peer in ENDS:
        last: dict[str, str] = {}
        for t in reversed_until(pair.followers[node].seen, margin):
            if t.kind == "path" and t.peer == peer and t.at < cut.before:
                last[t.path] = t.to
        ours = any(last.get(path, "fresh") != "fresh" for path in paths)
        theirs = any(
            margin <= down.at < cut.before and down.session.interface in interfaces
            for down in pair.bfdds[node].downs[-16:]
        )
        if ours or theirs:
            return True
    return False


def counted(samples: Samples) -> str:
    spread = Spread.of([1000 * s for s in samples.spreads])
    text = f"{samples.trials} cuts, {samples.set_aside} set aside"
    if samples.unnoticed:
        text += f", {samples.unnoticed} NOT NOTICED within {NOTICE_BOUND:g} s"
    return f"{text}; the cut took {spread.text() if spread else '-'} ms"


def tell_one(report: Report, samples: Samples, interval_ms: int) -> None:
    name = f"one path cut -> silent, {interval_ms} ms x {MULTIPLIER}"
    if not samples.of.get("silent"):
        report.not_measured.append(f"{name}: nobody noticed")
        return
    paired = [a - b for a, b in zip(samples.of["silent"], samples.of["bfdd"])]
    difference = Spread.of([1000 * d / interval_ms for d in paired])
    assert difference
    report.add(
        Figure(
            name,
            "intervals",
            samples.intervals("silent", interval_ms),
            samples.intervals("bfdd", interval_ms),
            AtMost(3.1),
            note=f"{counted(samples)}; ours minus bfdd's, paired: {difference.text()} intervals",
        )
    )


def tell_three(report: Report, samples: Samples, interval_ms: int) -> None:
    name = f"three paths cut -> no path fresh, {interval_ms} ms x {MULTIPLIER}"
    if not samples.of.get("suspect"):
        report.not_measured.append(f"{name}: nobody noticed")
        return
    theirs = samples.intervals("bfdd", interval_ms)
    report.add(
        Figure(
            name,
            "intervals",
            samples.intervals("suspect", interval_ms),
            theirs,
            AtMost(2.0),
            note=f"{counted(samples)}; ours: verdict suspect; bfdd's: the last session down",
        )
    )
    report.add(
        Figure(
            f"three paths cut -> all silent, {interval_ms} ms x {MULTIPLIER}",
            "intervals",
            samples.intervals("silent", interval_ms),
            theirs,
        )
    )
