#!/usr/bin/python3
"""Does the argument why no guest runs twice hold, and is each of its rules needed?

    model.py --build BUILD --quick          the small configurations, and every dropped rule
    model.py --build BUILD --full           the large configurations as well
    model.py --build BUILD --only NAME      one configuration or dropped rule (may be repeated)
    model.py --build BUILD --trail NAME     ... and the steps of its counterexample
    model.py --list                         what there is

A configuration must hold and must get as far as Y starting the guest; a dropped rule must break the
invariant that it is said to break. Ends with `N passed, M failed`.
"""

from __future__ import annotations

import argparse
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import search
from configurations import CONFIGURATIONS, DROPPED, INVARIANTS, Configuration, Dropped

ROOT = Path(__file__).resolve().parents[2]


def base_of(dropped: Dropped) -> Configuration:
    return next(one for one in CONFIGURATIONS if one.name == dropped.base)


def verdict_of(result: search.Result) -> str:
    if result.broken:
        return f"FAILED: invariant {INVARIANTS[result.broken]} breaks at {result.broken_depth}"
    if not result.y_started:
        return "FAILED: shows nothing, for Y never starts the guest"
    return f"holds up to {result.bound}" if result.bound else "holds, every state seen"


def judge_configuration(build: Path, one: Configuration) -> tuple[bool, str]:
    result = search.search(build / "model" / one.name, one.defines)
    verdict = verdict_of(result)
    figures = f"{result.states:>9} states  depth {result.depth:>4}  {result.seconds:6.1f} s"
    line = f"  {one.name:<12} {figures}  {verdict}\n      {one.what}"
    return not verdict.startswith("FAILED"), line


def judge_dropped(build: Path, one: Dropped) -> tuple[bool, str]:
    defines = (*base_of(one).defines, one.switch)
    result = search.search(build / "model" / one.name, defines, search.TRAIL_DEPTH_MAX)
    found = f"invariant {INVARIANTS[result.broken]}" if result.broken else "no counterexample"
    good = result.broken == one.breaks
    wanted = "" if good else f"  FAILED: expected invariant {INVARIANTS[one.breaks]}"
    where = f" at depth {result.broken_depth}" if result.broken else ""
    line = f"  {one.name:<28} {found}{where} ({result.seconds:.1f} s)  {one.what}{wanted}"
    return good, line


def judge(build: Path, one: Configuration | Dropped) -> tuple[bool, str]:
    try:
        if isinstance(one, Configuration):
            return judge_configuration(build, one)
        return judge_dropped(build, one)
    except search.Failure as failure:
        return False, f"  {one.name}: FAILED: {failure}"


def show(title: str, build: Path, ones: list, jobs: int) -> list[bool]:
    if not ones:
        return []
    print(title, flush=True)
    verdicts = []
    with ThreadPoolExecutor(jobs) as pool:
        for good, line in pool.map(lambda one: judge(build, one), ones):
            print(line, flush=True)
            verdicts.append(good)
    return verdicts


def chosen(args: argparse.Namespace) -> tuple[list[Configuration], list[Dropped]]:
    names = [*args.only, *([args.trail] if args.trail else [])]
    if not names:
        return [one for one in CONFIGURATIONS if one.quick or args.full], list(DROPPED)
    everything = {one.name: one for one in (*CONFIGURATIONS, *DROPPED)}
    for name in names:
        if name not in everything:
            sys.exit(f"model: {name}: no configuration or rule: --list has their names")
    ones = [everything[name] for name in names]
    return (
        [one for one in ones if isinstance(one, Configuration)],
        [one for one in ones if isinstance(one, Dropped)],
    )


def print_trail(folder: Path) -> None:
    """The steps, with where they stand in the model; what is only counting is left out."""
    for line in search.trail(folder).splitlines():
        step = re.search(r"proc\s+\d+ \((\w+):\d+\) (\w+\.pml:\d+) .*\[(.*)\]", line)
        if step and not re.search(r"\b[ike]_|count_|size_|mask_|good_", step.group(3)):
            print(f"    {step.group(1):<12} {step.group(2):<16} {step.group(3)}")


def print_list() -> None:
    for one in CONFIGURATIONS:
        print(f"{one.name:<28} {'quick' if one.quick else 'full'}: {one.what}")
    for one in DROPPED:
        print(f"{one.name:<28} of {one.base}: {one.what}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev model", description=__doc__.splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="the small configurations (the default)")
    size.add_argument("--full", action="store_true", help="the large configurations as well")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="it alone")
    parser.add_argument("--trail", metavar="NAME", help="it, and its counterexample's steps")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--jobs", type=int, default=1, help="searches at once, 4 GB each (1)")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.list:
        print_list()
        return 0
    configurations, dropped = chosen(args)
    good = show("configurations: the invariants hold", args.build, configurations, args.jobs)
    good += show("each rule dropped: a counterexample", args.build, dropped, args.jobs)
    if args.trail:
        print_trail(args.build / "model" / args.trail)
    print(f"{good.count(True)} passed, {good.count(False)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
