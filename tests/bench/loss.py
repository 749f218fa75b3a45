"""A node loses power: how long until all survivors say `lost`, at several cluster sizes.

The clock starts just before process 1 of the node is killed and stops at the instant of the last
survivor's verdict, by its own event. The same labs, idle, give processor time and packets a node.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from figures import AtMost, BenchError, Figure, Report, Spread
from laboratory import Lab
from pair import LAB
from plan import Plan
from watching import Follower, carried, daemon, processor_seconds, wait_until

PATHS = 2
LOST_BOUND = 60.0
WELL_BOUND = 180.0


@dataclass(frozen=True)
class Case:
    nodes: int
    profile: str
    kills: int
    target_seconds: float | None = None
    target_processor: float | None = None


CASES = (
    Case(3, "default", 10, 0.7, 1.0),
    Case(3, "fast", 10, 0.1),
    Case(8, "default", 6),
    Case(16, "default", 4),
    Case(32, "default", 2),
)
FLAT = 1.3


@dataclass(frozen=True)
class Idle:
    """Of one node, averaged over all."""

    processor_seconds_a_minute: float
    packets_a_second: float


def measure(report: Report, binaries: str, quick: bool) -> None:
    small: Spread | None = None
    for case in CASES:
        if quick and case.nodes > 16:
            continue
        kills = min(case.kills, 2) if quick else case.kills
        try:
            spread, idle = one_size(case, binaries, kills, 5.0 if quick else 20.0)
        except BenchError as failure:
            if case.nodes > 16:
                report.remarks.append(f"{case.nodes} nodes: for information only: {failure}")
            else:
                report.not_measured.append(f"loss at {case.nodes} nodes: {failure}")
            continue
        if case.nodes == 3 and case.profile == "default":
            small = spread
        tell(report, case, spread, idle, small)


def one_size(case: Case, binaries: str, kills: int, seconds: float) -> tuple[Spread, Idle]:
    lab = Lab(LAB)
    lab.down()
    try:
        lab.up(Plan(nodes=case.nodes, paths=PATHS, profile=case.profile, binaries=binaries))
        nodes = lab.record().plan.node_names()
        followers = {node: Follower(lab, node) for node in nodes}
        await_alive(followers)
        time.sleep(2)
        idle = idle_cost(lab, nodes, seconds)
        chance = random.Random(case.nodes)
        taken = [kill(lab, followers, chance.choice(nodes)) for _ in range(kills)]
        spread = Spread.of(taken)
        assert spread
        return spread, idle
    finally:
        lab.down()


def await_alive(followers: dict[str, Follower]) -> None:
    def alive() -> bool:
        for follower in followers.values():
            follower.read()
        return all(
            follower.verdicts.get(peer) == "alive"
            for node, follower in followers.items()
            for peer in followers
            if peer != node
        )

    wait_until(alive, WELL_BOUND, "all nodes say alive of each other", pause=0.1)


def idle_cost(lab: Lab, nodes: list[str], seconds: float) -> Idle:
    daemons = {node: daemon(lab, node) for node in nodes}
    packets = sum(carried(lab, node).sent for node in nodes)
    spent = sum(processor_seconds(pid) for pid in daemons.values())
    begun = time.monotonic()
    time.sleep(seconds)
    spent = sum(processor_seconds(pid) for pid in daemons.values()) - spent
    took = time.monotonic() - begun
    packets = sum(carried(lab, node).sent for node in nodes) - packets
    return Idle(60 * spent / took / len(nodes), packets / took / len(nodes))


def kill(lab: Lab, followers: dict[str, Follower], node: str) -> float:
    """Seconds from the kill to the last survivor's `lost`; afterwards all is well again."""
    followers.pop(node).close()
    time.sleep(random.uniform(0, 0.2))
    since = lab.kill(node)

    def all_said() -> bool:
        for follower in followers.values():
            follower.read()
        return all(f.since(since, "verdict", "lost", node) for f in followers.values())

    wait_until(all_said, LOST_BOUND, f"all survivors say lost of {node}")
    last = max(f.since(since, "verdict", "lost", node)[0].at for f in followers.values())
    lab.start(node)
    followers[node] = Follower(lab, node)
    await_alive(followers)
    time.sleep(1)
    return last - since


def tell(report: Report, case: Case, spread: Spread, idle: Idle, small: Spread | None) -> None:
    name = f"{case.nodes} nodes, {case.profile}"
    report.add(
        Figure(
            f"power cut -> lost, all survivors agree, {name}",
            "s",
            spread,
            target=AtMost(case.target_seconds) if case.target_seconds else None,
            note=f"{spread.count} kills",
        )
    )
    if case.nodes > 3 and small:
        report.add(
            Figure(
                f"  its median beside that of 3 nodes, {case.nodes} nodes",
                "s",
                spread.p50,
                base=small.p50,
                target=AtMost(FLAT, "ratio") if case.nodes <= 16 else None,
                note="the ratio is to our own figure at 3 nodes",
            )
        )
    report.add(
        Figure(
            f"processor time a node, idle, {name}",
            "s/min",
            idle.processor_seconds_a_minute,
            target=AtMost(case.target_processor) if case.target_processor else None,
            note=f"{idle.packets_a_second:.0f} packets a second sent by a node, {PATHS} paths",
        )
    )
