"""What it takes to agree: commits, a new coordinator, processor time and memory of real clusters
that were made with inquest init, invite and join, at several sizes.

A commit is timed by the one who asks: from the request on the control socket of its inquestd until
that says that the request is handled, in the state of all and for ever.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

import corosync
import power
from figures import AtMost, BenchError, Figure, Report, Spread
from laboratory import Lab
from loss import await_alive, idle_cost
from pair import LAB
from plan import Plan, number
from watching import Follower, Transition, daemon, memory_mb, wait_until

PATHS = 2
BUS_PORT = 7741
SIZES = (3, 8, 16)
HANDLED_BOUND = 30.0
NEW_COORDINATOR_BOUND = 60.0
LINKS_UP_SECONDS = 6.0

COMMIT_MS = 20.0
COORDINATOR_SECONDS = 1.2
CALL = "calls-for-condemnation"
CONDEMNED_SECONDS = 0.2
CONDEMNED_AT_WORST_SECONDS = 1.0
CONDEMNED_BY_HEIR_SECONDS = 3.0
PROCESSOR_SECONDS = 1.0
MEMORY_MB = 25.0
FLAT = 1.3


@dataclass(frozen=True)
class Effort:
    """How much of everything."""

    commits: int
    kills: int
    peer_kills: int
    idle_seconds: float

    @staticmethod
    def of(quick: bool) -> Effort:
        return Effort(40, 3, 1, 6.0) if quick else Effort(400, 20, 5, 60.0)


class Bench:
    """Its parts run in this order: what is found first stands beside what is found later."""

    def __init__(self, report: Report, binaries: str, effort: Effort) -> None:
        self.report = report
        self.binaries = binaries
        self.effort = effort
        self.peer: corosync.Found | None = None
        self.small: Size | None = None

    def measure_peer(self) -> None:
        if not corosync.is_installed():
            self.report.remarks.append("corosync is not installed: nothing stands beside ours")
            return
        effort = self.effort
        self.peer = corosync.measure(
            self.binaries, effort.commits, effort.peer_kills, effort.idle_seconds
        )

    def measure_size(self, nodes: int) -> None:
        size = one_size(nodes, self.binaries, self.effort)
        tell_size(self.report, size, self.small, self.peer if nodes == corosync.NODES else None)
        if nodes == SIZES[0]:
            self.small = size


def parts(report: Report, binaries: str, quick: bool) -> dict[str, Callable[[], None]]:
    report.remarks.append(disk())
    bench = Bench(report, binaries, Effort.of(quick))
    sizes = {str(nodes): lambda nodes=nodes: bench.measure_size(nodes) for nodes in SIZES}
    return {"peer": bench.measure_peer, **sizes}


@dataclass(frozen=True)
class Size:
    """What was measured of one cluster."""

    nodes: int
    at_coordinator: Spread
    at_follower: Spread
    killed: Killed | None
    processor: float
    packets: float
    memory: float
    bare_memory: float


def one_size(nodes: int, binaries: str, effort: Effort) -> Size:
    lab = Lab(LAB)
    lab.down()
    bare = bare_knet_memory(nodes, binaries)
    try:
        lab.up(Plan(nodes=nodes, paths=PATHS, members="ledger", binaries=binaries))
        names = lab.record().plan.node_names()
        followers = {node: Follower(lab, node) for node in names}
        await_alive(followers)
        time.sleep(3)
        idle = idle_cost(lab, names, effort.idle_seconds)
        memory = max(memory_mb(daemon(lab, node)) for node in names)
        leading = Asking(lab, names[0]).coordinator()
        other = next(node for node in names if node != leading)
        spreads = [commits(lab, node, effort.commits) for node in (leading, other)]
        killed = kill_many(lab, followers, effort.kills) if nodes == SIZES[0] else None
        return Size(
            nodes,
            *spreads,
            killed,
            idle.processor_seconds_a_minute,
            idle.packets_a_second,
            memory,
            bare,
        )
    finally:
        lab.down()


# -- commits


class Asking:
    """A conversation with one inquestd."""

    def __init__(self, lab: Lab, node: str) -> None:
        init = lab.record().nodes[node].init
        assert init
        self.node = node
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(10)
        self._socket.connect(f"/proc/{init.pid}/root/run/inquest/inquestd.sock")

    def ask(self, verb: str, **more: object) -> dict:
        self._socket.send(json.dumps({"verb": verb, **more}).encode())
        return json.loads(self._socket.recv(1 << 20))

    def coordinator(self) -> str:
        return self.ask("ledger")["coordinator"]

    def commit(self, change: dict) -> float:
        """Milliseconds from the request to its being handled."""
        begun = time.perf_counter()
        request = self.ask("ask", change=change)["request"]
        while True:
            handling = self.ask("handling", request=request)
            took = time.perf_counter() - begun
            if handling["stage"] == "handled" and handling["outcome"] == "accepted":
                return 1000 * took
            if handling["stage"] != "waiting" or took > HANDLED_BOUND:
                raise BenchError(f"{self.node}: a commit ended as {handling}")
            time.sleep(0.0005)


def commits(lab: Lab, node: str, count: int) -> Spread:
    """Maintenance of the node itself on, off, on: the smallest entry that there is."""
    asking = Asking(lab, node)
    taken = []
    for i in range(count):
        change = {"kind": "maintenance", "node": node, "on": i % 2 == 0}
        taken.append(asking.commit(change))
        time.sleep(random.uniform(0.01, 0.05))
    spread = Spread.of(taken)
    assert spread
    return spread


def disk() -> str:
    """What the labs' folder lies on, and what a flush costs there."""
    place = FilePath("/run/inquest-lab-disk")
    taken = []
    try:
        with place.open("wb") as file:
            for _ in range(200):
                file.write(b"\0" * 4096)
                file.flush()
                begun = time.perf_counter()
                os.fdatasync(file.fileno())
                taken.append(1000 * (time.perf_counter() - begun))
    finally:
        place.unlink(missing_ok=True)
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", "/run"], capture_output=True, text=True
    ).stdout.strip()
    spread = Spread.of(taken)
    assert spread
    return (
        f"the ledgers lie on {kind}, where 4 KiB and fdatasync take {spread.text()} ms; all nodes "
        "share it; a slower disk adds its flush to each commit"
    )


