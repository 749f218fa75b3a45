#!/usr/bin/python3
"""./dev bench: measures Inquest on this machine, beside FRR's bfdd or corosync wherever these have
the same."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path as FilePath

HERE = FilePath(__file__).resolve().parent
sys.path.append(str(HERE.parent / "netns"))

import accuracy  # noqa: E402
import cluster  # noqa: E402
import cost  # noqa: E402
import detection  # noqa: E402
import loss  # noqa: E402
import simulator  # noqa: E402
from figures import BenchError, Report, Steal, machine_line  # noqa: E402
from laboratory import BINARIES, Lab  # noqa: E402
from pair import LAB  # noqa: E402
from shell import LabError  # noqa: E402

TRIALS = 200
TRIALS_QUICK = 12
PARTS = ("detection", "accuracy", "cost", "memory", "loss")
CLUSTER_PARTS = ("peer", "3", "8", "16")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    benches = top.add_subparsers(dest="bench", required=True, metavar="BENCH")
    beats = benches.add_parser(
        "beats",
        help="detection, false alarms, cost, memory, node loss",
        description="Detection, false alarms, cost, memory and node loss. About 35 minutes, with "
        "--quick about 6. Wants a machine that does nothing else.",
    )
    beats.add_argument("--trials", type=int, metavar="N", help=f"cuts a case (default {TRIALS})")
    agreeing = benches.add_parser(
        "cluster",
        help="commits, a new coordinator, processor time and memory of real clusters",
        description="Commits, a new coordinator, processor time and memory of clusters of 3, 8 and "
        "16 nodes, beside corosync where it is installed. About 12 minutes, with --quick about 5.",
    )
    for bench, names in ((beats, PARTS), (agreeing, CLUSTER_PARTS)):
        bench.add_argument(
            "--quick", action="store_true", help="few and short trials: does it work?"
        )
        bench.add_argument("--json", metavar="FILE", help="write all figures there too")
        bench.add_argument(
            "--only",
            action="append",
            choices=names,
            metavar="NAME",
            help=f"one part: {' '.join(names)}; may be given again",
        )
    decode = benches.add_parser("decode", help="reading a beat, beside a copy with its MAC check")
    simulated = benches.add_parser("sim", help="the simulator's speed, events and memory")
    for bench in (beats, agreeing, decode, simulated):
        bench.add_argument(
            "--bin", default=str(BINARIES), metavar="DIR", help="programs (default build/bin)"
        )
    return top


def parts(arguments: argparse.Namespace, report: Report) -> dict[str, Callable[[], None]]:
    if arguments.bench == "cluster":
        return cluster.parts(report, arguments.bin, arguments.quick)
    quick, binaries = arguments.quick, arguments.bin
    trials = arguments.trials or (TRIALS_QUICK if quick else TRIALS)
    return {
        "detection": lambda: detection.measure(report, binaries, trials),
        "accuracy": lambda: accuracy.measure(report, binaries, 15 if quick else 120, quick),
        "cost": lambda: cost.measure(report, binaries, 4 if quick else 15),
        "memory": lambda: cost.memory(report, binaries, 60_000 if quick else 1_000_000),
        "loss": lambda: loss.measure(report, binaries, quick),
    }


def measured(arguments: argparse.Namespace) -> int:
    """Part after part, each in a lab of its own; a part that fails stops no other."""
    report = Report(peer="corosync" if arguments.bench == "cluster" else "bfdd")
    report.machine.append(machine_line("before"))
    steal = Steal()
    for name, measure in parts(arguments, report).items():
        if arguments.only and name not in arguments.only:
            continue
        begun = time.monotonic()
        print(f"{name} ...", end=" ", flush=True)
        try:
            measure()
        except (BenchError, LabError) as failure:
            report.not_measured.append(f"{name}: {failure}")
        except Exception as failure:
            traceback.print_exc()
            report.not_measured.append(f"{name}: {type(failure).__name__}: {failure}")
        finally:
            Lab(LAB).down()
        print(f"{time.monotonic() - begun:.0f} s", flush=True)
    report.machine.append(f"{machine_line('after')}, {steal.text()}")
    report.print()
    if arguments.json:
        report.write(arguments.json)
    return 1 if report.not_measured else 0


def main() -> int:
    arguments = parser().parse_args()
    arguments.bin = str(FilePath(arguments.bin).resolve())
    if arguments.bench == "decode":
        program = f"{arguments.bin}/inquest-bench-decode"
        os.execv(program, [program])
    if arguments.bench == "sim":
        try:
            return simulator.bench(arguments.bin)
        except BenchError as failure:
            print(f"inquest: bench: {failure}", file=sys.stderr)
            return 1
    if os.geteuid() != 0:
        print("inquest: bench: needs root, for network namespaces: use sudo", file=sys.stderr)
        return 1
    # A polite end takes the lab down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return measured(arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
