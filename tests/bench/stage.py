"""One daemon that faces a whole cluster: node n1 runs the program measured, node n2 plays all its
peers, with the addresses of all of them on its interfaces.

inquestd's peers are played by inquest-bench-chorus, bfdd's by one more bfdd. A session is one peer
on one path, as bfdd counts them.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path as FilePath

import power
import wires
from bfdd import Bfdd, Session
from figures import BenchError
from laboratory import Lab
from pair import FOR_BFDD, LAB, MULTIPLIER, REAL_TIME
from plan import Path, Plan, number
from watching import Allocations, Follower, carried, daemon, memory_mb, page_faults
from watching import processor_seconds, wait_until

COUNTER = f"{power.BIN_INSIDE}/libinquest-bench-count-malloc.so"
WELL_BOUND = 60.0
MEMBERS_MAX = 32


@dataclass(frozen=True)
class Size:
    peers: int
    paths: int
    interval_ms: int

    @property
    def sessions(self) -> int:
        return self.peers * self.paths

    def text(self) -> str:
        return f"{self.sessions} session{'s' * (self.sessions > 1)}, {self.interval_ms} ms"


@dataclass(frozen=True)
class Look:
    """Counters of the program measured at one instant."""

    seconds: float
    processor: float
    faults: int
    allocations: int
    received: int
    sent: int

    def beats(self) -> int:
        return self.received + self.sent

    def microseconds_a_pair(self, before: Look) -> float:
        """A pair is one beat sent and one received."""
        pairs = (self.beats() - before.beats()) / 2
        return 1e6 * (self.processor - before.processor) / pairs if pairs else 0.0

    def beats_a_second(self, before: Look) -> float:
        return (self.beats() - before.beats()) / (self.seconds - before.seconds)


class Stage:
    """The two nodes; `inquest` and `bfdd` put a program on it, and `clear` takes it off."""

    def __init__(self, size: Size, binaries: str) -> None:
        self.size = size
        self.lab = Lab(LAB)
        self.cluster = Plan(
            nodes=size.peers + 1,
            paths=size.paths,
            profile="fast" if size.interval_ms < 100 else "default",
            timing={
                "beat_interval": f"{size.interval_ms}ms",
                "path_limit": f"{4 * size.interval_ms}ms",
            },
        )
        self._plan = Plan(nodes=2, paths=size.paths, bare=True, binaries=binaries)
        self.pid = 0
        self.follower: Follower | None = None
        self.allocations: Allocations | None = None
        self._started: list[subprocess.Popen] = []
        self._bfdds: list[Bfdd] = []

    def __enter__(self) -> Stage:
        self.lab.down()
        try:
            self.lab.up(self._plan)
            self._give_all_addresses()
            for node in ("n1", "n2"):
                self._write_config(node)
        except BaseException:
            self.lab.down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
        self.lab.down()

    def _give_all_addresses(self) -> None:
        record = self.lab.record()
        one, two = (record.nodes[node].anchor for node in ("n1", "n2"))
        assert one and two
        there, here = [], []
        for path in self.cluster.path_list():
            prefix = self.cluster.network(path).prefixlen
            device = f"dev {path.interface}"
            to_one, to_two = (
                f"lladdr {self._plan.mac(node, path)} {device} nud permanent"
                for node in ("n1", "n2")
            )
            for peer in self.cluster.node_names()[1:]:
                theirs, ours = self.cluster.address(peer, path), self._second(peer, path)
                if peer != "n2":  # which has its own already
                    there.append(f"addr add {theirs}/{prefix} {device}")
                    here.append(f"neigh replace {theirs} {to_two}")
                here.append(f"addr add {ours}/{prefix} {device}")
                there.append(f"neigh replace {ours} {to_one}")
        wires.ip_batch(two, there)
        wires.ip_batch(one, here)

    def _second(self, peer: str, path: Path) -> str:
        """An address of n1 for its session with `peer` alone: bfdd tells sessions of one interface
        apart by the remote address only, at both ends."""
        return str(self.cluster.network(path)[MEMBERS_MAX - 1 + number(peer)])

    def _write_config(self, node: str) -> None:
        place = power.home(self.lab.record(), node) / "etc"
        (place / "node.toml").write_text(self.cluster.node_toml(node))
        (place / "cluster.toml").write_text(self.cluster.cluster_toml())

    # -- what is measured

    def inquest(self, count_allocations: bool = False) -> None:
        """inquestd on n1, heard and answered by all its peers."""
        words = ["inquestd"]
        if count_allocations:
            words = [
                "env",
                f"LD_PRELOAD={COUNTER}",
                "INQUEST_COUNT_MALLOC=/var/log/allocations",
                *words,
            ]
        self._spawn("n1", words)
        wait_until(
            lambda: power.daemon_answers(self.lab.record(), "n1"), 60, "n1: inquestd answers"
        )
        self.pid = daemon(self.lab, "n1")
        self.follower = Follower(self.lab, "n1")
        if count_allocations:
            self.allocations = Allocations(
                power.home(self.lab.record(), "n1") / "log/allocations"
            )
        self._spawn("n2", ["inquest-bench-chorus", "--etc", "/etc/inquest", "--to", "n1"])
        wait_until(self._well, WELL_BOUND, f"n1 hears all of {self.size.text()}")

    def _well(self) -> bool:
        assert self.follower
        if any(process.poll() is not None for process in self._started):
            raise BenchError("inquestd or its chorus has ended")
        self.follower.read()
        fresh = sum(state == "fresh" for state in self.follower.paths.values())
        return fresh == self.size.sessions

    def bfdd(self) -> None:
        """bfdd on n1 with one session for each peer and path."""
        to_all = [
            Session(self._second(peer, p), self.cluster.address(peer, p), p.interface)
            for p in self.cluster.path_list()
            for peer in self.cluster.node_names()[1:]
        ]
        back = [Session(s.remote, s.local, s.interface) for s in to_all]
        for node, sessions in (("n2", back), ("n1", to_all)):
            program = Bfdd(self.lab, node, sessions)
            self._bfdds.append(program)
            program.start(self.size.interval_ms, MULTIPLIER, FOR_BFDD[REAL_TIME], log=False)
        self.pid = self._bfdds[1].pid
        wait_until(
            lambda: self._bfdds[1].up_now() == self.size.sessions,
            WELL_BOUND,
            f"bfdd holds {self.size.text()}",
            pause=0.5,
        )

    def bfdd_is_whole(self) -> bool:
        return self._bfdds[1].up_now() == self.size.sessions

    def _spawn(self, node: str, words: list[str]) -> None:
        line, environment = self.lab.command(node, words)
        log = power.home(self.lab.record(), node) / f"log/{FilePath(words[-1]).name}.out"
        with log.open("w") as output:
            self._started.append(
                subprocess.Popen(
                    line,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )

    def clear(self) -> None:
        """Ends the program measured and its peers, and forgets what it had stored."""
        if self.follower:
            self.follower.close()
        for process in self._started:
            process.kill()
        for process in self._started:
            process.wait(timeout=30)
        for program in self._bfdds:
            program.stop()
        state = power.home(self.lab.record(), "n1") / "state/boot"
        state.unlink(missing_ok=True)
        self.follower = self.allocations = None
        self._started.clear()
        self._bfdds.clear()

    def look(self) -> Look:
        packets = carried(self.lab, "n1")
        return Look(
            time.monotonic(),
            processor_seconds(self.pid),
            page_faults(self.pid),
            self.allocations.total() if self.allocations else 0,
            packets.received,
            packets.sent,
        )

    def resident_mb(self) -> float:
        return memory_mb(self.pid)

    def locked_mb(self) -> float:
        return memory_mb(self.pid, "VmLck")
