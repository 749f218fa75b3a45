#!/usr/bin/python3
"""Would the tests notice a bug in core or ledger? Plants one after the other and looks who cries.

    mutants.py --check                       each mutant of the lists still fits the tree
    mutants.py --build BUILD                 ... and builds one program that has them all
    mutants.py --build BUILD --run           ... and looks for the first killer of each
    mutants.py --build BUILD --every-killer  ... and for all of them, to judge the suite

BUILD is a build folder of the tree in which `inquest-sim` has been built: the mutated program must
run like that one while no mutant is switched on. Survivors are failures: exit code 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import entries
import hunt
import program

HERE = Path(__file__).resolve().parent
LISTS = ("core.mutants", "ledger.mutants", "agreement.mutants")
COMPARED_SEEDS = 3
SENTENCE_COLUMNS = 100


def trace(binary: Path) -> bytes:
    words = [str(binary), "swarm", "--seeds", str(COMPARED_SEEDS), "--trace"]
    done = subprocess.run(words, capture_output=True, check=False, cwd="/")
    if done.returncode != hunt.HELD or not done.stdout:
        raise hunt.Failure(f"{' '.join(words)}:\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def runs_like_the_real_one(binary: Path, real: Path) -> None:
    if not real.is_file():
        raise hunt.Failure(f"{real}: is not there: build the target inquest-sim first")
    if trace(binary) != trace(real):
        raise hunt.Failure(
            f"{binary.name} without a mutant does not run like {real}: is that one up to date? "
            "Otherwise a mutant does something although it is switched off"
        )


def sound_trials(args: argparse.Namespace, binary: Path) -> tuple[hunt.Hunt, list[str]]:
    """All trials but those that complain without a mutant, and these as complaints."""
    trials = hunt.scenarios(args.scenarios) + hunt.timelines(args.root / "tests/seeds")
    trials += hunt.seeds(args.seeds) + hunt.lives(args.lives)
    everything = hunt.Hunt(binary, trials, args.jobs)
    alarms = everything.false_alarms()
    useless = {alarm.trial for alarm in alarms}
    kept = [trial for trial in trials if trial not in useless]
    said = [f"{alarm}, without any mutant: it can kill nothing" for alarm in alarms]
    return hunt.Hunt(binary, kept, args.jobs), said


def row(mutant: entries.Mutant, killed_by: str) -> str:
    sentence = textwrap.shorten(mutant.sentence, SENTENCE_COLUMNS, placeholder=" ...")
    return f"{mutant.name:32} | {killed_by:58} | {sentence}"


def first_killers(hunting: hunt.Hunt, mutants: list[entries.Mutant]) -> list[str]:
    survivors: list[str] = []
    found = hunting.first_killers([mutant.name for mutant in mutants])
    for mutant, killer in zip(mutants, found):
        print(row(mutant, str(killer) if killer else "SURVIVED"), flush=True)
        if not killer:
            survivors.append(mutant.name)
    return survivors


def every_killer(hunting: hunt.Hunt, mutants: list[entries.Mutant]) -> list[str]:
    survivors: list[str] = []
    kills: Counter[str] = Counter()
    only: dict[str, list[str]] = {}
    for mutant, killers in zip(mutants, hunting.all_killers([each.name for each in mutants])):
        hows = Counter(killer.how for killer in killers)
        told = ", ".join(f"{count} {how}" for how, count in hows.most_common())
        print(row(mutant, f"{len(killers)}: {told}" if killers else "SURVIVED"), flush=True)
        kills.update(killer.trial.name for killer in killers)
        if len(killers) == 1:
            only.setdefault(killers[0].trial.name, []).append(mutant.name)
        if not killers:
            survivors.append(mutant.name)
    print("\nWhat each trial kills; in brackets what nothing else kills:")
    for trial in hunting.trials:
        alone = f" ({', '.join(only[trial.name])})" if trial.name in only else ""
        print(f"{kills[trial.name]:4} {trial.name}{alone}")
    return survivors


def chosen(mutants: list[entries.Mutant], names: list[str]) -> list[entries.Mutant]:
    known = {mutant.name for mutant in mutants}
    for name in names:
        if name not in known:
            raise entries.Fault(f"--only {name}: there is no such mutant")
    return [mutant for mutant in mutants if not names or mutant.name in names]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=HERE.parent.parent)
    parser.add_argument("--check", action="store_true", help="only look whether each entry fits")
    parser.add_argument("--build", type=Path, help="build folder of the tree")
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--every-killer", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="MUTANT")
    parser.add_argument("--real", type=Path, help="the real simulator; default BUILD/bin")
    parser.add_argument("--scenarios", type=Path, help="default: tests/scenarios of the tree")
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--lives", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    if not args.check and not args.build:
        parser.error("--check or --build is needed")
    args.scenarios = args.scenarios or args.root / "tests/scenarios"
    return args


def carry_out(args: argparse.Namespace) -> int:
    mutants = entries.read_all(HERE / name for name in LISTS)
    entries.applied(args.root, mutants)
    print(f"{len(mutants)} mutants fit the tree")
    if args.check:
        return 0
    build = args.build.resolve()
    binary = program.build(args.root, build / "mutants", mutants, args.jobs)
    if not args.run and not args.every_killer:
        return 0
    runs_like_the_real_one(binary, args.real or build / "bin/inquest-sim")
    hunting, complaints = sound_trials(args, binary)
    wanted = chosen(mutants, args.only)
    survivors = (every_killer if args.every_killer else first_killers)(hunting, wanted)
    complaints += [f"{name} survived: the suite would not notice it" for name in survivors]
    print(f"\n{len(wanted) - len(survivors)} of {len(wanted)} mutants killed by "
          f"{len(hunting.trials)} trials")
    for complaint in complaints:
        print(f"mutants: {complaint}", file=sys.stderr)
    # An alarm without a mutant is a failure too; a survivor is one by its complaint.
    print(f"{len(wanted) - len(survivors)} passed, {len(complaints)} failed")
    return 1 if complaints else 0


def main() -> int:
    try:
        return carry_out(arguments())
    except (entries.Fault, hunt.Failure) as fault:
        print(f"mutants: {fault}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
