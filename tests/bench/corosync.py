"""corosync, the peer of the ledger: the same nodes and cables, two links, crypto as ours.

What it has of the same kind: a message that all members get in one order (a closed process group,
CPG, agreed delivery), and a new membership after a node has died. It keeps nothing on a disk.
"""

from __future__ import annotations

import datetime
import random
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path as FilePath

import power
from figures import BenchError, Spread
from laboratory import Lab
from pair import LAB
from plan import Plan, number
from watching import memory_mb, processor_seconds, wait_until

NODES = 3
PATHS = 2
WHOLE_BOUND = 120.0
MEMBERSHIP_BOUND = 60.0
ROUND_TRIP = FilePath(__file__).resolve().parent / "cpg_round_trip.py"
TUNED_TOKEN_MS = 1000  # its default is 3000

CONFIGURATION = """\
totem {{
  version: 2
  cluster_name: bench
  transport: knet
  crypto_cipher: aes256
  crypto_hash: sha256
{token}}}
nodelist {{
{nodes}}}
quorum {{
  provider: corosync_votequorum
}}
logging {{
  to_stderr: no
  to_syslog: no
  to_logfile: yes
  logfile: /var/log/corosync.log
  timestamp: hires
}}
"""


@dataclass(frozen=True)
class Found:
    """Of corosync at its defaults, but for `tuned`."""

    round_trip: Spread  # ms
    membership: Spread  # s from a power cut to the new membership on all survivors
    tuned_membership: Spread  # with a token of TUNED_TOKEN_MS
    processor: float  # s/min a node, idle
    memory: float  # MB


def is_installed() -> bool:
    return shutil.which("corosync") is not None


def measure(binaries: str, round_trips: int, kills: int, idle_seconds: float) -> Found:
    with Ring(binaries, None) as ring:
        processor = ring.idle_processor(idle_seconds)
        trips = ring.round_trips(round_trips)
        memory = max(memory_mb(ring.pid(node)) for node in ring.nodes)
        membership = ring.kills(kills)
    with Ring(binaries, TUNED_TOKEN_MS) as ring:
        tuned = ring.kills(kills)
    return Found(trips, membership, tuned, processor, memory)


class Ring:
    """corosync on every node of a lab; the context ends all of it."""

    def __init__(self, binaries: str, token_ms: int | None) -> None:
        self._plan = Plan(nodes=NODES, paths=PATHS, bare=True, binaries=binaries)
        self._token = f"  token: {token_ms}\n" if token_ms else ""
        self._lab = Lab(LAB)
        self._running: list[subprocess.Popen] = []
        self.nodes = self._plan.node_names()

    def __enter__(self) -> Ring:
        self._lab.down()
        try:
            self._lab.up(self._plan)
            for node in self.nodes:
                self._start(node)
            self._await_whole()
            time.sleep(3)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lab.down()
        for process in self._running:
            process.wait(timeout=30)

    def _configuration(self) -> str:
        nodes = ""
        for node in self.nodes:
            rings = "".join(
                f"    ring{path.index}_addr: {self._plan.address(node, path)}\n"
                for path in self._plan.path_list()
            )
            nodes += f"  node {{\n    name: {node}\n    nodeid: {number(node)}\n{rings}  }}\n"
        return CONFIGURATION.format(token=self._token, nodes=nodes)

    def _start(self, node: str) -> None:
        script = (
            "mkdir -p /etc/corosync /var/lib/corosync; cat > /etc/corosync/corosync.conf; "
            "umask 077; head -c 256 /dev/zero > /etc/corosync/authkey"
        )
        self._lab.must(node, "sh", "-ec", script, text=self._configuration())
        line, environment = self._lab.command(node, ["corosync", "-f"])
        self._running.append(
            subprocess.Popen(
                line,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _await_whole(self) -> None:
        def whole() -> bool:
            said = [self._lab.run(node, "corosync-quorumtool", "-s").out for node in self.nodes]
            return all(re.search(rf"Nodes:\s+{NODES}\b", one) for one in said)

        wait_until(whole, WHOLE_BOUND, "corosync has all its members", pause=0.2)

    def pid(self, node: str) -> int:
        found = power.program_ids(self._lab.record(), node, "corosync")
        if len(found) != 1:
            raise BenchError(f"{node}: {len(found)} corosync processes instead of one")
        return found[0]

    def idle_processor(self, seconds: float) -> float:
        pids = [self.pid(node) for node in self.nodes]
        spent = sum(processor_seconds(pid) for pid in pids)
        begun = time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - begun
        return 60 * (sum(processor_seconds(pid) for pid in pids) - spent) / took / len(pids)

    def round_trips(self, count: int) -> Spread:
        answer = self._lab.run(
            self.nodes[0], "/usr/bin/python3", str(ROUND_TRIP), str(count), timeout=300
        )
        spread = Spread.of([float(word) for word in answer.out.split()])
        if answer.code != 0 or spread is None:
            raise BenchError(f"corosync's CPG: {answer.err.strip()}")
        return spread

    def kills(self, count: int) -> Spread:
        spread = Spread.of([self._kill(random.choice(self.nodes)) for _ in range(count)])
        assert spread
        return spread

    def _kill(self, node: str) -> float:
        survivors = [one for one in self.nodes if one != node]
        time.sleep(random.uniform(0, 1))
        since = self._lab.kill(node)
        found: list[float] = []

        def told() -> bool:
            found[:] = [at for one in survivors for at in self._memberships(one, since)[:1]]
            return len(found) == len(survivors)

        wait_until(told, MEMBERSHIP_BOUND, f"corosync notices that {node} is gone", pause=0.05)
        took = max(found) - since
        self._lab.start(node)
        self._start(node)
        self._await_whole()
        time.sleep(1)
        return took

    def _memberships(self, node: str, since: float) -> list[float]:
        """When the node said that it is one of NODES - 1 members, after that instant."""
        log = power.home(self._lab.record(), node) / "log/corosync.log"
        year = time.localtime().tm_year
        found = []
        for line in log.read_text(errors="replace").splitlines():
            if f"Members[{NODES - 1}]" not in line:
                continue
            stamp = re.match(r"(\w{3} \d\d \d\d:\d\d:\d\d\.\d+)", line)
            if stamp:
                when = datetime.datetime.strptime(f"{year} {stamp[1]}", "%Y %b %d %H:%M:%S.%f")
                found.append(when.timestamp())
        return [at for at in found if at >= since]
