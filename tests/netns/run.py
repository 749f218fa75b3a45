#!/usr/bin/python3
"""./dev test netns: runs the tests of this folder, one after the other, each with a lab of its own.

Every test runs in a process of its own, so that one which hangs is ended at its bound and its lab
is taken down all the same. On failure the nodes' logs are shown.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path as FilePath

from check import Failed, Needs, plan_of
from laboratory import Lab
from record import ROOT
from shell import LabError

HERE = FilePath(__file__).resolve().parent
LOG_LINES = 40


def discover() -> dict[str, Callable]:
    """All tests by name (`verdicts.kill_is_lost`), slow ones last."""
    found: dict[str, Callable] = {}
    for file in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(file.stem)
        for name, value in vars(module).items():
            if name.startswith("test_") and getattr(value, "__module__", "") == file.stem:
                found[f"{file.stem.removeprefix('test_')}.{name.removeprefix('test_')}"] = value
    return dict(sorted(found.items(), key=lambda item: wanted(item[1]).slow))


def wanted(test: Callable) -> Needs:
    return getattr(test, "needs", Needs())


def run_one(name: str, binaries: str) -> int:
    """The child: lab up, test, lab down."""
    # A polite end must run the teardown below; the parent sends it before it becomes impolite.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    test = discover()[name]
    lab = Lab(f"t{os.getppid()}")
    try:
        lab.up(plan_of(test, binaries))
        test(lab)
        return 0
    except (Failed, LabError) as failure:
        print(f"{place_in_test(failure)}: {failure}", file=sys.stderr)
        show_logs(lab)
        return 1
    except Exception:
        traceback.print_exc()
        show_logs(lab)
        return 1
    finally:
        lab.down()


def place_in_test(failure: Exception) -> str:
    """The innermost line of a test file that led to the failure."""
    frames = traceback.extract_tb(failure.__traceback__)
    lines = [f for f in frames if FilePath(f.filename).name.startswith("test_")]
    return (
        f"{FilePath(lines[-1].filename).name}:{lines[-1].lineno}" if lines else "building the lab"
    )


def show_logs(lab: Lab) -> None:
    try:
        nodes = lab.record().plan.node_names()
    except LabError:
        return
    for node in nodes[:8]:
        print(f"--- {node}: last lines of inquestd.log", file=sys.stderr)
        print("\n".join(lab.log(node).splitlines()[-LOG_LINES:]), file=sys.stderr)


def run_child(name: str, test: Callable, binaries: str) -> tuple[bool, str]:
    """The parent's side: result, and what the child wrote. Bounded, and leaves no lab."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--one", name, "--bin", binaries],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        output, _ = child.communicate(timeout=wanted(test).bound)
        return child.returncode == 0, output
    except subprocess.TimeoutExpired:
        child.terminate()
        try:
            output, _ = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            child.kill()
            output, _ = child.communicate()
        return False, f"{output}\nended after {wanted(test).bound:g} s without a result\n"
    except BaseException:
        child.terminate()
        child.wait()
        raise
    finally:
        Lab(f"t{os.getpid()}").down()


def remove_orphans() -> None:
    """Labs of runs that were themselves killed: their name holds the id of a gone process."""
    for place in ROOT.glob("t*") if ROOT.exists() else []:
        owner = place.name[1:]
        if owner.isdigit() and not FilePath(f"/proc/{owner}").exists():
            Lab(place.name).down()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev test netns", description=__doc__)
    parser.add_argument("pattern", nargs="*", help="only tests whose name contains one of these")
    parser.add_argument("--bin", default="", metavar="DIR", help="binaries (default build/bin)")
    parser.add_argument("--list", action="store_true", help="show the tests' names and do nothing")
    parser.add_argument("--quick", action="store_true", help="leave out the slow tests")
    parser.add_argument("--one", metavar="NAME", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        return run_one(args.one, args.bin)
    chosen = {
        name: test
        for name, test in discover().items()
        if not args.pattern or any(word in name for word in args.pattern)
    }
    if args.list:
        print(
            "\n".join(f"{name}{'  (slow)' if wanted(t).slow else ''}" for name, t in chosen.items())
        )
        return 0
    if not chosen:
        print(f"no test is called like {' or '.join(args.pattern)}: see --list", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    remove_orphans()
    return report(chosen, args.bin, args.quick)


def report(chosen: dict[str, Callable], binaries: str, quick: bool) -> int:
    passed = failed = left_out = 0
    for name, test in chosen.items():
        if quick and wanted(test).slow:
            print(f"SKIP  {name}  (slow, left out by --quick)", flush=True)
            left_out += 1
            continue
        begin = time.monotonic()
        good, output = run_child(name, test, binaries)
        print(f"{'PASS' if good else 'FAIL'}  {name}  {time.monotonic() - begin:.1f} s", flush=True)
        passed, failed = passed + good, failed + (not good)
        if not good:
            print("      " + output.strip().replace("\n", "\n      "), flush=True)
    if left_out:
        print(f"{left_out} left out")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as failure:
        print(f"netns: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
