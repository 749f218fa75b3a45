"""A flood on the beat port changes no verdict, and every bad datagram is counted with its reason.
"""

from __future__ import annotations

import shutil

import power
from check import (
    await_all,
    ask,
    events,
    eventually,
    expect,
    needs,
    plan_of,
    tell,
    verdict_changes,
)
from laboratory import Lab

FLOOD = f"{power.TOOLS_INSIDE}/flood.py"
RATE = 20_000
FEW = 200


def refused(lab: Lab, node: str) -> dict[str, int]:
    return ask(lab, node, "doctor")["refused"]


def send(lab: Lab, kind: str, file: str, rate: int, seconds: float) -> int:
    done = lab.run(
        "n3", FLOOD, "send", "eth0", "n1", kind, file, str(rate), str(seconds), timeout=120
    )
    expect(done.code == 0, f"flood {kind}: {done.err}")
    return int(done.out)


def capture(lab: Lab, node: str, file: str) -> None:
    done = lab.run(node, FLOOD, "capture", "eth0", f"/var/log/{file}", "16", timeout=90)
    expect(done.code == 0, f"capture on {node}: {done.err}")


def foreign_beats(lab: Lab, file: str, **other: str) -> None:
    """Genuine beats of another cluster, caught in a lab of its own and carried over."""
    second = Lab(f"{lab.name}x")
    try:
        plan = plan_of(test_flood_changes_no_verdict, lab.record().plan.binaries)
        second.up(type(plan)(**{**plan.as_dict(), **other}))
        capture(second, "n3", file)
        shutil.copy(
            power.home(second.record(), "n3") / "log" / file,
            power.home(lab.record(), "n3") / "log" / file,
        )
    finally:
        second.down()


@needs(bound=400)
def test_flood_changes_no_verdict(lab: Lab) -> None:
    await_all(lab, "alive")
    capture(lab, "n3", "own")
    foreign_beats(lab, "key", key="a5" * 32)
    foreign_beats(lab, "cluster", cluster="other")
    await_all(lab, "alive")
    before = {node: len(events(lab, node)) for node in ("n1", "n2", "n3")}
    reasons: dict[str, set[str]] = {}
    for kind, file in (
        ("garbage", "own"),
        ("truncated", "own"),
        ("replayed", "own"),
        ("foreign", "key"),
        ("foreign", "cluster"),
    ):
        reasons[f"{kind} {file}"] = count_few(lab, kind, f"/var/log/{file}")
    expect(len(set.union(*reasons.values())) >= 3, f"reasons are told apart: {reasons}")
    for file in ("own", "key", "cluster"):
        counted = sum(refused(lab, "n1").values())
        sent = send(lab, "mixed", f"/var/log/{file}", RATE, 5)
        expect(sent > FEW, f"only {sent} datagrams could be sent")
        eventually(lambda: sum(refused(lab, "n1").values()) > counted, "the flood is counted")
    for node, seen in before.items():
        changed = [tell(e) for e in verdict_changes(lab, node, seen)]
        expect(not changed, f"{node} changed a verdict under the flood: {changed}")


def count_few(lab: Lab, kind: str, file: str) -> set[str]:
    """So few that none is lost in a full socket: each must be counted. Returns the reasons that
    grew."""
    before = refused(lab, "n1")
    sent = send(lab, kind, file, FEW, 1)
    eventually(
        lambda: sum(refused(lab, "n1").values()) >= sum(before.values()) + sent,
        f"{sent} {kind} datagrams are counted",
        seen=lambda: (before, refused(lab, "n1")),
    )
    return {reason for reason, count in refused(lab, "n1").items() if count > before.get(reason, 0)}
