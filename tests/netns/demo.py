#!/usr/bin/python3
"""./dev demo: three real nodes, what goes wrong in a network, and what Inquest says of it; then
three bare nodes become a cluster, a fourth one comes, goes and comes again, two of them are
condemned, one loses its daemon, and one resets itself.

The daemons, beats, cuts and the power cut are real, in network namespaces of their own. Takes
about two minutes and leaves nothing behind (with --keep: leaves the lab running).
"""

from __future__ import annotations

import argparse
import signal
import sys

from check import Failed
from demo_life import LIFE
from demo_network import STEPS
from demo_stage import Result, Stage, Step
from laboratory import Lab
from plan import Plan
from shell import LabError

NAME = "demo"
LIFE_NAME = "demolife"


def play(lab: Lab, stage: Stage, steps: list[tuple[str, str, Step]], first: int) -> list[Result]:
    """All steps in order. A step that fails is shown with what was seen; the ones after it still
    run, on a network that is whole again."""
    results = []
    for number, (title, expected, step) in enumerate(steps, first):
        stage.heading(f"{number}. {title}")
        try:
            result = Result(title, expected, *step(lab, stage))
        except (Failed, LabError) as failure:
            result = Result(title, expected, str(failure))
            recover(lab)
        stage.outcome(result)
        results.append(result)
    return results


def play_life(binaries: str, colour: bool, first: int) -> list[Result]:
    """The life of a cluster, on nodes of its own."""
    lab = Lab(LIFE_NAME)
    lab.up(Plan(nodes=4, paths=2, binaries=binaries, members="nobody"))
    try:
        stage = Stage(lab)
        stage.colour = colour
        return play(lab, stage, LIFE, first)
    finally:
        lab.down()


def recover(lab: Lab) -> None:
    lab.heal_all()
    for node, entry in lab.record().nodes.items():
        if entry.paused:
            lab.resume(node)


def summarise(stage: Stage, results: list[Result]) -> None:
    stage.heading("Summary")
    for number, result in enumerate(results, 1):
        word = stage.paint("ok", "32") if result.good else stage.paint("NO", "1;31")
        print(
            f"{number}. {result.step:<30} {word}\n"
            f"     expected  {result.expected}\n     seen      {result.seen}"
            + (f"\n               {result.remark}" if result.remark else "")
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the lab running afterwards")
    parser.add_argument("--bin", default="", metavar="DIR", help="binaries (default build/bin)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lab = Lab(NAME)
    keep = False
    try:
        lab.up(Plan(nodes=3, paths=2, binaries=args.bin, cluster="demo"))
    except LabError as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    try:
        stage = Stage(lab)
        results = play(lab, stage, STEPS, 1)
        results += play_life(args.bin, stage.colour, len(results) + 1)
        summarise(stage, results)
        keep = args.keep
        if keep:
            tell_how_to_go_on(stage)
        return 0 if all(result.good for result in results) else 1
    except KeyboardInterrupt:
        print("\nended; the lab is taken down", file=sys.stderr)
        return 130
    except LabError as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    finally:
        if not keep:
            lab.down()


def tell_how_to_go_on(stage: Stage) -> None:
    stage.heading("The lab is still running")
    for words, does in (
        (f"--name {NAME} start n3", "boot n3 again"),
        (f"--name {NAME} exec n1 -- inquest status --matrix --watch", "look on"),
        (f"--name {NAME} cut n2 lan-a --out", "cut something yourself"),
        (f"--name {NAME} heal all", "and heal it"),
        (f"--name {NAME} down", "take everything away"),
    ):
        print(f"  ./dev lab {words:<58}# {does}")


if __name__ == "__main__":
    sys.exit(main())