# -- a node is lost


@dataclass(frozen=True)
class Killed:
    """Seconds after power cuts in an armed cluster."""

    new_coordinator: Spread  #: from the cut until all survivors know it
    condemned: Spread  #: another node's cut: from the first call until all survivors have it
    condemned_by_heir: Spread  #: the same where it coordinated


def kill_many(lab: Lab, followers: dict[str, Follower], count: int) -> Killed:
    lab.must(next(iter(followers)), "inquest", "arm")
    heirs, by_heir, condemned = [], [], []
    for _ in range(count):
        leading = agreed_coordinator(lab, list(followers))
        with killed(lab, followers, leading) as since:
            heirs.append(new_coordinator(followers, leading, since))
            by_heir.append(condemnation(followers, leading, since))
        leading = agreed_coordinator(lab, list(followers))
        victim = next(node for node in followers if node != leading)
        with killed(lab, followers, victim) as since:
            condemned.append(condemnation(followers, victim, since))
    spreads = [Spread.of(taken) for taken in (heirs, condemned, by_heir)]
    assert all(spreads)
    return Killed(*spreads)


@contextlib.contextmanager
def killed(lab: Lab, followers: dict[str, Follower], node: str) -> Iterator[float]:
    """The node has no power inside; gives the instant of the cut."""
    followers.pop(node).close()
    time.sleep(random.uniform(0, 0.3))
    yield lab.kill(node)
    lab.start(node)
    followers[node] = Follower(lab, node)
    await_alive(followers)
    time.sleep(0.5)  # whoever has booted has told all of it


def first_of_each(
    followers: dict[str, Follower], find: Callable[[Follower], list[Transition]]
) -> list[float]:
    """When each survivor first told what is looked for; as many as there are."""
    found = []
    for follower in followers.values():
        follower.read()
        found += [min(t.at for t in told)] if (told := find(follower)) else []
    return found


def new_coordinator(followers: dict[str, Follower], lost: str, since: float) -> float:
    def told() -> list[float]:
        return first_of_each(
            followers,
            lambda follower: [
                t
                for survivor in followers
                for t in follower.since(since, "coordinator", survivor, follower.node)
            ],
        )

    wait_until(
        lambda: len(told()) == len(followers),
        NEW_COORDINATOR_BOUND,
        f"after the power cut of {lost} there is a new coordinator",
    )
    return max(told()) - since


def condemnation(followers: dict[str, Follower], lost: str, since: float) -> float:
    """From the first observer's call (condemn_after has passed) until all have the decision."""

    def decided() -> list[float]:
        return first_of_each(
            followers,
            lambda follower: [
                t
                for t in follower.since(since, "agreed", "accepted")
                if t.reason.startswith(f"condemned {lost},")
            ],
        )

    wait_until(
        lambda: len(decided()) == len(followers),
        NEW_COORDINATOR_BOUND,
        f"after its power cut {lost} is condemned",
    )
    calls = first_of_each(
        followers,
        lambda follower: follower.since(since, CALL, CALL, lost),
    )
    return max(decided()) - min(calls)


def agreed_coordinator(lab: Lab, nodes: list[str]) -> str:
    """Whom all know, when all are at one place of the ledger."""
    found: list[str] = []

    def agreed() -> bool:
        said = [Asking(lab, node).ask("ledger") for node in nodes]
        found[:] = [said[0]["coordinator"] or ""]
        places = {(one["coordinator"], one["index"]) for one in said}
        return len(places) == 1 and bool(found[0])

    wait_until(agreed, NEW_COORDINATOR_BOUND, "all agree on a coordinator", pause=0.1)
    return found[0]


