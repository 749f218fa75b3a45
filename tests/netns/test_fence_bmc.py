"""The real fence_ipmilan against a simulated BMC, run by a real inquest-fenced in a network of its
own: a power-off and its proof, a BMC that is gone, a wrong password."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import power
from bmc import Bmc
from check import eventually, expect, needs
from fenced import Fenced, Line, device
from laboratory import Lab

HOUSE = Path("/usr/sbin")
ALONE = {"nodes": 1, "paths": 1, "bare": True}


@contextmanager
def stage(lab: Lab, **how: object) -> Iterator[tuple[Fenced, Bmc, Line]]:
    """Both on the loopback of a network that nobody else is in."""
    record = lab.record()
    anchor = record.nodes["n1"].anchor
    assert anchor
    enter = ("nsenter", f"--net=/proc/{anchor.pid}/ns/net")
    env = power.environment(record)
    subprocess.run([*enter, "ip", "link", "set", "lo", "up"], check=True)
    with Bmc(enter=enter, env=env, **how) as bmc, Fenced(
        record.plan.binaries, enter, env
    ) as fenced:
        fenced.stop()
        fenced.start(agents=HOUSE)
        eventually(lambda: fenced.log().count("fenced=ready") == 2, "it serves the real agents")
        fenced.secrets("bmc", f"password={bmc.password}\n")
        fenced.secrets("wrong", "password=guessed\n")
        yield fenced, bmc, fenced.line()


def order(line: Line, bmc: Bmc, what: str, timeout: float = 60, secrets: str = "bmc") -> dict:
    look = {"look_first": False} if what == "off" else {}
    number = line.send(
        what,
        device=device("fence_ipmilan", secrets, "bmc-n3", **bmc.options()),
        node="n3",
        plug="",
        timeout_ms=int(timeout * 1000),
        **look,
    )
    answer = line.answer(number)
    print(f"{what} ({secrets}): {answer['answer']} in {answer['took_ms']} ms: {answer['why']}")
    return answer


def says(answer: dict, word: str) -> None:
    expect(answer["answer"] == word, f"{word}: {answer}")


@needs(**ALONE)
def test_a_bmc_switches_off_and_proves_it(lab: Lab) -> None:
    off_at = []
    with stage(lab, off_takes=1.0, on_off=lambda: off_at.append(1)) as (fenced, bmc, line):
        says(order(line, bmc, "probe"), "ready")
        answer = order(line, bmc, "rehearse")
        says(answer, "ready")
        expect(len(answer["steps"]) == 6, f"with every step: {answer}")
        expect(bmc.power and not bmc.switched, "nothing was switched by asking")
        says(order(line, bmc, "off"), "off")
        expect(not bmc.power and off_at, "and then the machine is off")
        expect([what for _, what in bmc.switched] == ["off"], f"once: {bmc.switched}")
        says(order(line, bmc, "off"), "off")
        expect(len(bmc.switched) == 1, "who is off is not switched again")
        expect(bmc.password not in fenced.log() + str(line.heard), "the password is not told")
        expect(not fenced.children(), "no process is left")


@needs(**ALONE)
def test_a_bmc_that_does_not_do_it(lab: Lab) -> None:
    with stage(lab) as (fenced, bmc, line):
        says(order(line, bmc, "off", 30, "wrong"), "failed")
        expect(bmc.power and not bmc.switched, "a wrong password switches nothing")
        expect("guessed" not in fenced.log() + str(line.heard), "and is not told")
        bmc.on_off = lambda: 1 / 0
        answer = order(line, bmc, "off", 8)
        says(answer, "failed")
        expect(bmc.switched and bmc.power, f"it was told, and stays on: {answer}")
        bmc.pull_out()
        answer = order(line, bmc, "off", 5)
        says(answer, "failed")
        expect(answer["took_ms"] < 60_000, f"within its time, or nearly: {answer}")
        says(order(line, bmc, "probe", 5), "failed")
        expect(not fenced.children(), "no process is left")
        bmc.on_off = None
        bmc.plug_in()
        says(order(line, bmc, "off"), "off")
