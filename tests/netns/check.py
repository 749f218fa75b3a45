"""What a test of this tier uses: its lab's shape, patient waiting, and what the nodes say.

A test judges the order and content of what happened, never how fast it did: every wait is
generous, and a slow machine only makes a test slow.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from laboratory import Lab
from plan import Plan

BOUND = 60.0
VERDICTS = frozenset(
    "alive degraded suspect partitioned lost hung isolated held fenced left unknown".split()
)
ACCUSATIONS = frozenset({"lost", "suspect", "partitioned"})


class Failed(AssertionError):
    """A test's expectation did not hold; the text says which and what was seen instead."""


@dataclass(frozen=True)
class Needs:
    """The lab that a test wants, and how long it may take at most (seconds, building included)."""

    plan: dict[str, Any] = field(default_factory=dict)
    bound: float = 240.0
    slow: bool = False


def needs(bound: float = 240.0, slow: bool = False, **plan: Any) -> Callable:
    """Marks a test: @needs(nodes=3, ipv6=True). The keywords are those of Plan."""

    def mark(test: Callable) -> Callable:
        test.needs = Needs(plan, bound, slow)  # type: ignore[attr-defined]
        return test

    return mark


def expect(true: object, why: str) -> None:
    if not true:
        raise Failed(why)


def expect_one_error(text: str, word: str) -> None:
    """One line that says what is wrong, with `word` in it, and what to do; not a page of it."""
    errors = [line for line in text.splitlines() if line.strip()]
    expect(len(errors) == 1, f"one clear line, please: {text!r}")
    expect(errors[0].count(":") >= 2, f"what: why: what to do: {errors[0]!r}")
    expect(word in errors[0], f"the line says {word!r}: {errors[0]!r}")


def eventually(
    predicate: Callable[[], Any],
    why: str,
    bound: float = BOUND,
    seen: Callable[[], Any] | None = None,
) -> Any:
    """Polls until the predicate holds and returns its value; else fails with what was `seen`."""
    deadline = time.monotonic() + bound
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            now = f"; seen: {seen()}" if seen else ""
            raise Failed(f"not within {bound:g} s: {why}{now}")
        time.sleep(0.05)


# -- what a node says


def ask(lab: Lab, node: str, *words: str) -> Any:
    """`inquest WORDS --json` on a node. Degraded (3) and no quorum (4) are answers too."""
    answer = lab.run(node, "inquest", *words, "--json")
    expect(
        answer.code in (0, 3, 4),
        f"{node}: inquest {' '.join(words)}: exit code {answer.code}: " f"{answer.err.strip()}",
    )
    return json.loads(answer.out)


def status(lab: Lab, node: str) -> dict:
    return ask(lab, node, "status")


def verdicts(lab: Lab, node: str) -> dict[str, str]:
    """What `node` says of every other member: {"n2": "alive", ...}"""
    return {peer["name"]: peer["verdict"] for peer in status(lab, node)["peers"]}


def path_states(lab: Lab, node: str, peer: str) -> dict[str, str]:
    """How `node` hears `peer`: {"lan-a": "fresh", ...}"""
    row = next(p for p in status(lab, node)["peers"] if p["name"] == peer)
    return {path["name"]: path["state"] for path in row["paths"]}


def events(lab: Lab, node: str) -> list[dict]:
    answer = lab.run(node, "inquest", "events", "--json")
    expect(answer.code in (0, 3, 4), f"{node}: inquest events: {answer.err.strip()}")
    return [json.loads(line) for line in answer.out.splitlines() if line.strip()]


def verdict_changes(lab: Lab, node: str, since: int = 0) -> list[dict]:
    """Verdicts that `node` itself came to, after the first `since` events of its journal."""
    return [
        e
        for e in events(lab, node)[since:]
        if e["event"] == "verdict" and e["to"] in VERDICTS and e["observer"] == node
    ]


def accusations(lab: Lab, node: str, since: int = 0) -> list[str]:
    return [tell(e) for e in verdict_changes(lab, node, since) if e["to"] in ACCUSATIONS]


def tell(event: dict) -> str:
    return (
        f"{event.get('time')} {event.get('peer')} {event.get('from')}->{event.get('to')} "
        f"({event.get('reason')})"
    )


# -- what several nodes agree on


def up_nodes(lab: Lab) -> list[str]:
    record = lab.record()
    return [n for n in record.plan.node_names() if record.nodes[n].running()]


def all_verdicts(lab: Lab, nodes: list[str] | None = None) -> dict[str, dict[str, str]]:
    return {node: verdicts(lab, node) for node in nodes or up_nodes(lab)}


def await_all(lab: Lab, word: str, nodes: list[str] | None = None, bound: float = BOUND) -> None:
    """Every one of `nodes` says `word` of every other one of them."""
    chosen = nodes or up_nodes(lab)
    eventually(
        lambda: all(
            v[peer] == word
            for n in chosen
            for v in [verdicts(lab, n)]
            for peer in chosen
            if peer != n
        ),
        f"{' '.join(chosen[:6])} all say {word} of each other",
        bound,
        lambda: all_verdicts(lab, chosen),
    )


def await_verdict(
    lab: Lab, observers: list[str], peer: str, word: str, bound: float = BOUND
) -> None:
    eventually(
        lambda: all(verdicts(lab, n)[peer] == word for n in observers),
        f"{' and '.join(observers)} say {word} of {peer}",
        bound,
        lambda: {n: verdicts(lab, n)[peer] for n in observers},
    )


def nobody_lost(lab: Lab, nodes: list[str] | None = None) -> None:
    """No node's journal has ever said `lost` of anybody."""
    for node in nodes or up_nodes(lab):
        said = [tell(e) for e in verdict_changes(lab, node) if e["to"] == "lost"]
        expect(not said, f"{node} said lost: {said}")


def stays(lab: Lab, seconds: float, wrong: Callable[[], Any], why: str) -> None:
    """For this long, `wrong` must not come up with anything."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = wrong()
        expect(not found, f"{why}: {found}")
        time.sleep(0.2)


def plan_of(test: Callable, binaries: str) -> Plan:
    wanted: Needs = getattr(test, "needs", Needs())
    return Plan(**wanted.plan, binaries=binaries)