# -- memory


def bare_knet_memory(nodes: int, binaries: str) -> float:
    """MB of the largest of so many programs that hold knet's links to each other and do nothing."""
    lab = Lab(LAB)
    running: list[subprocess.Popen] = []
    try:
        lab.up(Plan(nodes=nodes, paths=PATHS, bare=True, binaries=binaries))
        plan = lab.record().plan
        for node in plan.node_names():
            links = [
                f"{number(peer)}={plan.address(node, path)}={plan.address(peer, path)}"
                for peer in plan.node_names()
                if peer != node
                for path in plan.path_list()
            ]
            line, environment = lab.command(
                node, ["inquest-bench-knet", str(number(node)), str(BUS_PORT), *links]
            )
            running.append(
                subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True)
            )
        for process in running:
            assert process.stdout
            if process.stdout.readline().strip() != "ready":
                raise BenchError("inquest-bench-knet does not start")
        time.sleep(LINKS_UP_SECONDS)
        found = [
            memory_mb(pid)
            for node in plan.node_names()
            for pid in power.program_ids(lab.record(), node, "inquest-bench-k")
        ]
        if len(found) != nodes:
            raise BenchError(f"{len(found)} of {nodes} bare programs run")
        return max(found)
    finally:
        for process in running:
            process.kill()
            process.wait(timeout=30)
        lab.down()


# -- what is printed


def tell_size(
    report: Report, size: Size, small: Size | None, peer: corosync.Found | None
) -> None:
    for where, at, beside in (
        ("the coordinator", "at_coordinator", peer.round_trip if peer else None),
        ("another node", "at_follower", None),
    ):
        spread = getattr(size, at)
        report.add(
            Figure(
                f"commit, asked for at {where}, {size.nodes} nodes",
                "ms",
                spread,
                beside,
                target=AtMost(COMMIT_MS, share="p50"),
                note=f"{spread.count} commits"
                + ("; corosync's is a message of CPG, on no disk" if beside else ""),
            )
        )
        if small:
            report.add(flat("  its median", "ms", spread.p50, getattr(small, at).p50))
    if size.killed:
        tell_new_coordinator(report, size.killed.new_coordinator, peer)
        tell_condemned(report, size.killed)
    tell_cost(report, size, small, peer)


def tell_new_coordinator(report: Report, spread: Spread, peer: corosync.Found | None) -> None:
    report.add(
        Figure(
            "power cut of the coordinator -> the next one known to all, 3 nodes",
            "s",
            spread,
            peer.membership if peer else None,
            target=AtMost(COORDINATOR_SECONDS, share="p50"),
            note=f"{spread.count} kills"
            + ("; corosync's is a new membership, at its defaults" if peer else ""),
        )
    )
    if peer:
        report.add(
            Figure(
                f"  beside corosync with a token of {corosync.TUNED_TOKEN_MS} ms",
                "s",
                spread,
                peer.tuned_membership,
            )
        )


def tell_condemned(report: Report, killed: Killed) -> None:
    median = AtMost(CONDEMNED_SECONDS, share="p50")
    for what, spread, targets in (
        ("another node", killed.condemned, (median, AtMost(CONDEMNED_AT_WORST_SECONDS))),
        ("the coordinator", killed.condemned_by_heir, (AtMost(CONDEMNED_BY_HEIR_SECONDS),)),
    ):
        for target in targets:
            report.add(
                Figure(
                    f"{what} lost for condemn_after -> condemned, known to all",
                    "s",
                    spread,
                    target=target,
                    note=f"{spread.count} kills in an armed cluster of {SIZES[0]} nodes",
                )
            )


def tell_cost(
    report: Report, size: Size, small: Size | None, peer: corosync.Found | None
) -> None:
    report.add(
        Figure(
            f"processor time a node, idle, {size.nodes} nodes",
            "s/min",
            size.processor,
            peer.processor if peer else None,
            target=AtMost(PROCESSOR_SECONDS) if size.nodes == SIZES[0] else None,
            note=f"{size.packets:.0f} packets a second sent by a node, {PATHS} paths",
        )
    )
    if small:
        report.add(flat("  the same", "s/min", size.processor, small.processor))
    report.add(
        Figure(f"resident memory, {size.nodes} nodes", "MB", size.memory, peer and peer.memory)
    )
    report.add(
        Figure(
            "  what of it is above a bare knet program",
            "MB",
            size.memory - size.bare_memory,
            target=AtMost(MEMORY_MB),
            note=f"which has {size.bare_memory:.0f} MB with the same links",
        )
    )


def flat(name: str, unit: str, ours: float, base: float) -> Figure:
    return Figure(
        f"{name}, to that of {SIZES[0]} nodes",
        unit,
        ours,
        base=base,
        target=AtMost(FLAT, "ratio"),
        note="the ratio is to our own figure",
    )
