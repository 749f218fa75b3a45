"""Control groups of a lab: they hold its processes together and freeze a whole node at one instant.

Version 2 is preferred (frozen processes can still be killed), then the version 1 freezer; without
either, a pause is SIGSTOP to every process of the node.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path as FilePath

from record import Process, start_time
from shell import LabError


def group_root() -> FilePath | None:
    """Where groups that can be frozen are made on this machine; None if nowhere."""
    mounts = [line.split() for line in FilePath("/proc/mounts").read_text().splitlines()]
    v2 = [m[1] for m in mounts if m[2] == "cgroup2"]
    v1 = [m[1] for m in mounts if m[2] == "cgroup" and "freezer" in m[3].split(",")]
    for place in (*v2, *v1):
        if os.access(place, os.W_OK) and not os.statvfs(place).f_flag & os.ST_RDONLY:
            return FilePath(place)
    return None


def group(lab: str, leaf: str) -> FilePath | None:
    """The group of a node (or of `anchors`); made if it is not there."""
    root = group_root()
    if root is None:
        return None
    place = root / f"inquest-lab-{lab}" / leaf
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return place


def joining(lab: str, leaf: str, argv: list[str]) -> list[str]:
    """`argv`, so that it and its children are members of the group from their first instruction."""
    place = group(lab, leaf)
    if place is None:
        return argv
    return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', f"{place}/cgroup.procs", *argv]


def freeze(lab: str, node: str, init: Process) -> None:
    """Returns when every process of the node stands still."""
    place = group(lab, node)
    if place is None:
        stop_by_signals(init)
    elif (place / "cgroup.freeze").exists():
        (place / "cgroup.freeze").write_text("1")
        wait_for(lambda: "frozen 1" in (place / "cgroup.events").read_text(), node)
    else:
        (place / "freezer.state").write_text("FROZEN")
        wait_for(lambda: (place / "freezer.state").read_text().strip() == "FROZEN", node)


def thaw(lab: str, node: str, init: Process | None) -> None:
    place = group(lab, node)
    if place is None:
        for pid in members(init) if init else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    elif (place / "cgroup.freeze").exists():
        (place / "cgroup.freeze").write_text("0")
    else:
        (place / "freezer.state").write_text("THAWED")


def wait_for(done, node: str) -> None:
    deadline = time.monotonic() + 30
    while not done():
        if time.monotonic() > deadline:
            raise LabError(f"{node} does not freeze: a process of it is stuck in the kernel")
        time.sleep(0.002)


def stop_by_signals(init: Process) -> None:
    """Until nothing new appears: a process may fork between the listing and its signal."""
    stopped: set[int] = set()
    while True:
        fresh = set(members(init)) - stopped
        if not fresh:
            return
        for pid in fresh:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        stopped |= fresh


def members(init: Process) -> list[int]:
    """Ids, as the machine sees them, of all processes in the process namespace of `init`."""
    try:
        space = os.stat(f"/proc/{init.pid}/ns/pid").st_ino
    except OSError:
        return []
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"{entry.path}/ns/pid").st_ino == space:
                    found.append(int(entry.name))
    return found


def grouped_processes(lab: str) -> list[Process]:
    """Everything that is in a group of this lab, also when its record is lost."""
    root = group_root()
    found = []
    for listing in root.glob(f"inquest-lab-{lab}/*/cgroup.procs") if root else []:
        with contextlib.suppress(OSError):
            for pid in map(int, listing.read_text().split()):
                start = start_time(pid)
                if start is not None:
                    found.append(Process(pid, start))
    return found


def thaw_all(lab: str) -> None:
    """Version 1 keeps a frozen process alive even after SIGKILL."""
    root = group_root()
    for leaf in root.glob(f"inquest-lab-{lab}/*/") if root else []:
        thaw(lab, leaf.name, None)


def remove_groups(lab: str) -> bool:
    """True when nothing is left. A group can be removed once its last process is reaped."""
    root = group_root()
    if root is None:
        return True
    top = root / f"inquest-lab-{lab}"
    for place in [*top.glob("*/"), top]:
        with contextlib.suppress(OSError):
            place.rmdir()
    return not top.exists()
