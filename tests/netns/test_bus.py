"""Messages between nodes over libknet: what a carrier promises, when paths, keys and peers change.
"""

from __future__ import annotations

import subprocess
import time

from bus_ends import (
    FIRST,
    NODES,
    SECOND,
    End,
    await_heard,
    await_up,
    bus,
    lanes,
    pairs,
    pass_through,
    probe,
    words,
)
from check import eventually, expect, expect_one_error, needs
from laboratory import Lab

# A link is given up after a second of silence. A message that had to wait for that would be older.
GIVEN_UP_US = 900_000
FLOOD = """
import os, socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
    for i in range(40_000):
        stranger.sendto(os.urandom(1 + i % 1_400), (sys.argv[1], 7741))
        if i % 20 == 0:
            time.sleep(0.0005)
"""


def check_sizes(lab: Lab) -> None:
    with bus(lab) as ends:
        await_up(ends)
        for stream, size in enumerate((100, 1_200, 60_000), start=1):
            for a, b in pairs():
                pass_through(ends, a, b, stream, 50, size)
        eventually(
            lambda: all(
                1_300 < link["mtu"] < 1_500
                for end in ends.values()
                for link in end.report()["links"].values()
            ),
            "each link knows its MTU, so that no ordinary message is cut in pieces",
            seen=lambda: ends["n1"].report()["links"],
        )
        counters = ends["n3"].report()["counters"]
        lost = [counters[k] for k in ("lost_full", "lost_nobody", "lost_unread", "unauthentic")]
        lost += counters["refused"].values()
        expect(not any(lost), f"nothing is wrong: {counters}")


@needs(bare=True, bound=300)
def test_messages_of_every_size(lab: Lab) -> None:
    check_sizes(lab)


@needs(bare=True, ipv6=True, bound=300)
def test_messages_of_every_size_over_ipv6(lab: Lab) -> None:
    check_sizes(lab)


@needs(bare=True, bound=300)
def test_one_path_cut_loses_and_delays_nothing(lab: Lab) -> None:
    """A dead path costs neither messages nor time, whichever dies and however."""
    faults = [
        ("lan-a cut", lambda: lab.cut("n1", "lan-a")),
        ("lan-b deaf at n2", lambda: lab.cut("n2", "lan-b", "in")),
        ("sw-a without power", lambda: lab.cut_switch("sw-a")),
        ("a third of lan-b lost", lambda: lab.loss("n2", "lan-b", 33)),
    ]
    with bus(lab) as ends:
        for stream, (what, fault) in enumerate(faults, start=1):
            await_up(ends)
            ends["n1"].order("send", 2, stream, 3_000, 200, 1_000)
            time.sleep(1)  # in the midst of the messages
            fault()
            expect(ends["n1"].answer("send")["sent"] == 3_000, "n1 sends")
            seen = await_heard(ends["n2"], "n1", stream, 3_000)
            expect(seen["delay_max_us"] < GIVEN_UP_US, f"{what}: no message waits: {seen}")
            lab.heal_all()


@needs(bare=True, bound=300)
def test_both_paths_cut_and_healed(lab: Lab) -> None:
    """What is sent into nowhere is lost and not sent again; then the bus carries as before."""
    with bus(lab) as ends:
        await_up(ends)
        lab.cut("n2", "lan-*", peer="n1")
        ends["n1"].ask("send", 2, 1, 500, 200, 1_000)
        pass_through(ends, "n1", "n3", 2, 100, 1_200)
        eventually(lambda: not any(ends["n1"].carries("n2")), "both links are shown as down")
        expect(all(ends["n1"].carries("n3")), "the others are not")
        ends["n1"].ask("send", 2, 1, 500, 200, 1_000)
        lab.heal_all()
        await_up(ends)
        time.sleep(1)
        expect(ends["n2"].heard("n1", 1)["heard"] == 0, "nothing is sent again")
        pass_through(ends, "n1", "n2", 3, 200, 1_200)
        pass_through(ends, "n1", "n2", 4, 20, 60_000)
        expect(ends["n1"].report()["link_changes"] > 0, "who waits is told of the change")


