"""The lab does what it says: a test of Inquest in a lab that cuts nothing would prove nothing.

Here small probes stand in for the daemons. Whether a cut holds is judged against a pair that is
not cut: as soon as that one has got through ten times more, the cut one must not have at all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path as FilePath

import power
from check import eventually, expect, needs
from laboratory import Lab, leftovers
from record import ROOT, folder

Pair = tuple[str, str, str]  # receiver, sender, path


def start_probes(lab: Lab) -> None:
    for node in lab.record().plan.node_names():
        start_probe(lab, node)


def start_probe(lab: Lab, node: str) -> None:
    lab.run(
        node,
        "sh",
        "-c",
        f"setsid {power.TOOLS_INSIDE}/probe.py </dev/null >>/var/log/probe.log 2>&1 &",
    )


def heard(lab: Lab, pair: Pair) -> int:
    receiver, sender, path = pair
    try:
        text = (power.home(lab.record(), receiver) / "log/heard.json").read_text()
    except FileNotFoundError:
        return 0
    return json.loads(text).get(f"{sender} {path}", 0)


def await_flow(lab: Lab, *pairs: Pair) -> None:
    """Each pair gets through ten times more, from now on."""
    before = {pair: heard(lab, pair) for pair in pairs}
    eventually(
        lambda: all(heard(lab, p) >= before[p] + 10 for p in pairs),
        f"flow on {pairs}",
        seen=lambda: {p: heard(lab, p) - before[p] for p in pairs},
    )


def expect_cut(lab: Lab, control: Pair, *pairs: Pair) -> None:
    """What was under way when the cut was made may still arrive; after that, nothing."""
    await_flow(lab, control)
    before = {pair: heard(lab, pair) for pair in pairs}
    await_flow(lab, control)
    for pair in pairs:
        expect(heard(lab, pair) == before[pair], f"{pair} is cut, but got through")


@needs(nodes=3, paths=2, bare=True)
def test_switches_and_cuts(lab: Lab) -> None:
    start_probes(lab)
    await_flow(
        lab,
        *[
            (r, s, p)
            for r in ("n1", "n2", "n3")
            for s in ("n1", "n2", "n3")
            if r != s
            for p in ("lan-a", "lan-b")
        ],
    )
    lab.cut("n1", "lan-*", "in", "n3")
    expect_cut(lab, ("n3", "n1", "lan-a"), ("n1", "n3", "lan-a"), ("n1", "n3", "lan-b"))
    await_flow(lab, ("n3", "n1", "lan-b"), ("n1", "n2", "lan-a"), ("n2", "n3", "lan-a"))
    lab.heal("n1", "lan-*", "in", "n3")
    await_flow(lab, ("n1", "n3", "lan-a"), ("n1", "n3", "lan-b"))
    lab.cut("n2", "lan-a", "out")
    expect_cut(lab, ("n2", "n1", "lan-a"), ("n1", "n2", "lan-a"), ("n3", "n2", "lan-a"))
    lab.cut_switch("sw-b", silent=True)
    expect_cut(lab, ("n2", "n1", "lan-a"), ("n2", "n1", "lan-b"), ("n1", "n3", "lan-b"))
    expect("NO-CARRIER" not in link(lab, "n1", "eth1"), "a silent switch keeps the carrier up")
    lab.cut_switch("sw-b")
    eventually(
        lambda: "NO-CARRIER" in link(lab, "n1", "eth1"),
        "a switch that is off takes the carrier away",
    )
    lab.heal_all()
    await_flow(lab, ("n1", "n2", "lan-a"), ("n3", "n1", "lan-b"))


def link(lab: Lab, node: str, interface: str) -> str:
    return lab.run(node, "ip", "-o", "link", "show", interface).out


@needs(nodes=2, paths=3, bare=True, ipv6=True)
def test_ipv6_paths_and_cuts(lab: Lab) -> None:
    start_probes(lab)
    await_flow(
        lab,
        *[(r, s, p) for r, s in (("n1", "n2"), ("n2", "n1")) for p in ("lan-a", "lan-b", "lan-c")],
    )
    lab.cut("n1", "lan-c", "in")
    expect_cut(lab, ("n2", "n1", "lan-c"), ("n1", "n2", "lan-c"))


@needs(nodes=2, paths=2, bare=True)
def test_loss_thins_one_direction(lab: Lab) -> None:
    start_probes(lab)
    await_flow(lab, ("n1", "n2", "lan-a"), ("n2", "n1", "lan-a"))
    lab.loss("n1", "lan-a", 50, "in")
    lost, whole = ("n1", "n2", "lan-a"), ("n1", "n2", "lan-b")
    before = heard(lab, lost), heard(lab, whole)
    eventually(lambda: heard(lab, whole) >= before[1] + 200, "200 frames on the undisturbed path")
    share = (heard(lab, lost) - before[0]) / (heard(lab, whole) - before[1])
    expect(0.25 < share < 0.75, f"half of the frames should get through, {share:.0%} did")
    lab.loss("n1", "lan-a", 0)
    expect(not lab.record().losses, "a loss of 0 ends it")


@needs(nodes=2, paths=1, bare=True)
def test_power_and_pause(lab: Lab) -> None:
    start_probes(lab)
    await_flow(lab, ("n1", "n2", "lan-a"), ("n2", "n1", "lan-a"))
    boot_id = lab.run("n2", "cat", "/etc/inquest/boot-id").out
    lab.pause("n2")
    before = heard(lab, ("n1", "n2", "lan-a"))
    eventually(lambda: still(lab, ("n1", "n2", "lan-a")), "a paused node says nothing")
    lab.resume("n2")
    await_flow(lab, ("n1", "n2", "lan-a"))
    expect(heard(lab, ("n1", "n2", "lan-a")) > before, "a resumed node goes on")
    lab.kill("n2")
    expect(not power.daemon_ids(lab.record(), "n2"), "nothing of a killed node runs on")
    expect("NO-CARRIER" not in link(lab, "n1", "eth0"), "the switch of a killed node stays on")
    lab.start("n2")
    expect(
        lab.run("n2", "cat", "/etc/inquest/boot-id").out != boot_id, "each boot has its own boot id"
    )
    start_probe(lab, "n2")
    await_flow(lab, ("n1", "n2", "lan-a"), ("n2", "n1", "lan-a"))


def still(lab: Lab, pair: Pair) -> bool:
    """Nothing more arrives, while the receiver itself goes on (its file is rewritten)."""
    file = power.home(lab.record(), pair[0]) / "log/heard.json"
    count, written = heard(lab, pair), file.stat().st_mtime_ns
    eventually(lambda: file.stat().st_mtime_ns > written + 300_000_000, "the receiver goes on")
    return heard(lab, pair) == count


@needs(nodes=2, paths=2, bare=True)
def test_pulled_card_comes_back(lab: Lab) -> None:
    lab.unplug("n1", "lan-b")
    expect(lab.run("n1", "ip", "link", "show", "eth1").code != 0, "eth1 is gone")
    lab.plug("n1", "lan-b")
    start_probes(lab)
    await_flow(lab, ("n1", "n2", "lan-b"), ("n2", "n1", "lan-b"))


@needs(nodes=2, paths=1, bare=True)
def test_every_mistake_gets_one_line(lab: Lab) -> None:
    """Exit code 2 for what does not exist, 1 for what does not go now; never a Python traceback."""
    rows = [
        (["cut", "sw-z"], 2),
        (["cut", "n9", "lan-a"], 2),
        (["cut", "n1", "lan-z"], 2),
        (["cut", "n1"], 2),
        (["cut", "sw-a", "--in"], 2),
        (["cut", "n1", "lan-a", "--from", "n1"], 2),
        (["loss", "n1", "lan-a", "101"], 2),
        (["loss", "n1", "lan-a", "many"], 2),
        (["kill", "n3"], 2),
        (["exec", "n1"], 2),
        (["exec", "n9", "--", "true"], 2),
        (["up", "--nodes", "33"], 2),
        (["up", "--paths", "0"], 2),
        (["up", "--vms"], 2),
        (["up", "--timing", "beat_interval"], 2),
        (["up", "--profile", "slow"], 2),
        (["resume", "n1"], 1),
        (["start", "n1"], 1),
        (["up", "--bare"], 1),
        (["dance"], 2),
        (["exec", "n1", "--", "sh", "-c", "exit 5"], 5),
    ]
    for words, code in rows:
        done = call(lab.name, words)
        expect(
            done.returncode == code,
            f"lab {words}: exit code {done.returncode}, not {code}: {done.stderr}",
        )
        expect("Traceback" not in done.stderr, f"lab {words}: {done.stderr}")
        if code in (1, 2):
            lines = [l for l in done.stderr.splitlines() if not l.startswith(("usage:", " "))]
            expect(len(lines) == 1, f"lab {words}: one line, please: {done.stderr}")


def call(name: str, words: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(power.TOOLS / "lab.py"), "--name", name, *words],
        capture_output=True,
        text=True,
        timeout=120,
    )


@needs(nodes=2, paths=1, bare=True)
def test_down_leaves_nothing(lab: Lab) -> None:
    """After a broken `up`, with a frozen node, without a record, twice."""
    other = f"{lab.name}x"
    for spoil in (
        lambda: None,
        lambda: expect(call(other, ["pause", "n1"]).returncode == 0, "pause"),
        lambda: (folder(other) / "state.json").unlink(),
        lambda: (folder(other) / "state.json").write_text("{"),
    ):
        expect(
            call(other, ["up", "--bare", "--nodes", "2"]).returncode == 0, "the second lab comes up"
        )
        spoil()
        for _ in range(2):
            expect(call(other, ["down"]).returncode == 0, "down")
        expect_nothing_left(other)
    kill_while_building(other)
    expect(
        call(other, ["up", "--bare"]).returncode == 0, "up clears away what a killed up has left"
    )
    expect(call(other, ["down"]).returncode == 0, "down after that")
    expect_nothing_left(other)
    expect((ROOT / lab.name).exists(), "the other lab is untouched")


def kill_while_building(name: str) -> None:
    building = subprocess.Popen(
        [
            sys.executable,
            str(power.TOOLS / "lab.py"),
            "--name",
            name,
            "up",
            "--bare",
            "--nodes",
            "32",
            "--paths",
            "8",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: len(leftovers(name)) > 10, "the lab is being built")
    building.kill()
    building.wait()


def expect_nothing_left(name: str) -> None:
    expect(not leftovers(name), f"processes are left: {leftovers(name)}")
    expect(not folder(name).exists(), f"{folder(name)} is left")
    groups = [
        d
        for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/freezer")
        if os.path.isdir(top)
        for d in os.listdir(top)
        if d == f"inquest-lab-{name}"
    ]
    expect(not groups, f"control groups are left: {groups}")
    mounts = [
        line for line in FilePath("/proc/mounts").read_text().splitlines() if str(ROOT) in line
    ]
    expect(not mounts, f"mounts are left: {mounts}")
