"""Interfaces, disks, address families and bad lines: what a real machine does to a daemon."""

from __future__ import annotations

import time

from check import (
    await_all,
    await_verdict,
    eventually,
    expect,
    expect_one_error,
    needs,
    nobody_lost,
    path_states,
    stays,
    status,
    tell,
    verdict_changes,
    verdicts,
)
from laboratory import Lab

ALL = ["n1", "n2", "n3"]


@needs()
def test_interface_deleted_and_created_again(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.unplug("n1", "lan-b")
    eventually(
        lambda: path_states(lab, "n1", "n2")["lan-b"] == "blind",
        "n1 is blind on lan-b",
        seen=lambda: path_states(lab, "n1", "n2"),
    )
    expect(path_states(lab, "n1", "n2")["lan-a"] == "fresh", "lan-a is untouched")
    lab.plug("n1", "lan-b")
    await_all(lab, "alive")
    nobody_lost(lab)


# A namespace is the new one only after unshare has made it: hence the wait.
AWAY = """
unshare --net sleep infinity >/dev/null 2>&1 & echo $! > /run/away
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set eth0 netns $!
"""


@needs()
def test_interface_moved_away_and_back(lab: Lab) -> None:
    """Its address and its neighbours are lost on the way, as when an administrator recreates a
    bond."""
    await_all(lab, "alive")
    away = lab.run("n1", "sh", "-ec", AWAY)
    expect(away.code == 0, f"moving eth0 away: {away.err}")
    eventually(
        lambda: path_states(lab, "n1", "n2")["lan-a"] == "blind",
        "n1 is blind on lan-a",
        seen=lambda: path_states(lab, "n1", "n2"),
    )
    plan = lab.record().plan
    path = plan.match_paths("lan-a")[0]
    neighbours = "; ".join(
        f"ip neigh replace {plan.address(n, path)} lladdr {plan.mac(n, path)} "
        "dev eth0 nud permanent"
        for n in ("n2", "n3")
    )
    back = lab.run(
        "n1",
        "sh",
        "-ec",
        "nsenter --net=/proc/$(cat /run/away)/ns/net "
        "ip link set eth0 netns 1; ip link set eth0 up; "
        f"ip addr add {plan.address('n1', path)}/26 dev eth0; {neighbours}",
    )
    expect(back.code == 0, f"moving eth0 back: {back.err}")
    await_all(lab, "alive")
    nobody_lost(lab)


@needs()
def test_interface_missing_at_start(lab: Lab) -> None:
    """A broken card must not keep a node out: the daemon starts, blind on that path."""
    await_all(lab, "alive")
    lab.stop_daemon("n3")
    lab.unplug("n3", "lan-b")
    lab.start("n3")
    eventually(
        lambda: path_states(lab, "n3", "n1") == {"lan-a": "fresh", "lan-b": "blind"},
        "n3 beats on lan-a and is blind on lan-b",
        seen=lambda: path_states(lab, "n3", "n1"),
    )
    await_verdict(lab, ["n1", "n2"], "n3", "degraded")
    lab.plug("n3", "lan-b")
    await_all(lab, "alive")
    nobody_lost(lab)


@needs(ipv6=True)
def test_ipv6(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.cut_switch("sw-a")
    await_all(lab, "degraded")
    lab.heal_all()
    lab.kill("n3")
    await_verdict(lab, ["n1", "n2"], "n3", "lost")


@needs()
def test_loss_of_a_fifth_loses_nobody(lab: Lab) -> None:
    await_all(lab, "alive")
    for node in ALL:
        lab.loss(node, "lan-*", 20)
    time.sleep(20)
    nobody_lost(lab)
    lab.heal_all()
    await_all(lab, "alive")
    nobody_lost(lab)


@needs()
def test_all_paths_but_one_cut_loses_nobody(lab: Lab) -> None:
    """n3 is heard by n2 alone, on one path, in one direction: so nobody may call it lost."""
    await_all(lab, "alive")
    lab.cut("n3", "lan-*")
    lab.heal("n3", "lan-b", "out", "n2")
    await_verdict(lab, ["n1", "n2"], "n3", "partitioned")
    stays(
        lab,
        5,
        lambda: [
            tell(e) for n in ("n1", "n2") for e in verdict_changes(lab, n) if e["to"] == "lost"
        ],
        "n2 hears n3, so nobody says lost",
    )
    lab.heal_all()
    await_all(lab, "alive")


@needs()
def test_isolated_node_accuses_nobody(lab: Lab) -> None:
    """Both switch ports of n1 go dark: n1 says nothing of the others, and they call it lost."""
    await_all(lab, "alive")
    lab.unplug("n1", "lan-a")
    lab.unplug("n1", "lan-b")
    await_verdict(lab, ["n2", "n3"], "n1", "lost")
    expect(status(lab, "n1")["isolated"] is True, "n1 knows that it is isolated")
    accused = [e for e in verdict_changes(lab, "n1") if e["to"] in ("lost", "partitioned")]
    expect(not accused, f"n1 is blind on every path, and accused all the same: {accused}")
    lab.plug("n1", "lan-a")
    lab.plug("n1", "lan-b")
    await_all(lab, "alive")


# What is in the folder stays, on a file system of 64 KiB that is full to the last page.
FULL_DISK = """
mkdir /run/small
mount -t tmpfs -o size=64k tmpfs /run/small
cp -a /var/lib/inquest/. /run/small/
mount --bind /run/small /var/lib/inquest
dd if=/dev/zero of=/var/lib/inquest/filler bs=1k 2>/dev/null || true
"""


@needs()
def test_full_disk(lab: Lab) -> None:
    """A running daemon needs no disk to beat and to judge, and one that starts writes its session
    over the old one, in place. Only where there is nothing to write over it does not start: a run
    that is not counted could not be told from replayed beats."""
    await_all(lab, "alive")
    filled = lab.run("n2", "sh", "-ec", FULL_DISK)
    expect(filled.code == 0, f"the small file system is mounted and full: {filled.err}")
    stays(lab, 3, lambda: worse_than_degraded(lab), "a full disk disturbs no running daemon")
    before = status(lab, "n2")
    lab.stop_daemon("n2")
    lab.start("n2")
    await_all(lab, "alive")
    after = status(lab, "n2")
    expect(after["incarnation"] == before["incarnation"], "a restart of the daemon is no boot")
    expect(after["session"] > before["session"], "each run of the daemon is a new session")
    lab.stop_daemon("n2")
    emptied = lab.run(
        "n2",
        "sh",
        "-ec",
        "rm /var/lib/inquest/boot; dd if=/dev/zero of=/var/lib/inquest/more bs=1k || true",
    )
    expect(emptied.code == 0, f"the old count is gone: {emptied.err}")
    again = lab.run("n2", "inquestd")
    expect(again.code == 1, f"inquestd without room for its count: exit code {again.code}, not 1")
    expect_one_error(again.out + again.err, "No space left on device")
    nobody_lost(lab, ["n1", "n3"])


@needs()
def test_second_daemon_is_refused(lab: Lab) -> None:
    await_all(lab, "alive")
    second = lab.run("n1", "inquestd", timeout=60)
    expect(second.code == 1, f"a second inquestd: exit code {second.code}, not 1")
    expect_one_error(second.out + second.err, "another inquestd")
    stays(lab, 2, lambda: worse_than_degraded(lab), "the first daemon is undisturbed")


def worse_than_degraded(lab: Lab) -> list[str]:
    """A busy machine may delay a beat, which is `degraded`; anything beyond has another cause."""
    said = [e for node in ALL for e in verdict_changes(lab, node)]
    return [tell(e) for e in said if e["to"] in ("lost", "partitioned", "isolated", "left")]


@needs(nodes=2, paths=2)
def test_two_nodes_say_that_they_cannot_decide(lab: Lab) -> None:
    """One of two voters is no majority: after a kill the other has no quorum, and says so."""
    await_all(lab, "alive")
    lab.kill("n2")
    eventually(lambda: status(lab, "n1")["quorate"] is False, "n1 alone is not quorate")
    stays(lab, 3, lambda: verdicts(lab, "n1")["n2"] == "lost", "one of two voters may not say lost")
    expect(lab.run("n1", "inquest", "status").code == 4, "no quorum is exit code 4")


@needs(nodes=32, paths=2, bound=600, slow=True)
def test_32_nodes_come_up_alive(lab: Lab) -> None:
    chosen = ["n1", "n2", "n5", "n6", "n17", "n32"]
    eventually(
        lambda: all(set(verdicts(lab, n).values()) == {"alive"} for n in chosen),
        "the nodes asked say alive of all 31 others",
        300,
        lambda: {n: odd(verdicts(lab, n)) for n in chosen},
    )
    lab.kill("n31")
    await_verdict(lab, chosen, "n31", "lost", 120)
    said = {e["peer"] for n in chosen for e in verdict_changes(lab, n) if e["to"] == "lost"}
    expect(said == {"n31"}, f"lost was said of {said}, and only n31 was killed")


def odd(said: dict[str, str]) -> dict[str, str]:
    return {peer: word for peer, word in said.items() if word != "alive"}