@needs(bare=True, bound=300)
def test_wrong_key_is_not_heard(lab: Lab) -> None:
    with bus(lab, keys={"n3": "1:" + "5b" * 32}) as ends:
        await_up(ends, ["n1", "n2"])
        eventually(
            lambda: ends["n1"].report()["counters"]["unauthentic"] >= 4,
            "n1 counts what it cannot decrypt",
        )
        ends["n3"].ask("send", 1, 1, 100, 200, 1_000)
        pass_through(ends, "n1", "n2", 2, 200, 1_200)
        report = ends["n1"].report()
        expect("3.1" not in report["heard"], f"n1 hears nothing of n3: {report['heard']}")
        expect(not any(ends["n1"].carries("n3")), "no link to n3 comes up")
        told = [line for line in report["log"] if "decrypt" in line]
        expect(0 < len(told) < 12, f"told, and not for every datagram: {told}")


@needs(bare=True, bound=300)
def test_flood_by_a_stranger(lab: Lab) -> None:
    """Datagrams without the key cost no message, and no line each in the log."""
    target = lab.record().plan.address("n1", lab.record().plan.path_list()[0])
    with bus(lab) as ends:
        await_up(ends)
        argv, environment = lab.command("n3", ["python3", "-c", FLOOD, target])
        with subprocess.Popen(argv, env=environment) as flood:
            pass_through(ends, "n1", "n2", 1, 2_000, 200)
            flood.wait(60)
        report = ends["n1"].report()
        expect(report["counters"]["unauthentic"] > 1_000, f"counted: {report['counters']}")
        told = [line for line in report["log"] if "decrypt" in line]
        expect(0 < len(told) < 32, f"told, and not for every datagram: {told}")


@needs(bare=True, bound=300)
def test_interface_vanishes_and_returns(lab: Lab) -> None:
    with bus(lab) as ends:
        await_up(ends)
        ends["n1"].order("send", 2, 1, 3_000, 200, 1_000)
        lab.unplug("n2", "lan-a")
        eventually(lambda: ends["n2"].carries("n1") == [False, True], "n2 has one link left")
        lab.plug("n2", "lan-a")
        expect(ends["n1"].answer("send")["sent"] == 3_000, "n1 sends")
        await_heard(ends["n2"], "n1", 1, 3_000)
        await_up(ends)


@needs(bare=True, bound=300)
def test_keys_change_without_a_lost_message(lab: Lab) -> None:
    """The new key last everywhere, then first everywhere, then alone: messages flow throughout."""
    with bus(lab) as ends:
        await_up(ends)
        ends["n1"].order("send", 2, 1, 8_000, 200, 1_000)  # in the midst of which all changes
        ends["n2"].order("send", 3, 1, 8_000, 200, 1_000)
        for keyring in ((FIRST, SECOND), (SECOND, FIRST), (SECOND,)):
            time.sleep(1)
            for end in ends.values():
                end.change("keys", *keyring)
        for node in ("n1", "n2"):
            expect(ends[node].answer("send")["sent"] == 8_000, f"{node} sends")
        await_heard(ends["n2"], "n1", 1, 8_000)
        await_heard(ends["n3"], "n2", 1, 8_000)
        await_up(ends)
        for end in ends.values():
            report = end.report()
            expect(report["counters"]["unauthentic"] == 0, f"{end.node}: {report['counters']}")
            downs = [link["downs"] for link in report["links"].values()]
            expect(not any(downs), f"{end.node}: no link went down: {report['log']}")
        ends["n1"].change("keys", FIRST)  # the old key is forgotten
        ends["n1"].ask("send", 2, 2, 100, 200, 1_000)
        eventually(
            lambda: ends["n2"].report()["counters"]["unauthentic"] > 0, "n2 has dropped the key"
        )
        expect(ends["n2"].heard("n1", 2)["heard"] == 0, "a message under it is not heard")


