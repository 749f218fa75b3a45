"""A running cluster takes on other files: it grows, changes paths, timings and keys, and nobody who
stays is missed for a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from check import (
    ask,
    await_all,
    eventually,
    events,
    expect,
    needs,
    path_states,
    stays,
    status,
    tell,
    verdict_changes,
    verdicts,
)
from laboratory import Lab
from plan import Plan

STAY = ["n1", "n2", "n3"]
FOUR = [*STAY, "n4"]
WELL = frozenset({"alive", "degraded"})
# Generous, so that a slow machine is not taken for a change that went wrong.
PATIENT = {"path_limit": "3s", "condemn_after": "6s"}
OLD_KEY = "1 " + "5a" * 32
NEW_KEY = "2 " + "5b" * 32


def write_plan(lab: Lab, nodes: Iterable[str], plan: Plan) -> None:
    for node in nodes:
        lab.write(node, "cluster.toml", plan.cluster_toml())
        lab.write(node, "node.toml", plan.node_toml(node))


def said(lab: Lab, node: str, words: str) -> int:
    return lab.log(node).count(words)


def reload(lab: Lab, node: str, words: str) -> None:
    """Returns when the node's log says these words once more."""
    before = said(lab, node, words)
    lab.reload(node)
    eventually(
        lambda: said(lab, node, words) > before,
        f"{node} says {words!r} after a reload",
        seen=lambda: lab.log(node)[-2000:],
    )


def follow(lab: Lab, nodes: Iterable[str], words: str) -> None:
    for node in nodes:
        reload(lab, node, f"configuration followed: {words}")


def started_small(lab: Lab) -> tuple[Plan, dict[str, int]]:
    """Three nodes on two paths run; the fourth node and the third path are wired, and not in use.
    The plan of that, and how many events each of the three has told so far."""
    small = replace(lab.record().plan, nodes=3, paths=2)
    for node in FOUR:
        lab.stop_daemon(node)
    write_plan(lab, STAY, small)
    for node in STAY:
        lab.start(node)
    await_all(lab, "alive", STAY)
    return small, {node: len(events(lab, node)) for node in STAY}


def nobody_was_missed(lab: Lab, since: dict[str, int]) -> None:
    for node in STAY:
        wrong = [
            tell(e)
            for e in verdict_changes(lab, node, since[node])
            if e["peer"] in STAY and e["to"] not in WELL
        ]
        expect(not wrong, f"{node} missed one of those who stayed: {wrong}")
        failovers = [e for e in events(lab, node) if e["event"] == "would-have-failed-over"]
        expect(not failovers, f"{node} would have failed over: {failovers}")
        refused = ask(lab, node, "doctor")["refused"]
        expect(not refused.keys() & {"mac", "key"}, f"{node} refused beats: {refused}")


@needs(nodes=4, paths=3, timing=PATIENT, bound=400.0)
def test_a_cluster_grows_by_reloads(lab: Lab) -> None:
    small, since = started_small(lab)

    four = replace(small, nodes=4)
    write_plan(lab, FOUR, four)
    lab.start("n4")
    follow(lab, STAY, "n4 added")
    await_all(lab, "alive", FOUR)
    expect(status(lab, "n1")["voters"] == 4, "the newcomer's vote counts")

    wide = replace(four, paths=3)
    for node in FOUR:
        write_plan(lab, [node], wide)
        follow(lab, [node], "path lan-c added")
    eventually(
        lambda: all(
            path_states(lab, a, b).get("lan-c") == "fresh" for a in FOUR for b in FOUR if a != b
        ),
        "the new path carries beats between all",
        seen=lambda: {a: path_states(lab, a, "n1") for a in FOUR if a != "n1"},
    )

    fast = replace(wide, timing={**PATIENT, "beat_interval": "50ms"})
    write_plan(lab, FOUR, fast)
    follow(lab, FOUR, "beat_interval 100ms -> 50ms")
    await_all(lab, "alive", FOUR)

    told = [e for e in events(lab, "n1") if e["event"] == "configuration"]
    expect(len(told) == 3, f"each change is one event: {[tell(e) for e in told]}")
    nobody_was_missed(lab, since)

    write_plan(lab, STAY, replace(fast, nodes=3))
    follow(lab, STAY, "n4 removed")
    await_all(lab, "alive", STAY)
    expect("n4" not in verdicts(lab, "n1"), "who is removed is nobody's peer")
    nobody_was_missed(lab, since)


@needs(timing=PATIENT, bound=300.0)
def test_keys_rotate_by_reloads(lab: Lab) -> None:
    await_all(lab, "alive")
    since = {node: len(events(lab, node)) for node in STAY}
    steps = (
        ((OLD_KEY, NEW_KEY), "key 2 added"),
        ((NEW_KEY, OLD_KEY), "key 2 signs"),
        ((NEW_KEY,), "key 1 removed"),
    )
    for keys, words in steps:
        for node in STAY:
            lab.write(node, "keys/cluster.keys", "\n".join(keys) + "\n")
            follow(lab, [node], words)
    heard = {node: status(lab, node)["peers"] for node in STAY}
    expect(all(heard.values()), "every node has peers")
    await_all(lab, "alive")
    nobody_was_missed(lab, since)


@needs(timing=PATIENT, bound=300.0)
def test_broken_files_change_nothing(lab: Lab) -> None:
    await_all(lab, "alive")
    since = {node: len(events(lab, node)) for node in STAY}
    plan = lab.record().plan
    good = plan.cluster_toml()
    keys = plan.cluster_keys()
    refusal = "configuration not followed, nothing has changed: "
    renamed = good.replace("lan-a", "lan-x")
    interfaces = plan.node_toml("n1")
    trials = (
        ("cluster.toml", good + "\nnonsense = 1\n", refusal + "cluster.toml:"),
        ("cluster.toml", good.replace('"lab"', '"other"', 1), refusal + "cluster.toml: cluster:"),
        ("cluster.toml", "this is no TOML", refusal + "cluster.toml:1:"),
        ("node.toml", interfaces.replace('"n1"', '"n2"', 1), refusal + "node.toml:1: node:"),
        ("keys/cluster.keys", "1 short\n", refusal + "/etc/inquest/keys/cluster.keys:1:"),
    )
    originals = {"cluster.toml": good, "node.toml": interfaces, "keys/cluster.keys": keys}
    before = status(lab, "n1")
    for name, text, words in trials:
        lab.write("n1", name, text)
        reload(lab, "n1", words)
        lab.write("n1", name, originals[name])
    lab.write("n1", "cluster.toml", renamed)
    lab.write("n1", "node.toml", interfaces.replace("lan-a", "lan-x"))
    reload(lab, "n1", refusal + "cluster.toml: path.1.name:")
    after = status(lab, "n1")
    expect(after["cluster"] == before["cluster"], "the cluster has its name")
    for node in STAY:
        expect(
            [p["name"] for p in status(lab, node)["peers"]] == [n for n in STAY if n != node],
            "everybody has its peers",
        )
    stays(lab, 3, lambda: set(verdicts(lab, "n2").values()) - WELL, "n2 misses nobody")
    followed = [e for e in events(lab, "n1") if e["event"] == "configuration"]
    expect(not followed, f"nothing was followed: {followed}")
    write_plan(lab, ["n1"], plan)
    follow(lab, ["n1"], "no difference")
    nobody_was_missed(lab, since)
