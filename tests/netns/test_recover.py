"""From a lost majority back: recover-quorum, backup and restore, and ledgers that are damaged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path as FilePath
from typing import Any

import power
from check import await_all, await_verdict, events, eventually, expect, needs, status
from laboratory import Lab, Output
from test_cluster import MEMBERS, ledger, names, refused, voters

RECOVER = ("inquest", "recover-quorum")
FOR_REAL = ("--for-real", "--confirm", "lab", "--timeout", "90s")
OTHERS = ["n2", "n3"]

ORDER = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/inquest/inquestd.sock")
s.send(json.dumps({"verb": "recover", "recovery": json.loads(sys.argv[1])}).encode())
print(s.recv(1 << 16).decode())
"""


def state_folder(lab: Lab, node: str) -> FilePath:
    return power.home(lab.record(), node) / "state"


def lose_majority(lab: Lab) -> None:
    """n1 alone is left, and has listened for so long that it would recover."""
    await_all(lab, "alive")
    for node in OTHERS:
        lab.kill(node)
    eventually(
        lambda: ledger(lab, "n1")["recovery"]["possible"],
        "n1 would give up the others",
        seen=lambda: ledger(lab, "n1")["recovery"],
    )


def generation(lab: Lab, node: str) -> int:
    return ledger(lab, node)["generation"]


def is_alone_in_generation_2(lab: Lab) -> None:
    known = ledger(lab, "n1")
    expect(known["generation"] == 2, f"generation 2 has begun: {known['generation']}")
    expect(names(lab, "n1") == ["n1"], f"n1 is the only member: {names(lab, 'n1')}")
    expect(known["quorate"] and known["coordinator"] == "n1", "it is quorate by itself")
    expect(sorted(t["name"] for t in known["tombstones"]) == OTHERS, "the others are remembered")
    said = status(lab, "n1")["recovered"]
    expect(said["generation"] == 2 and said["survivor"] == "n1", f"status tells it: {said}")
    expect(sorted(said["left_out"]) == OTHERS, f"and who was left out: {said}")
    expect(said["person"] == "root" and said["time"], f"and who did it, and when: {said}")
    told = lab.run("n1", "inquest", "status").out
    expect("Recovered:" in told and "generation 2" in told, f"for people too: {told!r}")
    lab.must("n1", "inquest", "arm")


def order(lab: Lab, **wanted: Any) -> dict[str, Any]:
    """What `inquest recover-quorum` sends; then nothing more, as if it was killed."""
    known = ledger(lab, "n1")
    asked = {
        "cluster": "lab",
        "generation": known["generation"],
        "entry": known["last"],
        "person": "root",
    }
    answer = lab.run("n1", "/usr/bin/python3", "-c", ORDER, json.dumps({**asked, **wanted}))
    expect(answer.code == 0, f"the order can be given: {answer.err}")
    return json.loads(answer.out)


@needs(**MEMBERS, bound=600.0)
def test_lost_majority_is_given_up_and_others_come_back_anew(lab: Lab) -> None:
    lose_majority(lab)
    plan = lab.must("n1", *RECOVER)
    for word in ("n2, n3", "MUST BE OFF", "may be lost", "entry"):
        expect(word in plan.out, f"the plan says {word!r}: {plan.out!r}")
    expect("Nothing was changed" in plan.err, f"and that it is only a plan: {plan.err!r}")
    refused(lab.run("n1", *RECOVER, "--for-real", "--confirm", "prod"), "nothing was changed")
    refused(lab.run("n1", *RECOVER, "--for-real", text="labs\n"), "nothing was changed")
    expect(generation(lab, "n1") == 1, "without the cluster's name nothing is done")
    old_key = ledger(lab, "n1")["keys"][0]["number"]

    lab.must("n1", *RECOVER, "--for-real", "--timeout", "90s", text="lab\n")
    is_alone_in_generation_2(lab)
    expect(ledger(lab, "n1")["keys"][0]["number"] != old_key, "a new key signs")
    eventually(
        lambda: any("generation 2 began" in e["reason"] for e in events(lab, "n1")),
        "the event is recorded",
    )
    again = lab.must("n1", *RECOVER, *FOR_REAL)
    expect("already" in again.err, f"given again it finds that it is done: {again.err!r}")
    expect(generation(lab, "n1") == 2, "and begins nothing")

    for node in OTHERS:
        lab.start(node)
    for node in OTHERS:
        eventually(lambda n=node: status(lab, n)["removed"], f"{node} is told that it was removed")
        refused(lab.run(node, "inquest", "arm"), "removed")
    for node in OTHERS:
        lab.must(node, "inquest", "reset-node", "--yes")
        lab.join("n1", node)
    await_all(lab, "alive")
    for node in ("n1", "n2", "n3"):
        eventually(lambda n=node: voters(lab, n) == ["n1", "n2", "n3"], f"{node}: all three vote")
        expect(generation(lab, node) == 2, f"{node} is of generation 2")
    expect(status(lab, "n3")["recovered"]["left_out"] == [], "nobody is left out any more")


