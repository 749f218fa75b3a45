"""What happened outlives the daemon and the node, and a node says why it was rebooted."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta, timezone

from check import (
    ask,
    await_all,
    await_verdict,
    eventually,
    events,
    expect,
    needs,
    status,
)
from laboratory import Lab
from test_keeper import crash


def first_event(lab: Lab, node: str) -> dict:
    return events(lab, node)[0]


def doctor(lab: Lab, node: str, name: str) -> dict:
    found = {check["name"]: check for check in ask(lab, node, "doctor")["checks"]}
    return found[name]


def in_store(lab: Lab, node: str) -> None:
    """Waits until nothing is in memory only: a batch is written after a second."""
    before = len(events(lab, node))
    lab.run(node, "sleep", "2")
    expect(len(events(lab, node)) >= before, "no event has gone")


@needs()
def test_events_outlive_daemon_and_power(lab: Lab) -> None:
    await_all(lab, "alive")
    oldest = first_event(lab, "n2")
    lab.stop_daemon("n2")
    lab.start("n2")
    await_all(lab, "alive")
    expect(first_event(lab, "n2") == oldest, "the first event is there after a restart")
    in_store(lab, "n2")
    lab.kill("n2")
    await_verdict(lab, ["n1", "n3"], "n2", "lost")
    lab.start("n2")
    await_all(lab, "alive")
    kept = events(lab, "n2")
    expect(kept[0] == oldest, "the first event is there after a power cut")
    expect(len({str(event) for event in kept}) == len(kept), "no event is there twice")
    times = [event["time"] for event in kept]
    expect(times == sorted(times), f"the oldest stands first: {times}")
    # The lost node was off: only the others have the event of its loss.
    expect(any(e["peer"] == "n2" and e["to"] == "lost" for e in events(lab, "n1")), "n1 saw it")
    since = datetime.now(timezone.utc) + timedelta(seconds=-1e-3)
    later = lab.run("n2", "inquest", "events", "--json", "--since", since.isoformat())
    expect(later.code == 0 and later.out == "", f"--since leaves out what is older: {later}")


@needs()
def test_damaged_store_of_events_is_set_aside(lab: Lab) -> None:
    await_all(lab, "alive")
    in_store(lab, "n2")
    lab.stop_daemon("n2")
    damage = "head -c 8192 /dev/zero | dd of=/var/lib/inquest/events.db seek=1 bs=4096 conv=notrunc"
    expect(lab.run("n2", "sh", "-c", damage).code == 0, "events.db is damaged")
    lab.start("n2")
    await_all(lab, "alive")
    eventually(lambda: "events.db.damaged" in lab.log("n2"), "the log names the file set aside")
    aside = lab.run("n2", "test", "-e", "/var/lib/inquest/events.db.damaged")
    expect(aside.code == 0, "and it is there")
    expect(events(lab, "n2"), "events go on")
    expect(doctor(lab, "n2", "events")["state"] == "ok", "and doctor is content")


@needs()
def test_full_disk_keeps_events_in_memory_and_says_so(lab: Lab) -> None:
    """A state folder of 2 MiB, filled to the last byte while the daemon runs."""
    await_all(lab, "alive")
    lab.stop_daemon("n2")
    mounted = lab.run("n2", "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", "/var/lib/inquest")
    expect(mounted.code == 0, f"a small disk: {mounted.err}")
    # Peers refuse a node that counts from the beginning again.
    lab.run("n2", "sh", "-c", "printf 'incarnation = 7\\nsession = 1\\nboot_id = x\\n'"
            " > /var/lib/inquest/boot")
    lab.start("n2")
    await_all(lab, "alive")
    in_store(lab, "n2")
    lab.run("n2", "sh", "-c", "cat /dev/zero > /var/lib/inquest/fill")
    eventually(
        lambda: (
            lab.cut("n2", "lan-a"),
            lab.run("n2", "sleep", "1"),
            lab.heal("n2", "lan-a"),
            lab.run("n2", "sleep", "1"),
            doctor(lab, "n2", "events")["state"] == "warning",
        )[-1],
        "doctor warns of events that cannot be written",
        bound=180,
    )
    await_all(lab, "alive")
    expect("kept in memory" in lab.log("n2"), "the log says so")
    known = len(events(lab, "n2"))
    expect(lab.run("n2", "rm", "/var/lib/inquest/fill").code == 0, "room again")
    eventually(lambda: doctor(lab, "n2", "events")["state"] == "ok", "it is written after all")
    expect(len(events(lab, "n2")) >= known, "and nothing is missing")
    expect(status(lab, "n2")["session"] == 1, "the daemon has run on all the time")


@needs()
def test_why_rebooted(lab: Lab) -> None:
    await_all(lab, "alive")
    first = ask(lab, "n2", "why-rebooted")
    expect(first["boot"]["end"] == "not-known", f"the first boot: {first}")
    expect(first["run"]["end"] == "not-known", f"the first run: {first}")

    lab.stop_daemon("n2")
    stopped = ask(lab, "n2", "why-rebooted")
    expect(stopped["run"]["end"] == "left", f"asked without a daemon: {stopped}")
    expect("SIGTERM" in stopped["run"]["claim"], f"and by which signal: {stopped}")
    lab.start("n2")
    await_all(lab, "alive")
    expect(ask(lab, "n2", "why-rebooted")["run"]["end"] == "left", "the same with a daemon")
    expect(ask(lab, "n2", "why-rebooted")["boot"]["end"] == "not-known", "no boot has ended")

    crash(lab, "n2", signal.SIGKILL)
    await_all(lab, "alive")
    killed = ask(lab, "n2", "why-rebooted")
    expect(killed["run"]["end"] == "without-a-word", f"SIGKILL leaves nothing: {killed}")

    crash(lab, "n2", signal.SIGSEGV)
    await_all(lab, "alive")
    crashed = ask(lab, "n2", "why-rebooted")
    expect(crashed["run"]["end"] == "crashed", f"a crash is caught: {crashed}")
    expect("SIGSEGV" in crashed["run"]["claim"], f"and named: {crashed}")

    lab.kill("n2")
    lab.start("n2")
    await_all(lab, "alive")
    cut = ask(lab, "n2", "why-rebooted")
    expect(cut["boot"]["end"] == "without-a-word", f"a power cut says nothing: {cut}")
    expect(cut["run"]["end"] == "with-the-machine", f"and took the daemon along: {cut}")
    told = " ".join(cut["boot"]["facts"])
    expect("incarnation 1, session 4" in told, f"of the boot that ended: {told}")
    expect("shares its kernel" in " ".join(cut["boot"]["unknown"]), "a lab's kernel is not asked")

    lab.stop_daemon("n2")
    lab.kill("n2")
    lab.start("n2")
    await_all(lab, "alive")
    orderly = ask(lab, "n2", "why-rebooted")
    expect(orderly["boot"]["end"] == "after-goodbye", f"stopped, then off: {orderly}")
    expect(orderly["run"]["end"] == "left", f"the daemon had left: {orderly}")
    text = lab.run("n2", "inquest", "why-rebooted")
    expect(text.code == 0 and "The last boot: " in text.out, f"as sentences: {text}")
