"""What surrounds the ledger fails: its disk is full or broken, its network is full of garbage, a
member speaks another version. The others agree as before, and everybody says what is wrong."""

from __future__ import annotations

import shutil

import power
from agreed import await_agreement, coordinator, ledger, refused
from check import (
    accusations,
    ask,
    await_all,
    events,
    eventually,
    expect,
    needs,
    nobody_lost,
    status,
    verdict_changes,
)
from fault_points import Point, admit
from laboratory import Lab

MEMBERS = ["n1", "n2", "n3"]
BUS_FLOOD = f"{power.TOOLS_INSIDE}/bus_flood.py"
FLOOD = 3000  # datagrams of each kind

# The reserve of the ledger is 32 MiB, and taken where there is twice as much.
SMALL_DISK = "mount -t tmpfs -o size=120m tmpfs /var/lib/inquest"
FILL = "head -c 70m /dev/zero > /var/lib/inquest/filler"


def cluster(lab: Lab) -> None:
    lab.make_cluster(MEMBERS)
    await_all(lab, "alive", MEMBERS)


def others_of(node: str) -> list[str]:
    return [one for one in MEMBERS if one != node]


def arms(lab: Lab, node: str, verb: str, nodes: list[str]) -> None:
    """A change that goes through, and that all of `nodes` know."""
    lab.must(node, "inquest", verb)
    await_agreement(lab, nodes, lambda said: said["armed"] == (verb == "arm"), f"{verb} is done")


def coordinators_told(lab: Lab, node: str) -> int:
    return sum(event["event"] == "coordinator" for event in events(lab, node))


@needs(nodes=3, members="nobody")
def test_full_disk_costs_a_vote_and_no_beat(lab: Lab) -> None:
    for node in MEMBERS:
        lab.must(node, "sh", "-c", SMALL_DISK)
    cluster(lab)
    victim = coordinator(lab, MEMBERS)
    others = others_of(victim)
    since = {node: len(events(lab, node)) for node in MEMBERS}

    lab.must(victim, "sh", "-c", FILL)
    eventually(lambda: ledger(lab, victim)["space"] == "low", f"{victim} sees that room is short")
    expect("nearly full" in status(lab, victim)["trouble"], f"{victim}'s status says so")
    expect("space=enough->low" in lab.log(victim) + state_log(lab, victim), "and so does its log")
    expect(
        any(e["event"] == "space" and e["to"] == "low" for e in events(lab, victim)),
        "and its events",
    )
    refused(lab.run(victim, "inquest", "disarm", "--timeout", "1s"), "room on this node's disk")

    eventually(
        lambda: coordinator(lab, others) in others, f"{victim} leads no more; another one does"
    )
    arms(lab, others[0], "arm", others)
    for node in others:
        said = accusations(lab, node, since[node])
        expect(not said, f"{victim} beats as before, and {node} said: {said}")

    lab.stop_daemon(others[1])
    answer = lab.run(others[0], "inquest", "disarm", "--timeout", "2s")
    expect(answer.code == 4, f"{victim} gives no vote, so there is no majority: {answer.err}")
    lab.must(victim, "rm", "/var/lib/inquest/filler")
    eventually(lambda: ledger(lab, victim)["space"] == "enough", f"{victim} sees the room")
    arms(lab, others[0], "disarm", [victim, others[0]])
    expect(status(lab, victim)["trouble"] == "", f"{victim} is in no trouble any more")
    lab.start(others[1])
    arms(lab, victim, "arm", MEMBERS)


def state_log(lab: Lab, node: str) -> str:
    """What a daemon wrote that `inquest init` or `join` has started."""
    log = power.home(lab.record(), node) / "state/inquestd.log"
    inside = lab.run(node, "cat", "/var/lib/inquest/inquestd.log")
    return inside.out if inside.code == 0 else log.read_text() if log.exists() else ""


@needs(nodes=3, members="nobody")
def test_failing_disk_ends_the_daemon_with_a_word(lab: Lab) -> None:
    """Writes fail although there is room. It must not go on: it could not remember what it says."""
    admit(lab, MEMBERS)
    cluster(lab)
    for who in ("a follower", "the coordinator"):
        leading = coordinator(lab, MEMBERS)
        victim = leading if who == "the coordinator" else others_of(leading)[0]
        others = others_of(victim)
        verb = "disarm" if ledger(lab, others[0])["armed"] else "arm"
        Point(lab, victim, "inquestd", "EIO before sync ledger.db-wal").set()
        arms(lab, others[0], verb, others)
        eventually(
            lambda v=victim: not power.daemon_ids(lab.record(), v), f"{who}, {victim}, has ended"
        )
        lines = (lab.log(victim) + state_log(lab, victim)).splitlines()
        said = [line for line in lines if "cannot be written" in line and "ledger.db" in line]
        expect(len(said) == 1, f"{who}, {victim}, says so in one line: {lines[-5:]}")
        expect("mend the disk" in said[0], f"and what to do: {said[0]}")
        lab.must(victim, "sh", "-c", "rm -f /var/log/inquestd.log /var/lib/inquest/inquestd.log")
        lab.start(victim)
        await_agreement(lab, MEMBERS, lambda said: True, f"{victim} is back")
    await_all(lab, "alive", MEMBERS)


