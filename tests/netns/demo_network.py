"""What goes wrong in a network, and what three nodes say of it."""

from __future__ import annotations

import datetime
import time

from check import (
    Failed,
    accusations,
    await_all,
    await_verdict,
    events,
    eventually,
    stays,
    tell,
    verdict_changes,
    verdicts,
)
from demo_stage import ALL, Stage, Step, all_say
from laboratory import Lab


def all_alive(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Three nodes n1 n2 n3, two switches. Every node sends a small signed beat to every other
        one over both switches, ten times a second, and tells the others whom it hears. The matrix
        shows who hears whom."""
    )
    await_all(lab, "alive")
    time.sleep(1)  # each node's view of this moment has to reach the others
    stage.matrix()
    return all_say(lab), ""


def switch_off(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """The first switch loses power. A cluster with one heartbeat network would now see three
        lone nodes, and each might start the others' machines. Here the second path still carries
        every beat."""
    )
    lab.cut_switch("sw-a")
    await_all(lab, "degraded")
    # Longer than condemn_after: an error that follows with delay must have its chance to show.
    stays(lab, 8, lambda: given_up(lab), "somebody was accused")
    stage.matrix()
    stage.explain("n3")
    return f"{all_say(lab)}; {accused(lab)}", "watched for 8 s; condemn_after is 3 s"


def healed(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        "The switch has power again. A path counts as fresh only when signed beats arrive on it."
    )
    lab.heal_switch("sw-a")
    await_all(lab, "alive")
    return all_say(lab), ""


def deaf_one_way(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """n1 no longer hears n3, on either path; n3 still hears n1, and n2 hears both. A naive n1
        would declare n3 lost and have it fenced; others change their membership again and again.
        Inquest hears every witness first: n2 hears n3, so n3 is there."""
    )
    lab.cut("n1", "lan-*", "in", "n3")
    await_verdict(lab, ["n1", "n2"], "n3", "partitioned")
    stays(lab, 12, lambda: given_up(lab, "lost"), "somebody said lost")
    said = {verdicts(lab, n)["n3"] for n in ("n1", "n2")}
    lost = given_up(lab, "lost")
    stage.matrix()
    stage.explain("n3")
    lab.heal_all()
    await_all(lab, "alive")
    seen = f"n1 and n2 say {' or '.join(sorted(said))} of n3; lost was said {len(lost)} times"
    return seen, "watched for 12 s"


def observer_frozen(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """n1 itself stands still for 5 seconds, as under a stalled hypervisor, and wakes up with
        all its deadlines passed. A naive n1 would now accuse everybody. Inquest first notices that
        it was away, reads what has arrived meanwhile, and testifies nothing until it has seen a
        clean interval."""
    )
    before = len(events(lab, "n1"))
    lab.pause("n1")
    time.sleep(5)
    stage.tell(
        """To the others n1 looks lost meanwhile, and rightly so: nothing of it can be heard. (If
        armed, they would have it fenced before they start anything of it elsewhere.)"""
    )
    stage.command("n2", "inquest", "status")
    lab.resume("n1")
    await_all(lab, "alive")
    stays(lab, 2, lambda: accusations(lab, "n1", before), "n1 accused somebody after it woke")
    stage.command("n1", "inquest", "events", "--since", "10s")
    wrong = accusations(lab, "n1", before)
    return f"n1 accused {len(wrong)} nodes after it woke; {all_say(lab)}", ""


def node_killed(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Now n3 really loses power: all its processes end at one instant and its cables go dark.
        A majority of the voters hears it nowhere, and says so. Nothing acts yet: what would have
        followed is only noted."""
    )
    before = len(events(lab, "n1"))
    instant = lab.kill("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")
    took = seconds_until_lost(lab, before, instant)
    noted = eventually(lambda: failovers(lab, before), "n1 notes that it would have failed over")
    stage.matrix()
    stage.explain("n3")
    print(f"\nn1 noted: {noted[0]['event']}: {noted[0]['peer']}: {noted[0]['reason']}")
    said = {verdicts(lab, n)["n3"] for n in ("n1", "n2")}
    seen = f"n1 and n2 say {' or '.join(sorted(said))} of n3; failovers noted: {len(noted)}"
    return seen, f"lost {took} after the power cut"


def accused(lab: Lab) -> str:
    return f"lost or partitioned was said {len(given_up(lab))} times"


def given_up(lab: Lab, *words: str) -> list[str]:
    """Who was called lost (or one of `words`) by whom, in all journals."""
    wrong = words or ("lost", "partitioned")
    return [tell(e) for n in ALL for e in verdict_changes(lab, n) if e["to"] in wrong]


def failovers(lab: Lab, before: int) -> list[dict]:
    """What n1 has noted that an armed cluster would have done about n3."""
    new = events(lab, "n1")[before:]
    return [e for e in new if e["event"] == "would-have-failed-over" and e["peer"] == "n3"]


def seconds_until_lost(lab: Lab, before: int, instant: float) -> str:
    """From n1's own journal, where it can be read; all nodes share this machine's clock."""
    for event in verdict_changes(lab, "n1", before):
        if event["peer"] == "n3" and event["to"] == "lost":
            when = datetime.datetime.fromisoformat(str(event["time"])).timestamp()
            return f"{when - instant:.2f} s"
    raise Failed("n1 says lost of n3, but its journal does not")


STEPS: list[tuple[str, str, Step]] = [
    ("all well", "every node says alive of both others", all_alive),
    (
        "a switch without power",
        "every node says degraded of both others; lost or partitioned was said 0 times",
        switch_off,
    ),
    ("the switch is back", "every node says alive of both others", healed),
    (
        "a node deaf in one direction",
        "n1 and n2 say partitioned of n3; lost was said 0 times",
        deaf_one_way,
    ),
    (
        "the observer frozen for 5 s",
        "n1 accused 0 nodes after it woke; every node says alive of both others",
        observer_frozen,
    ),
    ("a node without power", "n1 and n2 say lost of n3; failovers noted: 1", node_killed),
]
