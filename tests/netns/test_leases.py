"""Leases of real daemons: what they outlive, when they end, and what people are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from check import ask, await_all, eventually, events, expect, needs, status
from laboratory import Lab
from test_cluster import MEMBERS

ALL = ["n1", "n2", "n3"]


def remaining(lab: Lab, node: str) -> int:
    left = status(lab, node)["lease_remaining_ms"]
    expect(isinstance(left, int), f"{node} has a ledger, so it knows of a lease: {left!r}")
    return left


def await_leases(lab: Lab, *nodes: str) -> None:
    for node in nodes:
        eventually(lambda n=node: remaining(lab, n) > 0, f"{node} holds a lease")


def await_none(lab: Lab, *nodes: str) -> None:
    for node in nodes:
        eventually(lambda n=node: remaining(lab, n) == 0, f"{node} holds no lease any more")


def lease_changes(lab: Lab, node: str) -> list[dict]:
    return [event for event in events(lab, node) if event["event"] == "lease"]


def when(event: dict) -> datetime:
    return datetime.fromisoformat(event["time"].replace("Z", "+00:00"))


def both_switches_hang(lab: Lab) -> None:
    for switch in ("sw-a", "sw-b"):
        lab.cut_switch(switch, silent=True)


def both_switches_forward(lab: Lab) -> None:
    for switch in ("sw-a", "sw-b"):
        lab.heal_switch(switch)


@needs(**MEMBERS, profile="fast")
def test_leases_end_as_foretold_and_come_back(lab: Lab) -> None:
    await_all(lab, "alive")
    await_leases(lab, *ALL)
    expect("Lease:" in lab.must("n1", "inquest", "status").out, "status says so to people")
    checks = {c["name"]: c for c in ask(lab, "n1", "doctor")["checks"]}
    expect(
        checks["lease"]["what"] == "survives a loss of all networks for 2s",  # profile fast
        f"doctor says what it is worth: {checks['lease']}",
    )
    before = len(lease_changes(lab, "n1"))  # a machine that stood still may have seen some
    both_switches_hang(lab)
    # Once nothing comes any more the end stands fixed, whenever it is asked for.
    eventually(lambda: status(lab, "n1")["isolated"], "n1 hears nobody")
    told = status(lab, "n1")
    asked = datetime.fromisoformat(told["time"].replace("Z", "+00:00"))
    foretold = asked + timedelta(milliseconds=told["lease_remaining_ms"])
    await_none(lab, *ALL)
    ended = [event for event in lease_changes(lab, "n1")[before:] if event["to"] == "ended"]
    expect(len(ended) == 1, f"it ends once: {ended}")
    early = foretold - when(ended[0])
    expect(early <= timedelta(milliseconds=2), f"it ended {early} before what status had foretold")
    expect("No lease" in lab.run("n1", "inquest", "status").out, "status says so to people")
    warned = [c for c in ask(lab, "n1", "doctor")["checks"] if c["name"] == "lease"]
    expect(warned[0]["state"] == "warning", f"and doctor: {warned}")
    text = lab.run("n1", "inquest", "explain", "n1").out
    expect("has no lease" in text, f"explain says so: {text}")
    expect("n2 has granted" in text, f"and names who had granted it: {text}")
    both_switches_forward(lab)
    await_leases(lab, *ALL)
    await_all(lab, "alive")


@needs(**MEMBERS)
def test_who_is_cut_off_loses_its_lease_and_nobody_else(lab: Lab) -> None:
    await_all(lab, "alive")
    await_leases(lab, *ALL)
    for path in ("lan-a", "lan-b"):
        lab.cut("n3", path)
    await_none(lab, "n3")
    for node in ("n1", "n2"):
        words = [event["to"] for event in lease_changes(lab, node)]
        expect(words == ["granted"], f"{node} has kept its lease: {words}")
        expect(remaining(lab, node) > 0, f"{node} holds it")
    for path in ("lan-a", "lan-b"):
        lab.heal("n3", path)
    await_leases(lab, "n3")


@needs()
def test_without_a_ledger_nobody_grants_a_lease(lab: Lab) -> None:
    await_all(lab, "alive")
    expect(status(lab, "n1")["lease_remaining_ms"] is None, "static members know of no lease")
    expect("ease" not in lab.must("n1", "inquest", "status").out, "and say nothing of one")
