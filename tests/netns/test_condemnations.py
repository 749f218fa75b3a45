"""What an armed cluster of real daemons decides of a node that is lost, and what takes it back."""

from __future__ import annotations

from check import await_all, await_verdict, eventually, events, expect, needs, status, stays
from laboratory import Lab
from test_cluster import MEMBERS

FAST = {**MEMBERS, "profile": "fast"}


def condemned(lab: Lab, observer: str, node: str) -> dict | None:
    for peer in status(lab, observer)["peers"]:
        if peer["name"] == node:
            return peer["condemned"]
    return None


def await_condemned(lab: Lab, node: str, *observers: str) -> None:
    for observer in observers:
        eventually(lambda o=observer: condemned(lab, o, node), f"{observer} has {node} condemned")


def await_acquitted(lab: Lab, node: str, *observers: str) -> None:
    for observer in observers:
        eventually(
            lambda o=observer: condemned(lab, o, node) is None,
            f"{observer} has {node} condemned no more",
        )


def agreed(lab: Lab, node: str) -> list[str]:
    """The sentences of the ledger that this node has told."""
    return [event["reason"] for event in events(lab, node) if event["event"] == "agreed"]


def cut_off(lab: Lab, node: str) -> None:
    for path in ("lan-a", "lan-b"):
        lab.cut(node, path)


def arm(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.must("n1", "inquest", "arm")
    # A boot that has just begun has condemn_after to be heard in.
    eventually(
        lambda: sum("began incarnation" in said for said in agreed(lab, "n1")) >= 3,
        "all have told of their boot",
    )


@needs(**FAST)
def test_lost_node_is_condemned_until_it_boots(lab: Lab) -> None:
    arm(lab)
    lab.kill("n3")
    await_condemned(lab, "n3", "n1", "n2")
    stands = condemned(lab, "n1", "n3")
    expect(stands["witnesses"] == ["n1", "n2"], f"with those who testified: {stands}")
    expect(stands["silence_ms"] >= 400, f"and for how long it was silent: {stands}")
    expect(not stands["held"] and stands["receipt"] == "", f"it is not held, nor proven: {stands}")
    said = [text for text in agreed(lab, "n1") if text.startswith("condemned n3")]
    expect(len(said) == 1, f"it is decided once: {said}")
    for node in ("n1", "n2"):
        text = lab.run(node, "inquest", "explain", "n3").out
        expect("condemned by entry" in text, f"{node} explains it: {text}")
        expect("inquest confirm-off n3" in text, f"and what a person can do: {text}")
        expect("condemned at" in lab.run(node, "inquest", "status").out, "status says so")
    lab.start("n3")
    await_acquitted(lab, "n3", "n1", "n2", "n3")
    await_all(lab, "alive")
    expect(
        any("so the condemned one before it runs no more" in text for text in agreed(lab, "n1")),
        "a new boot proves that the old one is gone",
    )


@needs(**FAST)
def test_node_that_was_cut_off_is_acquitted_when_it_is_heard(lab: Lab) -> None:
    arm(lab)
    cut_off(lab, "n3")
    await_condemned(lab, "n3", "n1", "n2")
    expect(condemned(lab, "n3", "n1") is None, "who is cut off condemns nobody")
    lab.heal_all()
    await_acquitted(lab, "n3", "n1", "n2", "n3")
    await_all(lab, "alive")
    expect("acquitted n3: it was heard" in agreed(lab, "n1"), "and that is told")
    eventually(lambda: status(lab, "n3")["lease_remaining_ms"] > 0, "n3 holds a lease again")


@needs(**FAST)
def test_coordinator_is_condemned_by_its_successor(lab: Lab) -> None:
    arm(lab)
    leader = status(lab, "n1")["coordinator"]
    others = [node for node in ("n1", "n2", "n3") if node != leader]
    lab.kill(leader)
    await_condemned(lab, leader, *others)
    expect(status(lab, others[0])["coordinator"] in others, "one of them coordinates")
    # The decision outlives whoever made it.
    heir = status(lab, others[0])["coordinator"]
    lab.stop_daemon(heir)
    lab.start(heir)
    await_condemned(lab, leader, *others)
    lab.start(leader)
    await_acquitted(lab, leader, *others)
    await_all(lab, "alive")


@needs(**FAST)
def test_a_persons_word_is_taken_for_one_condemnation(lab: Lab) -> None:
    arm(lab)
    early = lab.run("n1", "inquest", "confirm-off", "n3", "--confirm", "n3")
    expect(early.code == 1 and "n3 is not condemned" in early.err, f"not before: {early.err}")
    lab.kill("n3")
    await_condemned(lab, "n3", "n1", "n2")
    wrong = lab.run("n1", "inquest", "confirm-off", "n3", text="n2\n")
    expect(wrong.code == 1 and "another name" in wrong.err, f"the name is typed: {wrong.err}")
    given = lab.must("n1", "inquest", "confirm-off", "n3", text="n3\n").out
    expect("is off by your word" in given, f"it says what that is worth: {given}")
    await_verdict(lab, ["n1", "n2"], "n3", "fenced")
    expect(condemned(lab, "n2", "n3")["person"] == "root", "whose word it is stays known")
    unheld = lab.must("n2", "inquest", "release", "n3").out
    expect("is not held" in unheld, f"there is nothing to release: {unheld}")
    lab.start("n3")
    await_acquitted(lab, "n3", "n1", "n2")
    await_all(lab, "alive")


@needs(**FAST)
def test_a_cluster_that_is_not_armed_condemns_nobody(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.kill("n3")
    for node in ("n1", "n2"):
        eventually(
            lambda n=node: any(e["event"] == "would-have-failed-over" for e in events(lab, n)),
            f"{node} notes what it would have done",
        )
    stays(lab, 1.0, lambda: condemned(lab, "n1", "n3"), "nobody is condemned")
    lab.must("n1", "inquest", "arm")
    await_condemned(lab, "n3", "n1", "n2")
