"""A node that is lost is switched off by its BMC, through the real agent: proof, and no guess; and
what merely looks like a loss switches nobody off."""

from __future__ import annotations

import json
import time
from pathlib import Path

from agreed import coordinator
from bmc import Bmc
from check import await_all, await_verdict, eventually, events, expect, needs, stays
from fencing import bmcs, make_fenced_cluster, members
from laboratory import Lab
from test_condemnations import agreed, condemned, cut_off
from watchdog import inside

RACK = {"nodes": 4, "members": "nobody", "profile": "fast"}
LEVELS = '["{}", "operator"]'


def ready(lab: Lab, machines: dict[str, Bmc], levels: str = LEVELS) -> None:
    make_fenced_cluster(lab, machines, levels)
    await_all(lab, "alive", members(lab))
    eventually(
        lambda: sum("began incarnation" in said for said in agreed(lab, "n1")) >= 3,
        "all have told of their boot",
    )


def switched_off(machines: dict[str, Bmc]) -> list[str]:
    return [node for node, bmc in machines.items() if bmc.switched]


@needs(**RACK, bound=420.0)
def test_fence_a_cut_off_node_is_switched_off_by_its_bmc(lab: Lab) -> None:
    with bmcs(lab) as machines:
        ready(lab, machines)
        began = time.time()
        cut_off(lab, "n3")
        await_verdict(lab, ["n1", "n2"], "n3", "fenced")
        took = time.time() - began
        expect(not machines["n3"].power, "its power is gone")
        expect(not lab.record().nodes["n3"].running(), "and the machine with it")
        expect(switched_off(machines) == ["n3"], f"of nobody else: {switched_off(machines)}")
        expect(
            [what for _, what in machines["n3"].switched] == ["off"],
            f"it was switched once: {machines['n3'].switched}",
        )
        off_after = machines["n3"].switched[0][0] - began
        print(f"  cut -> BMC told {off_after:.2f} s -> fenced, known to all {took:.2f} s (fast)")
        said = agreed(lab, "n1")
        order = [
            next(i for i, text in enumerate(said) if text.startswith(begins))
            for begins in ("condemned n3", "attempt 1 to switch n3 off begins: bmc-n3 by")
        ]
        done = next(i for i, text in enumerate(said) if text.startswith("bmc-n3 has switched n3"))
        expect(order == sorted(order) and order[-1] < done, f"each after the one before: {said}")
        text = lab.run("n2", "inquest", "explain", "n3").out
        expect("a fence device has switched it off, and sees it off" in text, f"why: {text}")
        expect("switched off by a fence device" in lab.run("n1", "inquest", "status").out, "status")
        machines["n3"].power = True
        lab.heal_all()
        lab.start("n3")
        await_all(lab, "alive", members(lab))


@needs(**RACK, bound=420.0)
def test_fence_secrets_stay_where_they_are(lab: Lab) -> None:
    with bmcs(lab) as machines:
        ready(lab, machines)
        lab.kill("n3")
        await_verdict(lab, ["n1", "n2"], "n3", "fenced")
        for node in ("n1", "n2"):
            told = json.dumps(events(lab, node))
            told += lab.run(node, "inquest", "config", "show").out
            told += lab.run(node, "inquest", "explain", "n3", "--json").out
            told += lab.run(node, "inquest", "status", "--json").out
            told += lab.log(node)
            told += Path(inside(lab, node, "/var/log/inquest-fenced.log")).read_text()
            expect("let-me-in" not in told, f"{node} tells nobody the password")


@needs(**RACK, bound=420.0)
def test_fence_nobody_for_a_switch_a_cable_or_the_bmcs_network(lab: Lab) -> None:
    with bmcs(lab) as machines:
        ready(lab, machines)

        def nobody() -> list[str]:
            return switched_off(machines) + [
                f"{node} is condemned"
                for node in members(lab)
                for observer in members(lab)
                if node != observer and condemned(lab, observer, node)
            ]

        for what, fault, mend in (
            ("a switch", lambda: lab.cut_switch("sw-a"), lambda: lab.heal_switch("sw-a")),
            ("one cable", lambda: lab.unplug("n3", "lan-a"), lambda: lab.plug("n3", "lan-a")),
            ("the BMCs' network", lambda: lab.cut("n4", "lan-*"), lambda: lab.heal("n4", "lan-*")),
            ("the BMCs' switch", lambda: lab.cut_switch("sw-b"), lambda: lab.heal_switch("sw-b")),
        ):
            fault()
            stays(lab, 3.0, nobody, f"{what} is no reason to switch anybody off")
            mend()
            await_all(lab, "alive", members(lab))


@needs(**RACK, bound=420.0)
def test_fence_a_dead_bmc_is_told_of_and_a_person_ends_the_wait(lab: Lab) -> None:
    with bmcs(lab) as machines:
        ready(lab, machines)
        machines["n3"].pull_out()
        lab.kill("n3")
        eventually(
            lambda: any("bmc-n3 has not switched n3 off" in said for said in agreed(lab, "n1")),
            "the device's failure is agreed on",
            bound=120.0,
        )
        text = lab.run("n1", "inquest", "explain", "n3").out
        expect("bmc-n3 failed, asked by" in text, f"explain says what failed: {text}")
        expect("inquest confirm-off n3" in text, f"and what ends it: {text}")
        expect("bmc-n3 failed" in lab.run("n2", "inquest", "status").out, "status says so too")
        stays(
            lab,
            2.0,
            lambda: (condemned(lab, "n2", "n3") or {}).get("receipt"),
            "nothing is proven by waiting",
        )
        lab.must("n1", "inquest", "confirm-off", "n3", text="n3\n")
        await_verdict(lab, ["n1", "n2"], "n3", "fenced")


@needs(**RACK, bound=420.0)
def test_fence_is_taken_over_when_its_coordinator_dies(lab: Lab) -> None:
    with bmcs(lab, off_takes=4.0) as machines:
        ready(lab, machines)
        leader = coordinator(lab, members(lab))
        others = [node for node in members(lab) if node != leader]
        lost, heir = others
        lab.kill(lost)
        eventually(lambda: machines[lost].switched, "the BMC is told")
        lab.stop_daemon(leader)
        lab.start(leader)
        await_verdict(lab, [heir], lost, "fenced", bound=120.0)
        expect(switched_off(machines) == [lost], f"nobody else: {switched_off(machines)}")
        expect(len(machines[lost].switched) <= 2, f"not again and again: {machines[lost].switched}")


@needs(**RACK, bound=420.0)
def test_fence_without_inquest_fenced_fails_at_once_and_says_so(lab: Lab) -> None:
    with bmcs(lab) as machines:
        ready(lab, machines)
        for node in ("n1", "n2"):
            lab.must(node, "sh", "-c", "kill $(pidof inquest-fenced)")
            eventually(
                lambda n=node: lab.run(n, "pidof", "inquest-fenced").code == 1, "it has ended"
            )
        lab.kill("n3")
        eventually(
            lambda: any("inquest-fenced does not listen" in said for said in agreed(lab, "n1")),
            "that it does not run is why it failed",
        )
        expect(switched_off(machines) == [], "nobody was asked")