@needs(**MEMBERS)
def test_recover_quorum_is_refused_while_others_live(lab: Lab) -> None:
    await_all(lab, "alive")
    refused(lab.run("n1", *RECOVER), "coordinates")
    refused(lab.run("n1", *RECOVER, *FOR_REAL), "coordinates")
    lab.kill("n3")
    await_verdict(lab, ["n1"], "n3", "lost")
    answer = lab.run("n1", *RECOVER, *FOR_REAL)
    expect(answer.code == 1, f"two of three are a majority: exit code {answer.code}")
    expect("error" in order(lab), "the daemon refuses, whoever asks")
    expect(generation(lab, "n1") == 1 and generation(lab, "n2") == 1, "nothing has changed")
    expect(not (state_folder(lab, "n1") / "recover").exists(), "nothing is left behind")


@needs(**MEMBERS, bound=400.0)
def test_recovery_goes_on_where_it_was_killed(lab: Lab) -> None:
    lose_majority(lab)
    for wrong in ({"cluster": "prod"}, {"generation": 2}, {"entry": 1}):
        expect("error" in order(lab, **wrong), f"another cluster than was shown: {wrong}")
    order(lab)
    marker = state_folder(lab, "n1") / "recover"
    expect(marker.exists(), "it is confirmed, and nothing has begun")
    # The power fails: whoever boots later may meet a majority again, so it is given up.
    lab.kill("n1")
    lab.start("n1")
    expect(generation(lab, "n1") == 1, "the old generation goes on after a boot")
    expect(not marker.exists(), "what was confirmed is gone")
    eventually(lambda: "given up" in lab.log("n1"), "the log says so")
    eventually(lambda: ledger(lab, "n1")["recovery"]["possible"], "it listens again")
    order(lab)
    again = lab.must("n1", *RECOVER, *FOR_REAL)
    expect("confirmed before" in again.err, f"the same command goes on: {again.err!r}")
    is_alone_in_generation_2(lab)
    expect(not marker.exists(), "and it is done")


def damaged_copies(good: str) -> dict[str, tuple[str, str]]:
    """Backups that are none, with the word that their refusal has."""
    middle = len(good) // 2
    flipped = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    return {
        "cut off": (good[:middle], "cut off"),
        "a changed letter": (flipped, "changed"),
        "a later version": (good.replace("backup 1\n", "backup 2\n", 1), "version"),
        "something else": ("hello\n", "no file of"),
    }


