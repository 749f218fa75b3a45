"""A node's power: booting it in namespaces of its own, running commands in it, cutting it.

A node sees the machine's file system, with these folders of its own: /etc/inquest, /var/lib/inquest
and /var/log (they survive a power cut), /run, /tmp and /dev/shm (they do not). /etc and /var/lib
lie under an overlay in memory, so the mount points need not exist on the machine.
"""

from __future__ import annotations

import os
import secrets
import shlex
import socket
import subprocess
import uuid
from pathlib import Path as FilePath

import cage
from record import MARK, Process, Record, folder
from shell import LabError

TOOLS = FilePath(__file__).resolve().parent
BIN_INSIDE = "/run/lab/bin"
TOOLS_INSIDE = "/run/lab/tools"
SEARCH_PATH = f"{BIN_INSIDE}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# /run is mounted last: the lab's own folder lies below it and disappears with that.
BOOT = """
echo {node} > /proc/sys/kernel/hostname
mount -t sysfs sysfs /sys
stage={home}/stage
mount -t tmpfs -o mode=755 tmpfs $stage
mkdir -p $stage/etc $stage/etc.work $stage/lib $stage/lib.work
mkdir -p $stage/run/lab/bin $stage/run/lab/tools $stage/run/inquest $stage/run/lock
[ -z {binaries} ] || mount --bind {binaries} $stage/run/lab/bin
mount --bind {tools} $stage/run/lab/tools
[ -z {disk} ] || {{ touch $stage/run/lab/disk; mount --bind {disk} $stage/run/lab/disk; }}
mount -t overlay -o lowerdir=/etc,upperdir=$stage/etc,workdir=$stage/etc.work overlay /etc
mount -t overlay -o lowerdir=/var/lib,upperdir=$stage/lib,workdir=$stage/lib.work overlay /var/lib
mkdir -p /etc/inquest /var/lib/inquest
mount --bind {home}/etc /etc/inquest
mount --bind {home}/state /var/lib/inquest
mount --bind {home}/log /var/log
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount --rbind $stage/run /run
cd /
echo ready
exec >/dev/null 2>&1
exec tini -- sleep infinity
"""


def home(record: Record, node: str) -> FilePath:
    """The node's folder on this machine."""
    return folder(record.name) / node


def disk(lab: str) -> FilePath:
    """The file that the nodes of a lab share as a disk, as this machine sees it. Not below /run:
    a file system in memory takes no direct input and output."""
    return FilePath(f"/var/tmp/inquest-lab-{lab}.disk")


def make_disk(lab: str) -> None:
    """A blank one."""
    with disk(lab).open("wb") as file:
        file.truncate(1 << 20)


def environment(record: Record, **more: str) -> dict[str, str]:
    kept = {
        k: os.environ[k] for k in ("TERM", "LANG", "LC_ALL", "COLUMNS", "LINES") if k in os.environ
    }
    return {**kept, **more, MARK: record.name, "PATH": SEARCH_PATH, "HOME": "/root"}


def anchor_namespace(record: Record) -> Process:
    """A process that does nothing but keep a new network namespace in being."""
    argv = cage.joining(
        record.name,
        "anchors",
        ["unshare", "--net", "sh", "-c", "echo ready; exec >/dev/null 2>&1; exec sleep infinity"],
    )
    return spawn_until_ready(record, argv, folder(record.name) / "anchors.log")


def spawn_until_ready(record: Record, argv: list[str], log: FilePath) -> Process:
    """Starts a process in a session of its own and waits for it to say `ready` on its stdout."""
    reader, writer = os.pipe()
    try:
        with log.open("w") as complaints:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=complaints,
                cwd="/",
                start_new_session=True,
                env=environment(record),
            )
        os.close(writer)
        if os.read(reader, 16) == b"ready\n":
            # The tool may end before the lab does: this child is the system's to reap, not ours.
            child.returncode = 0
            return Process.of(child.pid)
        child.wait()
    finally:
        os.close(reader)
    lines = log.read_text().strip().splitlines()
    raise LabError(f"{log.stem}: {lines[-1] if lines else 'ended at once'}")


