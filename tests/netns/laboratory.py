"""A whole lab: what the verbs of `./dev lab` do, as one class that tests and the demo use too.

Every change is made under the lab's lock, on the record read afresh, so that several callers (a
test and a person who looks on, say) never work on different ideas of the same lab.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path as FilePath

import cage
import power
import wires
from plan import DISK_INSIDE, Plan
from record import (
    DEFAULT_NAME,
    ROOT,
    Direction,
    NodeRecord,
    Record,
    check_name,
    folder,
    known_as,
    option,
    locked,
    marked_processes,
)
from shell import LabError, UsageError, need

BINARIES = FilePath(__file__).resolve().parents[2] / "build" / "bin"
# Booting is mostly waiting for the kernel; more at once than this only queues there.
PARALLEL = 8
DAEMON_START_LIMIT = 60.0


@dataclass(frozen=True)
class Output:
    """What a command in a node answered."""

    code: int
    out: str
    err: str


class Lab:
    """One lab under one name; it exists between `up` and `down`."""

    def __init__(self, name: str = DEFAULT_NAME) -> None:
        self.name = check_name(name)

    # -- life of the lab

    def up(self, plan: Plan) -> None:
        """Builds and boots everything. On any failure, also Ctrl-C, nothing stays behind."""
        if os.geteuid() != 0:
            raise LabError("not permitted: a lab makes network namespaces: run it as root (sudo)")
        need("ip", "nft", "nsenter", "unshare", "setpriv", "tini")
        if not plan.bare:
            check_binaries(plan)
        with locked(self.name):
            if (folder(self.name) / "state.json").exists():
                if Record.load(self.name).complete:
                    raise LabError(
                        f"a lab is already up{known_as(self.name)}: "
                        f"run './dev lab{option(self.name)} down' first, or choose another --name"
                    )
            self._sweep()
            try:
                self._build(plan)
            except BaseException:
                self._sweep()
                raise

    def _build(self, plan: Plan) -> None:
        folder(self.name).mkdir(parents=True, exist_ok=True)
        record = Record(self.name, plan, nodes={n: NodeRecord() for n in plan.node_names()})
        record.save()
        if plan.disk:
            power.make_disk(self.name)
        record.switchboard = power.anchor_namespace(record)
        wires.build_switches(record)
        each(plan.node_names(), lambda node: self._prepare(record, node))
        record.save()
        wires.plug_all(record, [(n, p) for n in plan.node_names() for p in plan.path_list()])
        self._boot(record, plan.node_names())
        wires.set_rules(record)
        record.complete = True
        record.save()
        if plan.disk and not plan.bare:
            self.set_up_disk()
        if plan.members == "ledger":
            self.make_cluster(plan.node_names())

    def set_up_disk(self, cluster: str = "") -> None:
        """Writes a new header on the disk, for this cluster or another one."""
        plan = self.record().plan
        name = cluster or plan.cluster
        self.must("n1", *f"inquest disk init {DISK_INSIDE} --cluster {name} --yes".split())

    def make_cluster(self, members: list[str]) -> None:
        """Of bare nodes, with the commands that an administrator would use."""
        plan = self.record().plan
        first, *others = members
        self.must(
            first,
            *("inquest", "init", "--cluster", plan.cluster, "--node", first),
            *("--profile", plan.profile),
            *plan.fated(first),
            *plan.device(),
        )
        for node in others:
            self.join(first, node)

    def join(self, host: str, node: str) -> Output:
        """`node` becomes a member by an invitation that `host` asks for."""
        plan = self.record().plan
        token = self.must(host, "inquest", "invite", node, *plan.placed(node)).out
        return self.must(node, "inquest", "join", "-", *plan.device(), text=token)

    def must(self, node: str, *argv: str, text: str = "") -> Output:
        """Runs a command that has to succeed."""
        done = self.run(node, *argv, timeout=180, text=text)
        if done.code != 0:
            raise LabError(f"{node}: {' '.join(argv)}: exit code {done.code}: {done.err.strip()}")
        return done

    def _prepare(self, record: Record, node: str) -> None:
        record.nodes[node].anchor = power.anchor_namespace(record)
        wires.prepare_node(record, node)
        power.write_config(record, node)

    def _boot(self, record: Record, nodes: list[str]) -> None:
        """Process 1 of each node, then the cables, then the daemons: none starts on a dark port."""

        def boot(node: str) -> None:
            record.nodes[node].init = power.boot(record, node)
            record.nodes[node].paused = False

        each(nodes, boot)
        record.save()
        wires.set_ports(record, nodes)
        if not record.plan.bare:
            configured = [n for n in nodes if power.is_configured(record, n)]
            each(configured, lambda node: start_daemon_surely(record, node))

    def down(self) -> None:
        """Takes everything away, whatever state it is in. Nothing to do is no error."""
        if folder(self.name).exists() or leftovers(self.name):
            with locked(self.name):
                self._sweep()

    def _sweep(self) -> None:
        """Kills and removes what carries this lab's name, record or no record."""
        with patience():
            self._sweep_all()

    def _sweep_all(self) -> None:
        deadline = time.monotonic() + 30
        while leftovers(self.name):
            for process in leftovers(self.name):
                process.kill()
            cage.thaw_all(self.name)
            if time.monotonic() > deadline:
                raise LabError(f"processes of the lab do not end: {leftovers(self.name)}")
            time.sleep(0.01)
        while not cage.remove_groups(self.name):
            if time.monotonic() > deadline:
                raise LabError(f"control groups of lab {self.name} cannot be removed")
            time.sleep(0.01)
        shutil.rmtree(folder(self.name), ignore_errors=True)
        power.disk(self.name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            ROOT.rmdir()

    def record(self) -> Record:
        """What the lab is now, to be read only."""
        return Record.load(self.name)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Record]:
        with locked(self.name):
            record = Record.load(self.name)
            if not record.complete:
                raise LabError("the lab did not come up completely: run './dev lab down'")
            yield record
            record.save()

    # -- power

    def kill(self, node: str) -> float:
        """Power cut: process 1 is killed and with it all others; the switches lose the carrier.
        Returns the instant (time.time) just before."""
        with self._changing() as record:
            entry = running(record, node)
            init = entry.init
            assert init
            instant = time.time()
            init.kill()
            entry.init, entry.paused = None, False
            wires.set_ports(record, [node])
            # The version 1 freezer would hold a paused process back from its own end.
            cage.thaw(self.name, node, init)
            deadline = time.monotonic() + 30
            while init.alive():
                if time.monotonic() > deadline:
                    raise LabError(f"{node}: its process 1 does not end")
                time.sleep(0.002)
        return instant

    def start(self, node: str) -> None:
        """Boots a node that is off. One that runs without its daemon gets the daemon started."""
        with self._changing() as record:
            record.plan.check_node(node)
            if not record.nodes[node].running():
                self._boot(record, [node])
                return
            if record.plan.bare or power.daemon_ids(record, node):
                raise LabError(f"{node} is up already")
            refuse_paused(record, node)
            start_daemon_surely(record, node)

    def pause(self, node: str) -> None:
        """Freezes every process of the node; its cables stay up."""
        with self._changing() as record:
            entry = running(record, node)
            assert entry.init
            refuse_paused(record, node)
            cage.freeze(self.name, node, entry.init)
            entry.paused = True

    def resume(self, node: str) -> None:
        with self._changing() as record:
            entry = running(record, node)
            if not entry.paused:
                raise LabError(f"{node} is not paused")
            cage.thaw(self.name, node, entry.init)
            entry.paused = False

    # -- the network

    def cut_switch(self, switch: str, silent: bool = False) -> None:
        """A switch without power takes the carrier away; a silent one keeps it and forwards
        nothing."""
        with self._changing() as record:
            record.switches[record.plan.check_switch(switch)] = "silent" if silent else "off"
            apply_network(record)

    def heal_switch(self, switch: str) -> None:
        with self._changing() as record:
            record.switches.pop(record.plan.check_switch(switch), None)
            apply_network(record)

    def cut(self, node: str, path: str, way: str = "both", peer: str | None = None) -> None:
        with self._changing() as record:
            record.cuts |= directions(record.plan, node, path, way, peer)
            apply_network(record)

    def heal(self, node: str, path: str, way: str = "both", peer: str | None = None) -> None:
        with self._changing() as record:
            record.cuts -= directions(record.plan, node, path, way, peer)
            apply_network(record)

    def heal_all(self) -> None:
        with self._changing() as record:
            record.cuts.clear()
            record.losses.clear()
            record.switches.clear()
            apply_network(record)

    def loss(
        self, node: str, path: str, percent: float, way: str = "both", peer: str | None = None
    ) -> None:
        """Drops this share of the frames at random; 0 ends it."""
        if not 0 <= percent <= 100:
            raise UsageError(f"loss of {percent:g} percent: it is 0 to 100")
        with self._changing() as record:
            for direction in directions(record.plan, node, path, way, peer):
                record.losses[direction] = percent
            record.losses = {d: p for d, p in record.losses.items() if p > 0}
            apply_network(record)

    def unplug(self, node: str, path: str) -> None:
        """The interface disappears from the node."""
        with self._changing() as record:
            wires.unplug(record, node, record.plan.match_paths(path)[0])

    def plug(self, node: str, path: str) -> None:
        """A new interface of the same name, hardware address and address."""
        with self._changing() as record:
            wires.plug(record, node, record.plan.match_paths(path)[0])

    # -- commands

    def command(self, node: str, argv: list[str]) -> tuple[list[str], dict[str, str]]:
        """Command line and environment with which `argv` runs inside the node."""
        record = self.record()
        running(record, node)
        refuse_paused(record, node)
        return power.entering(record, node, argv), power.environment(record)

    def run(self, node: str, *argv: str, timeout: float = 60, text: str = "") -> Output:
        """`text` is what the command finds on its standard input."""
        line, environment = self.command(node, list(argv))
        try:
            done = subprocess.run(
                line,
                env=environment,
                input=text,
                text=True,
                capture_output=True,
                timeout=timeout,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            raise LabError(f"{node}: {' '.join(argv)}: no answer within {timeout:g} s") from None
        return Output(done.returncode, done.stdout, done.stderr)

    def stop_daemon(self, node: str) -> None:
        """SIGTERM, and waits for the end: the daemon says goodbye."""
        record = self.record()
        running(record, node)
        for pid in power.daemon_ids(record, node):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 15)
        deadline = time.monotonic() + DAEMON_START_LIMIT
        while power.daemon_ids(record, node):
            if time.monotonic() > deadline:
                raise LabError(f"{node}: inquestd does not end on SIGTERM")
            time.sleep(0.01)

    def write(self, node: str, name: str, text: str) -> None:
        """Replaces a file of the node's /etc/inquest at once, as a person's tool would."""
        place = f"/etc/inquest/{name}"
        script = 'umask 077; printf %s "$1" > "$2.new" && mv "$2.new" "$2"'
        done = self.run(node, "sh", "-c", script, "sh", text, place)
        if done.code != 0:
            raise LabError(f"{node}: {place} cannot be written: {done.err.strip()}")

    def reload(self, node: str) -> None:
        """SIGHUP: the daemon reads its files again."""
        record = self.record()
        running(record, node)
        for pid in power.daemon_ids(record, node):
            os.kill(pid, signal.SIGHUP)

    def log(self, node: str) -> str:
        """All that the node's daemon has written so far."""
        try:
            return (power.home(self.record(), node) / "log/inquestd.log").read_text(
                errors="replace"
            )
        except (OSError, LabError):
            return ""


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """A second Ctrl-C must not stop what the first one has begun to take down."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before[number] = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def each(nodes: list[str], work: Callable[[str], None]) -> None:
    """Does `work` for all nodes at once and passes the first failure on, when all have ended."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        for future in [pool.submit(work, node) for node in nodes]:
            future.result()