@needs(nodes=3, members="ledger", bound=600.0)
def test_backup_and_restore(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.must("n1", "inquest", "maintenance", "on", "n3")
    file = "/var/lib/inquest/kept.backup"
    kept = state_folder(lab, "n1") / "kept.backup"
    lab.must("n1", "inquest", "ledger", "backup", file)
    expect(kept.stat().st_mode & 0o777 == 0o600, "a backup is for root alone")
    good = kept.read_text()
    expect("cluster=lab generation=1" in good, "its head is for people")
    restore = ("inquest", "ledger", "restore", file)
    refused(lab.run("n1", *restore, *FOR_REAL), "ledger.db")

    lab.kill("n1")
    for part in state_folder(lab, "n1").glob("ledger.db*"):
        part.unlink()
    lab.start("n1")
    await_all(lab, "alive")
    refused(lab.run("n1", "inquest", "arm"), "lost its ledger")
    refused(lab.run("n1", *restore, *FOR_REAL), "hears n2, n3")
    for node in OTHERS:
        lab.kill(node)
    for what, (text, word) in damaged_copies(good).items():
        kept.write_text(text)
        answer = lab.run("n1", *restore)
        expect(word in answer.err and answer.code == 1, f"{what}: {answer}")
    kept.write_text(good)
    eventually(lambda: lab.run("n1", *restore).code == 0, "n1 hears nobody any more")
    refused(lab.run("n1", *restore, "--for-real", "--confirm", "prod"), "nothing was changed")
    refused(lab.run("n1", *restore, "--node", "n2"), "n1")
    lab.must("n1", *restore, *FOR_REAL)
    is_alone_in_generation_2(lab)
    lab.must("n1", *restore, *FOR_REAL)
    for node in OTHERS:
        lab.start(node)
        eventually(lambda n=node: status(lab, n)["removed"], f"{node} is told that it was removed")
        lab.must(node, "inquest", "reset-node", "--yes")
        lab.join("n1", node)
    await_all(lab, "alive")


@needs(nodes=2, members="nobody")
def test_a_bare_host_takes_over_from_a_backup(lab: Lab) -> None:
    plan = lab.record().plan
    lab.must("n1", "inquest", "init", "--cluster", "lab", "--node", "n1", *plan.fated("n1"))
    lab.must("n1", "inquest", "ledger", "backup", "/var/lib/inquest/kept.backup")
    good = (state_folder(lab, "n1") / "kept.backup").read_text()
    (state_folder(lab, "n2") / "kept.backup").write_text(good)
    refused(lab.run("n2", "inquest", "ledger", "restore", "/var/lib/inquest/kept.backup"), "--node")
    taken = lab.run(
        "n2", *("inquest", "ledger", "restore", "/var/lib/inquest/kept.backup"),
        *("--node", "n1", *FOR_REAL),
    )
    refused(taken, "addresses")
    lab.must("n1", "inquest", "reset-node", "--yes")
    (state_folder(lab, "n1") / "kept.backup").write_text(good)
    lab.must(
        "n1", *("inquest", "ledger", "restore", "/var/lib/inquest/kept.backup"),
        *("--node", "n1", *FOR_REAL),
    )
    expect(generation(lab, "n1") == 2, "the cluster goes on")
    lab.join("n1", "n2")
    await_all(lab, "alive")


def fingerprint(file: FilePath) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def refuses_to_start(lab: Lab, node: str, word: str) -> None:
    """inquestd ends with one clear line, and the ledger is as it was."""
    file = state_folder(lab, node) / "ledger.db"
    before = fingerprint(file)
    answer: Output = lab.run(node, "inquestd")
    expect(answer.code == 1, f"it does not start: exit code {answer.code}")
    errors = [line for line in answer.err.splitlines() if "ledger.db" in line]
    expect(len(errors) == 1, f"one line about the ledger, please: {answer.err!r}")
    expect(word in errors[0], f"it says {word!r}: {errors[0]!r}")
    expect(fingerprint(file) == before, "the file is as it was")


@needs(nodes=1, members="ledger")
def test_a_damaged_or_foreign_ledger_is_refused_and_kept(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.stop_daemon("n1")
    file = state_folder(lab, "n1") / "ledger.db"
    good = file.read_bytes()
    middle = len(good) // 2
    for what, data, word in (
        ("truncated", good[: middle // 4096 * 4096], "invite it anew"),
        ("empty", b"", "invite it anew"),
        ("no database", b"hello" * 1000, "no SQLite database"),
        ("foreign", good[:68] + b"\\0\\0\\0\\0" + good[72:], "move it aside"),
    ):
        file.write_bytes(data)
        refuses_to_start(lab, "n1", word)
        expect(file.read_bytes() == data, f"{what}: nothing is mended in secret")
    file.write_bytes(good)
    lab.must("n1", "sh", "-c", "setsid inquestd </dev/null >>/var/log/inquestd.log 2>&1 &")
    eventually(lambda: lab.run("n1", "inquest", "status").code == 0, "the sound one is taken")
