"""Looks at daemons from outside, without disturbing them: their transitions as they tell them, the
processor time, memory and page faults that the kernel accounts to them, and what their interfaces
carried."""

from __future__ import annotations

import contextlib
import datetime
import json
import mmap
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath

import power
from figures import BenchError
from laboratory import Lab

MESSAGE_MAX = 1 << 20


@dataclass(frozen=True)
class Transition:
    """One event of `inquest events --json`; `at` in seconds since 1970."""

    at: float
    kind: str
    peer: str
    path: str
    to: str
    reason: str = ""


class Follower:
    """Follows the events of one daemon over its control socket, from the first one on."""

    def __init__(self, lab: Lab, node: str) -> None:
        self.node = node
        self.seen: list[Transition] = []
        self.paths: dict[tuple[str, str], str] = {}
        self.verdicts: dict[str, str] = {}
        init = lab.record().nodes[node].init
        assert init
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(10)
        self._socket.connect(f"/proc/{init.pid}/root/run/inquest/inquestd.sock")
        self._socket.send(b'{"verb":"events","follow":true}')
        self._socket.setblocking(False)

    def read(self) -> None:
        """Takes in all that has been told since."""
        with contextlib.suppress(BlockingIOError):
            while True:
                message = self._socket.recv(MESSAGE_MAX)
                if not message:
                    raise BenchError(f"{self.node}: inquestd closed its control socket")
                self._take(json.loads(message))

    def _take(self, event: dict) -> None:
        if "event" not in event:
            raise BenchError(f"{self.node}: inquestd answered {event}")
        at = datetime.datetime.fromisoformat(event["time"]).timestamp()
        word = event["to"].split("(")[0]
        self.seen.append(
            Transition(at, event["event"], event["peer"], event["path"], word, event["reason"])
        )
        if event["event"] == "path":
            self.paths[event["peer"], event["path"]] = word
        elif event["event"] == "verdict":
            self.verdicts[event["peer"]] = word

    def since(self, at: float, kind: str, to: str, peer: str = "") -> list[Transition]:
        """Transitions of this kind to this word that happened at `at` or later."""
        return [
            t
            for t in reversed_until(self.seen, at)
            if t.kind == kind and t.to == to and peer in ("", t.peer)
        ]

    def close(self) -> None:
        self._socket.close()


def reversed_until(seen: list[Transition], at: float) -> list[Transition]:
    """Those not before `at`, oldest first, without walking through all of a long list."""
    found = []
    for transition in reversed(seen):
        if transition.at < at:
            break
        found.append(transition)
    return found[::-1]


def wait_until(done: Callable[[], object], bound: float, why: str, pause: float = 0.01) -> None:
    deadline = time.monotonic() + bound
    while not done():
        if time.monotonic() > deadline:
            raise BenchError(f"not within {bound:g} s: {why}")
        time.sleep(pause)


def daemon(lab: Lab, node: str) -> int:
    """Id of the node's inquestd, as the machine sees it."""
    found = power.daemon_ids(lab.record(), node)
    if len(found) != 1:
        raise BenchError(f"{node}: {len(found)} inquestd processes instead of one")
    return found[0]


def processor_seconds(pid: int) -> float:
    """Of all threads that live, exact to the nanosecond (schedstat, not clock ticks)."""
    total = 0
    for file in FilePath(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(file.read_text().split()[0])
    return total / 1e9


def page_faults(pid: int) -> int:
    """Minor and major faults of the whole process since it started."""
    fields = FilePath(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[7]) + int(fields[9])


def memory_mb(pid: int, key: str = "VmRSS") -> float:
    for line in FilePath(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass(frozen=True)
class Carried:
    """Packets over all interfaces of a node but the loopback."""

    received: int
    sent: int


def carried(lab: Lab, node: str) -> Carried:
    init = lab.record().nodes[node].init
    assert init
    received = sent = 0
    for line in FilePath(f"/proc/{init.pid}/net/dev").read_text().splitlines()[2:]:
        name, counts = line.split(":")
        if name.strip() != "lo":
            fields = counts.split()
            received += int(fields[1])
            sent += int(fields[9])
    return Carried(received, sent)


class Allocations:
    """The counts of the library count_malloc, read through the file that it maps."""

    SLOT = struct.Struct("=4Q")
    SLOTS = 64

    def __init__(self, file: FilePath) -> None:
        wait_until(
            lambda: file.exists() and file.stat().st_size >= self.SLOT.size * self.SLOTS,
            10,
            f"{file} appears",
        )
        with file.open("rb") as content:
            self._map = mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ)

    def total(self) -> int:
        """Allocations of all threads so far."""
        return sum(
            self.SLOT.unpack_from(self._map, i * self.SLOT.size)[1] for i in range(self.SLOTS)
        )
