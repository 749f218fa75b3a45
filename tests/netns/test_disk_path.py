"""A path over a disk that all nodes share: what it outlives, and that nothing waits for it.

The disk is one plain file in /var/tmp that every node sees as /run/lab/disk: this machine has no
device mapper to make a bad one with, so a library in the nodes lets input and output fail or hang.
"""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from agreed import ledger
from check import (
    ask,
    await_all,
    eventually,
    events,
    expect,
    needs,
    nobody_lost,
    path_states,
    stays,
    status,
)
from fault_points import Point, admit
from laboratory import Lab
from plan import DISK_INSIDE, DISK_PATH
from test_leases import ALL, await_leases, await_none, both_switches_forward, both_switches_hang
from test_leases import lease_changes, remaining

NETWORKS = ("lan-a", "lan-b")


@needs(nodes=1, paths=1, bound=600)
def test_two_ends_of_a_disk(lab: Lab) -> None:
    probe = FilePath(lab.record().plan.binaries) / "inquest-probe-disk"
    expect(probe.exists(), f"{probe} is missing: it is built with the tests (./dev build)")
    done = subprocess.run([probe], capture_output=True, text=True, timeout=540, check=False)
    expect(done.returncode == 0, f"exit code {done.returncode}:\n{done.stdout}{done.stderr}")


def local_half(lab: Lab, node: str) -> dict[str, Any]:
    """What `node` says of its own half of the disk."""
    return next(p["local"] for p in ask(lab, node, "paths")["paths"] if p["name"] == DISK_PATH)


def await_reason(lab: Lab, node: str, words: str) -> None:
    eventually(
        lambda: words in local_half(lab, node)["reason"],
        f"{node} says of its disk: {words}",
        seen=lambda: local_half(lab, node),
    )


def on_disk(lab: Lab, node: str, peer: str) -> str:
    return path_states(lab, node, peer)[DISK_PATH]


def await_disk(lab: Lab, state: str, *pairs: tuple[str, str]) -> None:
    for node, peer in pairs:
        eventually(
            lambda n=node, p=peer: on_disk(lab, n, p) == state,
            f"{node} finds {peer} {state} on the disk",
            seen=lambda n=node, p=peer: on_disk(lab, n, p),
        )


def everybody_on(lab: Lab) -> None:
    await_disk(lab, "fresh", *((a, b) for a in ALL for b in ALL if a != b))


def condemnations(lab: Lab, node: str) -> list[dict]:
    return [peer for peer in status(lab, node)["peers"] if peer["condemned"]]


@needs(nodes=3, members="nobody", disk=True, bound=600, slow=True)
def test_all_networks_gone_stops_nobody_while_the_disk_lives(lab: Lab) -> None:
    admit(lab, ALL)
    lab.make_cluster(ALL)
    await_all(lab, "alive")
    everybody_on(lab)
    lab.must("n1", "inquest", "arm")
    await_leases(lab, *ALL)
    before = {node: len(lease_changes(lab, node)) for node in ALL}
    length = status(lab, "n1")["lease"]["length_ms"] / 1000

    both_switches_hang(lab)
    cut = datetime.now()
    for node in ALL:
        eventually(
            lambda n=node: all(p["verdict"] == "degraded" for p in status(lab, n)["peers"]),
            f"{node} hears the others over the disk alone",
            seen=lambda n=node: status(lab, n)["peers"],
        )
        for peer in ALL:
            if peer != node:
                eventually(
                    lambda n=node, p=peer: all(
                        path_states(lab, n, p)[lan] == "silent" for lan in NETWORKS
                    ),
                    f"{node} hears nothing of {peer} on any network",
                    seen=lambda n=node, p=peer: path_states(lab, n, p),
                )
    # Half as long again as a lease lasts: without the disk all had ended by then.
    stays(
        lab,
        1.5 * length,
        lambda: [node for node in ALL if remaining(lab, node) == 0] or condemnations(lab, "n1"),
        "nobody loses its lease, and nobody is condemned",
    )
    expect((datetime.now() - cut).total_seconds() > length, "for longer than a lease")
    for node in ALL:
        ended = [e for e in lease_changes(lab, node)[before[node] :] if e["to"] == "ended"]
        expect(not ended, f"{node}'s lease never ended: {ended}")
    nobody_lost(lab)

    # The disk goes too: from here on it is as without one.
    for node in ALL:
        Point(lab, node, "inquestd", "EIO before read /disk").set()
    await_reason(lab, "n1", "a read failed: Input/output error")
    await_none(lab, *ALL)
    nobody_lost(lab)
    for node in ALL:
        Point(lab, node, "inquestd", "EIO before read /nothing").set()
    await_leases(lab, *ALL)
    both_switches_forward(lab)
    await_all(lab, "alive")
    everybody_on(lab)
    expect(not condemnations(lab, "n1"), "nobody was condemned")


