"""The ends of a bus in a lab: inquest-probe-bus in each node, in place of the daemon.

A probe does what is written to it, and answers each order with one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from check import Failed, eventually, expect
from laboratory import BINARIES, Lab
from plan import number
from power import BIN_INSIDE

NODES = ["n1", "n2", "n3"]
FIRST = "1:" + "5a" * 32
SECOND = "2:" + "c3" * 32


class End:
    """One node's end of the bus."""

    def __init__(self, lab: Lab, node: str, *words: str) -> None:
        self.lab, self.node = lab, node
        argv, environment = lab.command(node, [probe(lab), *words])
        self.process = subprocess.Popen(
            argv,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.waiting: list[dict[str, Any]] = []
        self.answer("start")

    def answer(self, verb: str) -> dict[str, Any]:
        """The next answer to this verb; others, which may come before it, are kept."""
        for i, kept in enumerate(self.waiting):
            if kept["verb"] == verb:
                return self.waiting.pop(i)
        while True:
            line = self.process.stdout.readline()  # type: ignore[union-attr]
            if not line:
                raise Failed(f"{self.node}: the probe ended: {self.process.communicate()[1]}")
            answer = json.loads(line)
            if answer["verb"] == verb:
                return answer
            self.waiting.append(answer)

    def order(self, *words: object) -> None:
        self.process.stdin.write(" ".join(map(str, words)) + "\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]

    def ask(self, verb: str, *words: object) -> dict[str, Any]:
        self.order(verb, *words)
        return self.answer(verb)

    def report(self) -> dict[str, Any]:
        return self.ask("report")

    def heard(self, sender: str, stream: int) -> dict[str, Any]:
        return self.report()["heard"].get(f"{number(sender)}.{stream}", {"heard": 0})

    def carries(self, peer: str) -> list[bool]:
        """Is it up? One for each path to the peer."""
        links = self.report()["links"]
        mine = [links[name] for name in sorted(links) if name.startswith(f"{number(peer)}.")]
        return [link["carrying"] == "up" for link in mine]

    def change(self, verb: str, *words: object) -> None:
        problem = self.ask(verb, *words)["problem"]
        expect(not problem, f"{self.node}: {verb}: {problem}")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.process.stdin.close()  # type: ignore[union-attr]
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def probe(lab: Lab) -> str:
    """As the nodes see it: binaries that the runner was given are mounted there."""
    given = lab.record().plan.binaries
    path = FilePath(given or BINARIES) / "inquest-probe-bus"
    expect(path.exists(), f"{path} is missing: it is built with the tests (./dev build)")
    return f"{BIN_INSIDE}/inquest-probe-bus" if given else str(path)


def lanes(lab: Lab, node: str, peers: list[str]) -> list[str]:
    plan = lab.record().plan
    return [
        f"{number(peer)}/{path.index}/{plan.address(node, path)}/{plan.address(peer, path)}"
        for peer in peers
        if peer != node
        for path in plan.path_list()
    ]


def words(lab: Lab, node: str, keys: str = FIRST, peers: list[str] | None = None) -> list[str]:
    whom = NODES if peers is None else peers
    return ["--self", str(number(node)), "--keys", keys, *lanes(lab, node, whom)]


@contextlib.contextmanager
def bus(lab: Lab, *more: str, keys: dict[str, str] | None = None) -> Iterator[dict[str, End]]:
    """An end on every node; they end with the test."""
    ends: dict[str, End] = {}
    try:
        for node in NODES:
            ends[node] = End(lab, node, *more, *words(lab, node, (keys or {}).get(node, FIRST)))
        yield ends
    finally:
        for end in ends.values():
            end.close()


def await_up(ends: dict[str, End], nodes: list[str] | None = None) -> None:
    """All links between these nodes carry."""
    chosen = nodes or list(ends)
    eventually(
        lambda: all(all(ends[a].carries(b)) for a in chosen for b in chosen if a != b),
        f"all links between {' '.join(chosen)} are up",
        seen=lambda: {node: ends[node].report()["links"] for node in chosen},
    )


def await_heard(end: End, sender: str, stream: int, count: int) -> dict[str, Any]:
    eventually(
        lambda: end.heard(sender, stream)["heard"] >= count,
        f"{end.node} hears all {count} messages of {sender}",
        bound=20,
        seen=lambda: (end.heard(sender, stream), end.report()["counters"]),
    )
    seen = end.heard(sender, stream)
    expect(seen["twice"] == 0 and seen["broken"] == 0, f"each once and whole: {seen}")
    return seen


def pass_through(ends: dict[str, End], a: str, b: str, stream: int, count: int, size: int) -> None:
    """Both at once send `count` messages of `size` bytes to each other; all arrive."""
    pause = 20_000 if size > 1_200 else 1_000
    for sender, receiver in ((a, b), (b, a)):
        ends[sender].order("send", number(receiver), stream, count, size, pause)
    for sender in (a, b):
        expect(ends[sender].answer("send")["sent"] == count, f"{sender} sends")
    for sender, receiver in ((a, b), (b, a)):
        seen = await_heard(ends[receiver], sender, stream, count)
        expect(seen["bytes"] == size, f"of {size} bytes: {seen}")


def pairs() -> list[tuple[str, str]]:
    return [(a, b) for a in NODES for b in NODES if a < b]