def write_config(record: Record, node: str) -> None:
    """The node's files, as an operator would have written them."""
    place = home(record, node)
    for name in ("etc/keys", "state", "log", "stage"):
        (place / name).mkdir(parents=True, exist_ok=True)
    if record.plan.members != "files":
        return
    (place / "etc/node.toml").write_text(record.plan.node_toml(node))
    (place / "etc/cluster.toml").write_text(record.plan.cluster_toml())
    keys = place / "etc/keys/cluster.keys"
    keys.touch(mode=0o600)
    keys.write_text(record.plan.cluster_keys())


def is_configured(record: Record, node: str) -> bool:
    """Has it files to start inquestd with? A bare node has none before it founds or joins."""
    return (home(record, node) / "etc/node.toml").exists()


def boot(record: Record, node: str) -> Process:
    """Boots the node and returns its process 1. All nodes share one kernel, hence the stand-in for
    the kernel's boot id: a new one at each boot."""
    anchor = record.nodes[node].anchor
    assert anchor
    place = home(record, node)
    (place / "etc/boot-id").write_text(f"{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}\n")
    script = BOOT.format(
        node=node,
        home=place,
        tools=shlex.quote(str(TOOLS)),
        binaries=shlex.quote(record.plan.binaries),
        disk=shlex.quote(str(disk(record.name)) if record.plan.disk else ""),
    )
    argv = cage.joining(
        record.name,
        node,
        [
            "nsenter",
            f"--net=/proc/{anchor.pid}/ns/net",
            "unshare",
            "--mount",
            "--uts",
            "--ipc",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-ec",
            script,
        ],
    )
    parent = spawn_until_ready(record, argv, folder(record.name) / f"{node}.boot.log")
    children = FilePath(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    return Process.of(int(children[0]))


def entering(record: Record, node: str, argv: list[str]) -> list[str]:
    """`argv` as a command line that runs inside the node and ends with its caller."""
    init = record.nodes[node].init
    assert init
    return cage.joining(
        record.name,
        node,
        [
            "nsenter",
            f"--target={init.pid}",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--wd=/",
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
            *argv,
        ],
    )


def start_daemon(record: Record, node: str) -> int:
    """inquestd as a child of the node's process 1, with its log in the node's /var/log. Returns
    its id as the node sees it; whether it lives on is for the caller to find out."""
    script = "setsid inquestd </dev/null >>/var/log/inquestd.log 2>&1 & echo $!"
    done = subprocess.run(
        entering(record, node, ["sh", "-c", script]),
        env=environment(record),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode != 0:
        raise LabError(f"{node}: inquestd could not be started: {done.stderr.strip()}")
    return int(done.stdout)


def lives(record: Record, node: str, inner_id: int) -> bool:
    """Whether the node has a process of this id; looked at through the node's own /proc."""
    init = record.nodes[node].init
    return init is not None and os.path.exists(f"/proc/{init.pid}/root/proc/{inner_id}")


def daemon_ids(record: Record, node: str) -> list[int]:
    """Ids, as the machine sees them, of the inquestd processes of a node."""
    return program_ids(record, node, "inquestd")


def keeper_ids(record: Record, node: str) -> list[int]:
    """The same of those that start them, and outlive them."""
    return program_ids(record, node, "inquest-keeper")


def program_ids(record: Record, node: str, name: str) -> list[int]:
    """The same of any program; the kernel keeps the first 15 letters of a name."""
    init = record.nodes[node].init
    found = []
    for pid in cage.members(init) if init else []:
        try:
            if FilePath(f"/proc/{pid}/comm").read_text().strip() == name:
                found.append(pid)
        except OSError:
            continue
    return found


def daemon_answers(record: Record, node: str) -> bool:
    """Whether somebody listens on the control socket; reached through the node's own root. A
    socket file alone says nothing: a killed daemon leaves it behind."""
    init = record.nodes[node].init
    if init is None:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        return control.connect_ex(f"/proc/{init.pid}/root/run/inquest/inquestd.sock") == 0


def last_log_line(record: Record, node: str) -> str:
    try:
        lines = (home(record, node) / "log/inquestd.log").read_text(errors="replace").strip()
    except OSError:
        return "no log"
    return lines.splitlines()[-1] if lines else "its log is empty"
