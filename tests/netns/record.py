"""What a lab remembers between two calls of the tool, and how its processes are recognised.

The record is one JSON file in /run/inquest-lab/NAME/. A process is known by its id *and* its start
time, so that an id which the kernel has given to somebody else is never signalled. Every process
of a lab also carries INQUEST_LAB=NAME in its environment: that finds them when the record is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path as FilePath

from plan import Plan
from shell import LabError, UsageError

ROOT = FilePath("/run/inquest-lab")
MARK = "INQUEST_LAB"
DEFAULT_NAME = "lab"

Direction = tuple[str, str, str]  # (sender, receiver, path): one direction of one path


@dataclass(frozen=True)
class Process:
    """A process that stays the same one: id and start time in clock ticks since boot."""

    pid: int
    start: int

    @staticmethod
    def of(pid: int) -> Process:
        start = start_time(pid)
        if start is None:
            raise LabError(f"process {pid} ended at once")
        return Process(pid, start)

    def alive(self) -> bool:
        return start_time(self.pid) == self.start

    def kill(self) -> None:
        """SIGKILL through a pidfd, so that nobody else can be hit between check and signal."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive():
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            pass
        finally:
            os.close(handle)


def start_time(pid: int) -> int | None:
    """Start time of a living process; None if there is none, or only its zombie."""
    try:
        fields = FilePath(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def marked_processes(name: str) -> list[Process]:
    """Every process that belongs to lab `name`, by its environment."""
    mark = f"{MARK}={name}".encode()
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = FilePath(entry.path, "environ").read_bytes()
        except OSError:
            continue
        if mark in environment.split(b"\0"):
            start = start_time(int(entry.name))
            if start is not None:
                found.append(Process(int(entry.name), start))
    return found


@dataclass
class NodeRecord:
    """`anchor` keeps the network namespace while the node is off; `init` is its process 1."""

    anchor: Process | None = None
    init: Process | None = None
    paused: bool = False

    def running(self) -> bool:
        return self.init is not None and self.init.alive()


@dataclass
class Record:
    """Everything that one lab is at the moment."""

    name: str
    plan: Plan
    complete: bool = False
    switchboard: Process | None = None  # keeps the network namespace of the switches
    nodes: dict[str, NodeRecord] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)  # name -> "off" or "silent"
    cuts: set[Direction] = field(default_factory=set)
    losses: dict[Direction, float] = field(default_factory=dict)

    def save(self) -> None:
        """Atomically: a crash leaves the old record or the new one."""
        text = json.dumps(
            {
                "name": self.name,
                "plan": self.plan.as_dict(),
                "complete": self.complete,
                "switchboard": as_json(self.switchboard),
                "nodes": {
                    n: {"anchor": as_json(r.anchor), "init": as_json(r.init), "paused": r.paused}
                    for n, r in self.nodes.items()
                },
                "switches": self.switches,
                "cuts": sorted(self.cuts),
                "losses": [[*direction, percent] for direction, percent in self.losses.items()],
            },
            indent=1,
        )
        draft = folder(self.name) / "state.json.new"
        draft.write_text(text)
        draft.replace(folder(self.name) / "state.json")

    @staticmethod
    def load(name: str) -> Record:
        try:
            raw = json.loads((folder(name) / "state.json").read_text())
        except FileNotFoundError:
            raise LabError(f"no lab is up{known_as(name)}: run './dev lab up'") from None
        except ValueError:
            raise LabError(
                f"the record of the lab{known_as(name)} is broken: " "run './dev lab down'"
            ) from None
        return Record(
            name=raw["name"],
            plan=Plan(**raw["plan"]),
            complete=raw["complete"],
            switchboard=from_json(raw["switchboard"]),
            nodes={
                n: NodeRecord(from_json(r["anchor"]), from_json(r["init"]), r["paused"])
                for n, r in raw["nodes"].items()
            },
            switches=raw["switches"],
            cuts={(a, b, p) for a, b, p in raw["cuts"]},
            losses={(a, b, p): percent for a, b, p, percent in raw["losses"]},
        )


def as_json(process: Process | None) -> dict | None:
    return asdict(process) if process else None


def from_json(raw: dict | None) -> Process | None:
    return Process(**raw) if raw else None


def folder(name: str) -> FilePath:
    return ROOT / name


def known_as(name: str) -> str:
    return "" if name == DEFAULT_NAME else f" under the name {name}"


def option(name: str) -> str:
    """How the lab is named on the command line."""
    return "" if name == DEFAULT_NAME else f" --name {name}"


def check_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]{0,11}", name):
        raise UsageError(f"name {name}: use up to 12 small letters and digits")
    return name


@contextlib.contextmanager
def locked(name: str, patience: float = 120) -> Iterator[None]:
    """One change at a time per lab. The folder itself is the lock, so no lock file is left over."""
    deadline = time.monotonic() + patience
    while True:
        folder(name).mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(folder(name), os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # While we waited, `down` may have removed the folder that we hold.
            if folder(name).exists() and os.fstat(handle).st_ino == folder(name).stat().st_ino:
                break
            os.close(handle)
        except BlockingIOError:
            os.close(handle)
            if time.monotonic() > deadline:
                raise LabError(
                    f"lab {name} is busy with another command for {patience:g} s"
                ) from None
            time.sleep(0.02)
    try:
        yield
    finally:
        os.close(handle)
        # A command on a lab that does not exist must not leave an empty one behind.
        for empty in (folder(name), ROOT):
            with contextlib.suppress(OSError):
                empty.rmdir()