@needs(nodes=4, members="nobody")
def test_garbage_on_the_bus_changes_nothing(lab: Lab) -> None:
    """n4 is no member; it sends to the bus's port of all others, as itself and as one of them."""
    cluster(lab)
    plan = lab.record().plan
    path = plan.path_list()[0]
    capture(lab, "n2")
    since = {node: coordinators_told(lab, node) for node in MEMBERS}
    before = {node: ask(lab, node, "doctor")["bus"] for node in MEMBERS}
    verb = "arm"
    for kind in ("random", "truncated", "replayed"):
        for source in ("n4", "n2"):
            for target in ("n1", "n3"):
                lab.must(
                    "n4",
                    *(BUS_FLOOD, "send", path.interface),
                    *(plan.address(source, path), plan.address(target, path)),
                    *(kind, "/var/log/bus", str(FLOOD)),
                )
            arms(lab, "n2", verb, MEMBERS)
            verb = "disarm" if verb == "arm" else "arm"
    for node in MEMBERS:
        expect(coordinators_told(lab, node) == since[node], f"{node}: the same one coordinates")
    for node in ("n1", "n3"):
        bus = ask(lab, node, "doctor")["bus"]
        grown = bus["unauthentic"] - before[node]["unauthentic"]
        expect(grown >= FLOOD, f"{node} counts what it does not understand: {grown} of {bus}")
        text = lab.run(node, "inquest", "doctor").out
        expect("without this cluster's key" in text, f"{node}'s doctor says so: {text}")
    nobody_lost(lab, MEMBERS)


def capture(lab: Lab, node: str) -> None:
    """The bus's datagrams that `node` sends are brought to n4."""
    lab.must(node, BUS_FLOOD, "capture", "eth0", "/var/log/bus", "32")
    homes = [power.home(lab.record(), one) for one in (node, "n4")]
    shutil.copy(homes[0] / "log/bus", homes[1] / "log/bus")


@needs(nodes=3, members="nobody", bound=300.0)
def test_other_versions_are_refused_and_named(lab: Lab) -> None:
    """n3's messages, and then its beats, bear a version one up, and one down."""
    admit(lab, MEMBERS)
    cluster(lab)
    # Of a coordinator nobody would get an answer; the others elect one that they understand.
    if coordinator(lab, MEMBERS) == "n3":
        lab.stop_daemon("n3")
        lab.start("n3")
        coordinator(lab, MEMBERS)
        await_all(lab, "alive", MEMBERS)
    for way in ("up", "down"):
        counted = bus_refused(lab, "n1")
        with_version(lab, way, "INB")
        arms(lab, "n1", "arm" if way == "up" else "disarm", ["n1", "n2"])
        eventually(
            lambda c=counted: bus_refused(lab, "n1") > c, f"n1 counts n3's messages, one {way}"
        )
        doctor_says(lab, "bus: refused: version")
        with_version(lab, "", "INB")
        await_agreement(lab, MEMBERS, lambda said: True, "n3 is understood again")
    for way in ("up", "down"):
        counted = beats_refused(lab, "n1")
        with_version(lab, way, "INQ")
        eventually(lambda c=counted: beats_refused(lab, "n1") > c, f"n1 counts n3's beats, {way}")
        doctor_says(lab, "refused: version")
        with_version(lab, "", "INQ")
        await_all(lab, "alive", MEMBERS)
    said = [e for n in ("n1", "n2") for e in verdict_changes(lab, n) if e["to"] == "left"]
    expect(not said, f"nobody has left: {said}")


def with_version(lab: Lab, way: str, letters: str) -> None:
    point = Point(lab, "n3", "inquestd", f"{way} before message {letters}")
    if way:
        point.set()
    else:
        point.take_away()


def bus_refused(lab: Lab, node: str) -> int:
    return ask(lab, node, "doctor")["bus"]["refused"].get("version", 0)


def beats_refused(lab: Lab, node: str) -> int:
    return ask(lab, node, "doctor")["refused"].get("version", 0)


def doctor_says(lab: Lab, words: str) -> None:
    text = lab.run("n1", "inquest", "doctor").out
    expect(words in text, f"n1's doctor says {words!r}: {text}")
    expect("install one version on all nodes" in " ".join(text.split()), f"and what to do: {text}")