@needs(bare=True, bound=300)
def test_peers_come_and_go(lab: Lab) -> None:
    """A removed peer is no longer heard nor sent to; it may come back, and change an address."""
    with bus(lab) as ends:
        await_up(ends)
        ends["n1"].order("send", 2, 9, 4_000, 200, 1_000)  # nobody else notices
        ends["n2"].change("peers", *lanes(lab, "n2", ["n1"]))
        ends["n3"].ask("send", 2, 1, 200, 200, 1_000)
        ends["n2"].ask("send", 3, 1, 5, 200, 1_000)
        expect(ends["n2"].heard("n3", 1)["heard"] == 0, "n2 hears n3 no longer")
        expect(ends["n2"].report()["counters"]["lost_nobody"] == 5, "and has no such peer")
        ends["n2"].change("peers", *lanes(lab, "n2", NODES))
        await_up(ends, ["n2", "n3"])
        pass_through(ends, "n2", "n3", 2, 100, 1_200)

        ends["n2"].change("peers", *lanes(lab, "n2", ["n1"]), lanes(lab, "n2", ["n3"])[0])
        expect(len(ends["n2"].carries("n3")) == 1, "n3 has one path left")
        pass_through(ends, "n2", "n3", 3, 100, 1_200)
        ends["n2"].change("peers", *lanes(lab, "n2", NODES))
        await_up(ends, ["n2", "n3"])

        expect(ends["n1"].answer("send")["sent"] == 4_000, "n1 sends")
        await_heard(ends["n2"], "n1", 9, 4_000)


@needs(bare=True, bound=300)
def test_restarted_peer_is_heard(lab: Lab) -> None:
    """A new run of a peer counts its messages from 1; nobody takes them for old ones."""
    with bus(lab) as ends:
        await_up(ends)
        pass_through(ends, "n1", "n2", 1, 500, 200)
        ends["n2"].process.kill()
        ends["n2"].close()
        lab.run("n2", "pkill", "-KILL", "-x", "inquest-probe-b")
        ends["n2"] = End(lab, "n2", *words(lab, "n2"))
        await_up(ends)
        pass_through(ends, "n1", "n2", 2, 500, 200)


@needs(nodes=2, bare=True)
def test_starts_that_fail(lab: Lab) -> None:
    """One line: what, why, what to do."""

    def refused(word: str, *argv: str) -> None:
        done = lab.run("n1", *argv, timeout=60)
        expect(done.code == 1, f"{word}: exit code {done.code}: {done.out}{done.err}")
        expect_one_error(done.err, word)

    two = ["n1", "n2"]
    plain = [probe(lab), *words(lab, "n1", peers=two)]
    elsewhere = [*plain[:5], *(lane.replace("192.0.2.1/", "192.0.2.9/") for lane in plain[5:])]
    limited = ["setpriv", "--bounding-set=-ipc_lock", "prlimit", "--memlock=8000000:8000000"]
    no_module = "mount -t tmpfs tmpfs /usr/lib/*/kronosnet && exec \"$@\""

    first = End(lab, "n1", *plain[1:])
    refused("in use by another program", *plain)
    first.close()
    absent = [lane.replace("192.0.2.1/", "192.0.2.9/") for lane in lanes(lab, "n1", two)[:1]]
    refused("not an address of this node", *plain[:5], *absent)
    refused("not an IPv4 or IPv6 address", *plain[:5], "2/0/nowhere/192.0.2.2")
    refused("locked memory", *limited, *plain, "--lock")
    refused("crypto_openssl.so", "unshare", "--mount", "sh", "-c", no_module, "sh", *plain)
    expect(elsewhere, "one of two addresses may be missing")
    one_of_two = End(lab, "n1", *elsewhere[1:])
    expect("not an address" in str(one_of_two.report()["log"]), "which is told")
    one_of_two.close()


@needs(nodes=3, bare=True)
def test_threads_are_calm(lab: Lab) -> None:
    """knet's threads neither run at real-time priority nor take the daemon's signals."""
    with bus(lab, "--realtime", "--lock") as ends:
        await_up(ends)
        threads = ends["n1"].report()["threads"]
        mine = [thread for thread in threads if thread["main"]]
        others = [thread for thread in threads if not thread["main"]]
        expect([thread["policy"] for thread in mine] == [2], f"the caller keeps its own: {mine}")
        expect(len(others) >= 5, f"knet has threads: {threads}")
        expect({thread["policy"] for thread in others} == {0}, f"ordinary priority: {others}")
        blocked = {thread["blocked"] for thread in others}
        # All but SIGKILL, SIGSTOP and the two signals of the C library itself.
        expect(blocked == {"fffffffe7ffbfeff"}, f"all signals are blocked: {blocked}")
        expect(int(mine[0]["blocked"], 16) == 0, f"the caller's are not: {mine}")
        pass_through(ends, "n1", "n2", 1, 100, 60_000)
