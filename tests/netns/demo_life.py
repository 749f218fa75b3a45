"""The life of a cluster: founded, grown, shrunk, condemned; a guest that ends with its lease."""

from __future__ import annotations

import datetime
import os
import signal

import power
from check import await_all, events, eventually, status, verdict_changes, verdicts
from demo_stage import ALL, Stage, Step, all_say
from laboratory import Lab
from watchdog import Guard, Mux, name_watchdog


def founded(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Other nodes, without a single file of Inquest. On n1 a cluster is founded; an invitation
        makes a token, and with it the next node joins. Each command says what it waits for, and
        ends at its deadline."""
    )
    plan = lab.record().plan
    stage.must("n1", "inquest", "init", "--cluster", "demo", "--node", "n1", *plan.fated("n1"))
    for node in ("n2", "n3"):
        stage.invite_and_join("n1", node)
    await_all(lab, "alive", ALL)
    stage.command("n3", "inquest", "status")
    return all_say(lab), ""


def fourth_joins(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.invite_and_join("n2", "n4")
    await_all(lab, "alive", [*ALL, "n4"])
    return f"n1 knows {' '.join(sorted(verdicts(lab, 'n1')))}", ""


def removed_and_refused(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """n4 loses power and is removed; with it goes the key that it knows. Elsewhere a removed
        node that is switched on again has wrecked its cluster. Here it is refused, told so, and
        harms nothing."""
    )
    lab.kill("n4")
    stage.must("n1", "inquest", "remove", "n4")
    lab.start("n4")
    eventually(lambda: status(lab, "n4")["removed"], "n4 is told that it was removed")
    stage.command("n4", "inquest", "status")
    await_all(lab, "alive", ALL)
    return all_say(lab), ""


def reset_and_joins_anew(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.must("n4", "inquest", "reset-node", "--yes")
    stage.invite_and_join("n3", "n4")
    await_all(lab, "alive", [*ALL, "n4"])
    stage.command("n4", "inquest", "status")
    return f"n1 knows {' '.join(sorted(verdicts(lab, 'n1')))}", ""


def condemned_and_boots(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """The cluster is armed, and n4 loses power. When nobody has heard it for 3 s, which is
        condemn_after, a majority writes down that it is condemned: from then on nobody grants it
        a lease, which is what a node needs to run guarded machines. When it boots, another kernel
        runs: the condemned one is gone."""
    )
    stage.must("n1", "inquest", "arm")
    # Who dies before its boot is known to the ledger has never had anything to run.
    eventually(lambda: boots_told(lab, "n4") == 2, "n4 has told of its boot as the new member")
    lab.kill("n4")
    await_condemned(lab, "n4", True)
    stage.explain("n4", "n2")
    lab.start("n4")
    await_condemned(lab, "n4", False)
    await_all(lab, "alive", [*ALL, "n4"])
    stage.command("n1", "inquest", "status")
    return decided(lab, "n4"), ""


def cut_off_and_acquitted(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """Both cables of n3 fail for a while. It runs on, hears nobody, and accuses nobody. The
        others condemn it; its lease, which they granted before, has not run out when the cables
        are back, so it has lost nothing. One beat acquits it."""
    )
    for path in ("lan-a", "lan-b"):
        lab.cut("n3", path)
    await_condemned(lab, "n3", True)
    stage.command("n3", "inquest", "explain", "n3")
    lab.heal_all()
    await_condemned(lab, "n3", False)
    await_all(lab, "alive", [*ALL, "n4"])
    return decided(lab, "n3"), ""


def daemon_dies(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        """inquestd on n2 is killed without a word. The machine and all that it runs go on, and
        nobody shall take its guests away for that: its keeper, the process that started it, says so
        in its place, and starts it again."""
    )
    before = len(verdict_changes(lab, "n1"))
    for pid in power.daemon_ids(lab.record(), "n2"):
        os.kill(pid, signal.SIGKILL)
    # The next run of its daemon is told when its first beat comes.
    eventually(lambda: "daemon has restarted" in last_member_event(lab, "n2"), "n2 has a daemon")
    await_all(lab, "alive", [*ALL, "n4"])
    stage.command("n1", "inquest", "events", "--since", "10s")
    told = [e for e in verdict_changes(lab, "n1", before) if e["peer"] == "n2"]
    words = ", then ".join(e["to"] for e in told)
    why = next((e["reason"] for e in told if e["to"] == "degraded"), "")
    return f"n1 said {words}; {why.partition(':')[0]}", ""


def guest_ends_with_its_lease(lab: Lab, stage: Stage) -> tuple[str, str]:
    stage.tell(
        "n3 gets a watchdog, and a guest: a program says on the guard's line that one runs. Leases "
        "are cut to 5 s, so that you need not wait for long."
    )
    stage.must(
        "n1",
        "sh",
        "-c",
        "inquest config show | sed 's/^lease = .*/lease = \"5s\"/' > /etc/inquest/wanted.toml",
    )
    stage.command("n1", "inquest", "config", "push", "/etc/inquest/wanted.toml")
    with Mux(lab, "n3", client_timeout=3.5, device_timeout=1) as mux:
        name_watchdog(lab, "n3", "3500ms", "1s")
        lab.stop_daemon("n3")
        lab.start("n3")
        eventually(lambda: status(lab, "n3")["terms"], "n3 has said by what it goes")
        guard = Guard(lab, "n3", "some")
        stage.command("n3", "inquest", "status")
        stage.tell("Now n3 is cut off from everybody, and its guest runs on:")
        for path in ("lan-a", "lan-b"):
            lab.cut("n3", path)
        await_condemned(lab, "n3", True)
        stage.tell("n3 knows who has granted it until when, and the others when it is safe:")
        stage.explain("n3", "n3")
        stage.command("n1", "inquest", "status")
        stage.explain("n3")
        eventually(lambda: mux.cut_at, "the watchdog resets n3")
        reset_at = datetime.datetime.fromtimestamp(mux.cut_at, datetime.UTC)
        stage.tell(
            f"At {reset_at:%H:%M:%S} the watchdog, which is fed no more, has reset n3, guest and "
            "all. Nobody can see that from outside; n1 waits until it is certain by every clock."
        )
        eventually(lambda: receipt(lab, "n3") == "self_fence_elapsed", "n1 takes it for off")
        guard.die()
    stage.command("n1", "inquest", "events", "--since", "20s")
    proven = next(
        e["time"] for e in reversed(events(lab, "n1")) if "n3 runs nothing any more" in e["reason"]
    )
    proven_at = datetime.datetime.fromisoformat(proven.replace("Z", "+00:00")).timestamp()
    order = "reset, then taken for off" if mux.cut_at < proven_at else "taken for off too early"
    lab.heal_all()
    lab.start("n3")
    await_all(lab, "alive", [*ALL, "n4"])
    return f"n3 was {order}", f"{proven_at - mux.cut_at:.1f} s lay between"


def receipt(lab: Lab, node: str) -> str:
    peer = next(p for p in status(lab, "n1")["peers"] if p["name"] == node)
    return (peer["condemned"] or {}).get("receipt", "")


def last_member_event(lab: Lab, node: str) -> str:
    said = [e for e in events(lab, "n1") if e["event"] == "member" and e["peer"] == node]
    return said[-1]["reason"] if said else ""


def await_condemned(lab: Lab, node: str, wanted: bool) -> None:
    def is_condemned(observer: str) -> bool:
        return any(p["name"] == node and p["condemned"] for p in status(lab, observer)["peers"])

    others = [name for name in (*ALL, "n4") if name != node]
    eventually(
        lambda: all(is_condemned(other) == wanted for other in others),
        f"{node} is {'condemned' if wanted else 'condemned no more'}",
    )


def boots_told(lab: Lab, node: str) -> int:
    said = [e["reason"] for e in events(lab, "n1") if e["event"] == "agreed"]
    return sum(text.startswith(f"{node} began incarnation") for text in said)


def decided(lab: Lab, node: str) -> str:
    """What the ledger has decided of the node, by n1's journal, and who coordinates now."""
    said = [e["reason"] for e in events(lab, "n1") if e["event"] == "agreed"]
    times = sum(text.startswith(f"condemned {node},") for text in said)
    led_by = {status(lab, name)["coordinator"] for name in (*ALL, "n4")}
    return f"{node} was condemned {times} times; {len(led_by)} coordinator"


LIFE: list[tuple[str, str, Step]] = [
    ("from bare nodes to a cluster", "every node says alive of both others", founded),
    ("a fourth node joins", "n1 knows n2 n3 n4", fourth_joins),
    (
        "it is removed, and returns",
        "every node says alive of both others",
        removed_and_refused,
    ),
    ("it is reset, and joins anew", "n1 knows n2 n3 n4", reset_and_joins_anew),
    (
        "it loses power, is condemned, and boots",
        "n4 was condemned 1 times; 1 coordinator",
        condemned_and_boots,
    ),
    (
        "another one is cut off, and acquitted",
        "n3 was condemned 1 times; 1 coordinator",
        cut_off_and_acquitted,
    ),
    (
        "a daemon dies, and nobody is missed",
        "n1 said degraded, then alive; daemon-restart",
        daemon_dies,
    ),
    (
        "a guest ends with its lease",
        "n3 was reset, then taken for off",
        guest_ends_with_its_lease,
    ),
]
