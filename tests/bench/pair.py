"""Nodes that run inquestd and bfdd side by side: the same namespaces, the same cables, the same
interval and limit, the same scheduling class, and the same faults at the same instant."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

import power
from bfdd import Bfdd, Session
from cuts import Scissors
from figures import BenchError
from laboratory import Lab
from plan import Plan
from watching import Follower, wait_until

LAB = "bench"
MULTIPLIER = 3
REAL_TIME = "real-time"
ORDINARY = "ordinary"
# inquestd takes SCHED_RR 10 by itself, and goes on without it where it may not.
FOR_BFDD = {REAL_TIME: ["chrt", "--rr", "10"], ORDINARY: []}
FOR_INQUESTD = {
    REAL_TIME: [],
    ORDINARY: ["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice", "--"],
}


@dataclass(frozen=True)
class Setting:
    interval_ms: int
    nodes: int = 2
    paths: int = 3
    scheduling: str = REAL_TIME

    def plan(self, binaries: str) -> Plan:
        timing = {
            "beat_interval": f"{self.interval_ms}ms",
            "path_limit": f"{MULTIPLIER * self.interval_ms}ms",
        }
        return Plan(
            nodes=self.nodes,
            paths=self.paths,
            profile="fast" if self.interval_ms < 100 else "default",
            timing=timing,
            binaries=binaries,
        )


class Pair:
    """inquestd on all nodes; bfdd on n1 and n2, one session a path. The context ends all of it."""

    def __init__(self, setting: Setting, binaries: str) -> None:
        self.setting = setting
        self.plan = setting.plan(binaries)
        self.lab = Lab(LAB)
        self.followers: dict[str, Follower] = {}
        self.bfdds: dict[str, Bfdd] = {}
        self.interfaces = {path.name: path.interface for path in self.plan.path_list()}

    def __enter__(self) -> Pair:
        self.lab.down()
        try:
            self.lab.up(self.plan)
            if self.setting.scheduling == ORDINARY:
                self._restart_ordinary()
            for node in self.plan.node_names():
                self.followers[node] = Follower(self.lab, node)
            for node, peer in (("n1", "n2"), ("n2", "n1")):
                self.bfdds[node] = Bfdd(self.lab, node, self._sessions(node, peer))
                self.bfdds[node].start(
                    self.setting.interval_ms, MULTIPLIER, FOR_BFDD[self.setting.scheduling]
                )
            self.scissors = Scissors(self.lab)
            self.await_ready()
        except BaseException:
            self.lab.down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for follower in self.followers.values():
            follower.close()
        for bfdd in self.bfdds.values():
            bfdd.stop()
        self.scissors.close()
        self.lab.down()

    def _sessions(self, node: str, peer: str) -> list[Session]:
        return [
            Session(self.plan.address(node, p), self.plan.address(peer, p), p.interface)
            for p in self.plan.path_list()
        ]

    def _restart_ordinary(self) -> None:
        for node in self.plan.node_names():
            self.lab.stop_daemon(node)
            line, environment = self.lab.command(
                node, ["sh", "-c", 'exec "$@" </dev/null >>/var/log/inquestd.log 2>&1', "sh"]
                + FOR_INQUESTD[ORDINARY] + ["inquestd"]
            )
            subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL)
        for node in self.plan.node_names():
            wait_until(
                lambda: power.daemon_answers(self.lab.record(), node),
                60,
                f"{node}: inquestd answers",
            )

    # -- what both see

    def read(self) -> None:
        for watcher in (*self.followers.values(), *self.bfdds.values()):
            watcher.read()

    def fresh(self, path: str) -> bool:
        """n1 and n2 hear each other on the path, by either program."""
        self.read()
        return all(
            self.followers[node].paths.get((peer, path)) == "fresh"
            and self.session_up(node, path) is not None
            for node, peer in (("n1", "n2"), ("n2", "n1"))
        )

    def session_up(self, node: str, path: str) -> float | None:
        """Since when the node's session on the path is up."""
        for session, since in self.bfdds[node].up.items():
            if session.interface == self.interfaces[path]:
                return since
        return None

    def alive(self) -> bool:
        self.read()
        return all(
            self.followers[node].verdicts.get(peer) == "alive"
            for node, peer in (("n1", "n2"), ("n2", "n1"))
        )

    def await_ready(self, bound: float = 60) -> None:
        wait_until(
            lambda: self.alive() and all(self.fresh(path) for path in self.interfaces),
            bound,
            "both nodes say alive, and all sessions of bfdd are up",
        )

    def effective(self) -> str:
        """bfdd's own word on what it runs with."""
        answer = self.bfdds["n1"].shell("show bfd peers")
        wanted = ("Detect-multiplier", "Receive interval", "Transmission interval")
        lines = [line.strip() for line in answer.splitlines() if line.strip().startswith(wanted)]
        if not lines:
            raise BenchError("bfdd does not say what it runs with")
        return ", ".join(dict.fromkeys(lines))