def leftovers(name: str) -> list:
    return list({*marked_processes(name), *cage.grouped_processes(name)})


def check_binaries(plan: Plan) -> None:
    plan.binaries = str(FilePath(plan.binaries or BINARIES).resolve())
    for name in ("inquestd", "inquest"):
        if not os.access(FilePath(plan.binaries) / name, os.X_OK):
            raise LabError(
                f"{name} is not in {plan.binaries}: run './dev build', or use --bare "
                "for a lab without daemons"
            )


def start_daemon_surely(record: Record, node: str) -> None:
    """Returns when the daemon answers; if it ends instead, its own last words are reported."""
    daemon = power.start_daemon(record, node)
    deadline = time.monotonic() + DAEMON_START_LIMIT
    while not power.daemon_answers(record, node):
        if not power.lives(record, node, daemon):
            raise LabError(f"{node}: inquestd ended: {power.last_log_line(record, node)}")
        if time.monotonic() > deadline:
            raise LabError(
                f"{node}: inquestd opens no control socket within {DAEMON_START_LIMIT:g} s: "
                f"{power.last_log_line(record, node)}"
            )
        time.sleep(0.02)


def running(record: Record, node: str) -> NodeRecord:
    record.plan.check_node(node)
    if not record.nodes[node].running():
        raise LabError(f"{node} is off: run './dev lab start {node}'")
    return record.nodes[node]


def refuse_paused(record: Record, node: str) -> None:
    if record.nodes[node].paused:
        raise LabError(f"{node} is paused: run './dev lab resume {node}' first")


def apply_network(record: Record) -> None:
    wires.set_ports(record)
    wires.set_rules(record)


def directions(plan: Plan, node: str, path: str, way: str, peer: str | None) -> set[Direction]:
    """The (sender, receiver, path) triples that a cut or a loss is about. `in` is what the node
    would receive, `out` what it sends; without a peer, from and to everybody."""
    plan.check_node(node)
    if peer == node:
        raise UsageError(f"--from {peer}: that is the node itself")
    peers = [plan.check_node(peer)] if peer else [n for n in plan.node_names() if n != node]
    found: set[Direction] = set()
    for one in plan.match_paths(path):
        for other in peers:
            if way in ("both", "in"):
                found.add((other, node, one.name))
            if way in ("both", "out"):
                found.add((node, other, one.name))
    return found