@needs(nodes=3, members="nobody", disk=True, bound=400)
def test_a_disk_that_fails_or_hangs_blinds_its_path_alone(lab: Lab) -> None:
    admit(lab, ALL)
    lab.make_cluster(ALL)
    await_all(lab, "alive")
    everybody_on(lab)

    for call, words in (("read", "a read failed"), ("write", "a write failed")):
        Point(lab, "n1", "inquestd", f"EIO before {call} /disk").set()
        await_reason(lab, "n1", words)
        await_disk(lab, "blind", ("n1", "n2"), ("n1", "n3"))
        await_disk(lab, "silent", ("n2", "n1"), ("n3", "n1"))
        await_disk(lab, "fresh", ("n2", "n3"), ("n3", "n2"))
        beats_pass(lab)
        Point(lab, "n1", "inquestd", f"EIO before {call} /nothing").set()
        everybody_on(lab)

    for call in ("read", "write"):
        hung = Point(lab, "n1", "inquestd", f"hold before {call} /disk")
        hung.set()
        await_reason(lab, "n1", f"a {call} has taken")
        await_disk(lab, "blind", ("n1", "n2"), ("n1", "n3"))
        await_disk(lab, "silent", ("n2", "n1"), ("n3", "n1"))
        beats_pass(lab)
        doctor = {c["name"]: c for c in ask(lab, "n1", "doctor")["checks"]}[f"path {DISK_PATH}"]
        expect("has taken" in doctor["what"], f"doctor says so: {doctor}")
        hung.take_away()
        everybody_on(lab)

    await_all(lab, "alive")
    # And who is told to stop does not wait for it either.
    Point(lab, "n1", "inquestd", "hold before read /disk").set()
    await_reason(lab, "n1", "a read has taken")
    lab.stop_daemon("n1")
    nobody_lost(lab, ["n2", "n3"])


def beats_pass(lab: Lab) -> None:
    """On the networks all hear each other as before, whatever a disk does."""
    for node in ALL:
        for peer in ALL:
            if peer == node:
                continue
            eventually(
                lambda n=node, p=peer: all(
                    path_states(lab, n, p)[lan] == "fresh" for lan in NETWORKS
                ),
                f"{node} hears {peer} on the networks",
            )
    expect(ledger(lab, "n1")["coordinator"], "and agree as before")


@needs(nodes=3, disk=True)
def test_another_clusters_disk_is_no_path(lab: Lab) -> None:
    await_all(lab, "alive")
    everybody_on(lab)
    refused = lab.run("n1", "inquest", "disk", "init", DISK_PATH, "--yes")
    expect(refused.code == 1 and "in use" in refused.err, f"it is in use: {refused.err}")
    said = ask(lab, "n2", "disk", "status", DISK_PATH)
    expect(said["cluster"] == "lab", f"status reads the disk itself: {said}")
    slots = {slot["name"]: slot for slot in said["slots"]}
    expect(sorted(slots) == ALL, f"each has its slot: {said}")
    expect(all(slot["beat"]["sequence"] > 0 for slot in slots.values()), f"and beats: {said}")
    expect(all(slot["written"] for slot in slots.values()), f"all the time: {said}")

    # As if the storage had been given to somebody else: the file is written from outside.
    for node in ALL:
        lab.stop_daemon(node)
    lab.set_up_disk("other")
    for node in ALL:
        lab.start(node)
    for node in ALL:
        await_reason(lab, node, "belongs to another cluster, other")
    await_disk(lab, "blind", *((a, b) for a in ALL for b in ALL if a != b))
    await_all(lab, "degraded")
    written = [slot["slot"] for slot in ask(lab, "n1", "disk", "status", DISK_INSIDE)["slots"]]
    expect(not written, f"nobody writes to it: {written}")
    shown = lab.must("n1", "inquest", "paths").out
    expect("BROKEN HERE" in shown and "another cluster" in shown, f"paths says so: {shown}")

    kept = lab.run("n1", "inquest", "disk", "init", DISK_PATH, text="no\n")
    expect(kept.code == 1 and "other" in kept.err, f"nothing is overwritten unasked: {kept.err}")
    lab.must("n1", "inquest", "disk", "init", DISK_PATH, text=f"{DISK_INSIDE}\n")
    everybody_on(lab)
    await_all(lab, "alive")
    changes = [e for e in events(lab, "n1") if e["event"] == "path" and e.get("path") == DISK_PATH]
    expect(changes, "and the path's changes are events like any other's")
