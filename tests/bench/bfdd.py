"""The peer: FRR's bfdd, run by hand inside a node of the lab.

bfdd needs zebra, which tells it of interfaces. Both keep everything below the node's own /run and
/var/log, so nothing of the machine's FRR, if there is one, is touched.
"""

from __future__ import annotations

import datetime
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath

import cage
import power
from figures import BenchError
from laboratory import Lab
from watching import wait_until

PROGRAMS = FilePath("/usr/lib/frr")
PLACE = "/run/frr"
CHANGE = re.compile(
    r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+) .*state-change: \[(.*?)\] (\S+) -> (\S+)"
    r"(?: reason:(\S+))?"
)
PREPARE = f"""
mkdir -p {PLACE} /var/log/frr
printf 'hostname bench\\n' > {PLACE}/zebra.conf
cat > {PLACE}/bfdd.conf
chown -R frr:frr {PLACE} /var/log/frr
"""


@dataclass(frozen=True)
class Session:
    local: str
    remote: str
    interface: str


@dataclass(frozen=True)
class Down:
    """A session fell; `own` if this side's detection time ran out, else the peer had said so."""

    at: float
    session: Session
    own: bool


class Bfdd:
    """bfdd with its zebra in one node."""

    def __init__(self, lab: Lab, node: str, sessions: Iterable[Session]) -> None:
        self.lab = lab
        self.node = node
        self.sessions = list(sessions)
        self.downs: list[Down] = []
        self.up: dict[Session, float] = {}  # since when
        self.started: list[subprocess.Popen] = []
        self.pid = 0
        self._log = power.home(lab.record(), node) / "log/frr/bfdd.log"
        self._read_to = 0
        self._by_name = {(s.remote, s.local, s.interface): s for s in self.sessions}

    def start(self, interval_ms: int, multiplier: int, scheduling: list[str], log: bool = True):
        """`scheduling` is the command that gives bfdd its scheduling class, say chrt."""
        if not (PROGRAMS / "bfdd").exists():
            raise BenchError(f"{PROGRAMS}/bfdd is missing: run './dev setup --bench'")
        text = config(self.sessions, interval_ms, multiplier, log)
        line, environment = self.lab.command(self.node, ["sh", "-ec", PREPARE])
        subprocess.run(line, env=environment, input=text, text=True, check=True, timeout=60)
        self._log.unlink(missing_ok=True)
        self._read_to = 0
        self._spawn([f"{PROGRAMS}/zebra", *places("zebra")])
        wait_until(self._zebra_listens, 30, f"{self.node}: zebra opens its socket")
        self._spawn([*scheduling, f"{PROGRAMS}/bfdd", *places("bfdd")])
        wait_until(self._find, 30, f"{self.node}: bfdd runs")

    def _spawn(self, argv: list[str]) -> None:
        line, environment = self.lab.command(self.node, argv)
        self.started.append(
            subprocess.Popen(
                line,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _zebra_listens(self) -> bool:
        init = self.lab.record().nodes[self.node].init
        assert init
        return FilePath(f"/proc/{init.pid}/root{PLACE}/zserv.api").exists()

    def _find(self) -> bool:
        init = self.lab.record().nodes[self.node].init
        assert init
        for pid in cage.members(init):
            try:
                if FilePath(f"/proc/{pid}/comm").read_text().strip() == "bfdd":
                    self.pid = pid
            except OSError:
                continue
        return self.pid != 0

    def read(self) -> None:
        """Takes in what the log has told since."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._read_to)
                text = log.read()
        except FileNotFoundError:
            return
        whole = text.rfind(b"\n") + 1
        self._read_to += whole
        for line in text[:whole].decode(errors="replace").splitlines():
            if found := CHANGE.match(line):
                self._take(*found.groups())

    def _take(self, stamp: str, name: str, old: str, new: str, reason: str | None) -> None:
        fields = dict(part.split(":", 1) for part in name.split() if ":" in part)
        key = (fields.get("peer", ""), fields.get("local", ""), fields.get("ifname", ""))
        session = self._by_name.get(key)
        if session is None:
            return
        at = datetime.datetime.strptime(stamp, "%Y/%m/%d %H:%M:%S.%f").timestamp()
        if new == "up":
            self.up[session] = at
        elif old == "up":
            self.up.pop(session, None)
            self.downs.append(Down(at, session, reason in (None, "control-expired")))

    def shell(self, command: str) -> str:
        """An answer of bfdd itself."""
        done = self.lab.run(self.node, "vtysh", "--vty_socket", PLACE, "-d", "bfdd", "-c", command)
        return done.out

    def up_now(self) -> int:
        """Sessions that are up, counted by bfdd itself: for a run without a log."""
        return len(re.findall(r"\bup\b", self.shell("show bfd peers brief")))

    def stop(self) -> None:
        """Lets go of both programs. A program that has given up its privileges may outlive the one
        that carried it into the node; the end of the lab ends it."""
        for process in self.started:
            process.kill()
        for process in self.started:
            process.wait(timeout=30)
        self.started.clear()
        self.pid = 0


def places(program: str) -> list[str]:
    return [
        *("-f", f"{PLACE}/{program}.conf"),
        *("-i", f"{PLACE}/{program}.pid"),
        *("-z", f"{PLACE}/zserv.api"),
        *("--vty_socket", PLACE),
        *("-A", "127.0.0.1"),
    ]


def config(sessions: list[Session], interval_ms: int, multiplier: int, log: bool) -> str:
    lines = ["hostname bench"]
    if log:
        lines += ["log file /var/log/frr/bfdd.log debugging", "log timestamp precision 6"]
        lines += ["debug bfd peer"]
    lines += ["bfd"]
    for session in sessions:
        lines += [
            f" peer {session.remote} local-address {session.local} interface {session.interface}",
            f"  detect-multiplier {multiplier}",
            f"  receive-interval {interval_ms}",
            f"  transmit-interval {interval_ms}",
            "  no shutdown",
            " exit",
        ]
    return "\n".join([*lines, "exit", ""])
