"""One search: Promela to C (spin), C to a program (gcc), the program through all states.

The limits are a depth and memory, not time: a slow machine changes no answer. A search that met one
of them is bounded, and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEPTH_MAX = 1_000_000
TRAIL_DEPTH_MAX = 100  # a dropped rule: shallow counterexamples are the ones that can be read
MEMORY_MB_MAX = 4000
HASH_BITS = 22
FIRST_STEP_OF_Y = "copy = RUNNING; check_former_owner()"


class Failure(Exception):
    """The search itself could not be made: nothing is said about a rule."""


@dataclass(frozen=True)
class Result:
    states: int
    depth: int
    seconds: float
    broken: str  # the assertion that failed; empty if none did
    broken_depth: int
    bound: str  # what ended the search before its end; empty if it saw every state
    y_started: bool  # the search got as far as Y starting the guest


def run(words: list[str], folder: Path, log: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    log.write_text(said, encoding="utf-8")
    if done.returncode != 0:
        raise Failure(f"{' '.join(words[:2])} failed in {folder}: see {log}:\n{said[:2000]}")
    return said


def build(folder: Path, defines: tuple[str, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source in HERE.glob("*.pml"):
        shutil.copy(source, folder)
    switches = [f"-D{define}" for define in defines]
    run(["spin", "-a", *switches, "inquest.pml"], folder, folder / "spin.log")
    # Every step touches shared variables, so partial order reduction would only cost time.
    options = ["-DSAFETY", "-DNOREDUCE", "-DNOFAIR", "-DVECTORSZ=2048", f"-DMEMLIM={MEMORY_MB_MAX}"]
    run(["gcc", "-O1", "-w", *options, "-o", "pan", "pan.c"], folder, folder / "gcc.log")


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(float(found.group(1))) if found else 0


def y_start_line() -> int:
    """The line of the model in which Y starts the guest."""
    lines = (HERE / "guest.pml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if FIRST_STEP_OF_Y in line)


def bound_of(said: str, depth_max: int) -> str:
    if "max search depth too small" in said:
        return f"depth {depth_max}"
    if "out of memory" in said:
        return f"memory {MEMORY_MB_MAX} MB"
    return ""


def search(folder: Path, defines: tuple[str, ...], depth_max: int = DEPTH_MAX) -> Result:
    build(folder, defines)
    since = time.monotonic()
    said = run(["./pan", f"-m{depth_max}", f"-w{HASH_BITS}"], folder, folder / "search.log")
    broken = re.search(r"assertion violated (\w+) \(at depth (\d+)\)", said)
    if broken is None and not re.search(r"errors: 0$", said, re.MULTILINE):
        raise Failure(f"{folder}: an error that is no assertion: see search.log there")
    unreached = set(re.findall(r"guest\.pml:(\d+), state", said))
    return Result(
        states=number(r"([0-9.e+]+) states, stored", said),
        depth=number(r"depth reached (\d+)", said),
        seconds=time.monotonic() - since,
        broken=broken.group(1) if broken else "",
        broken_depth=int(broken.group(2)) if broken else 0,
        bound=bound_of(said, depth_max),
        y_started=str(y_start_line()) not in unreached,
    )


def trail(folder: Path) -> str:
    """The counterexample that a search has left in the folder: one line a step."""
    words = ["spin", "-t", "-p", "-g", "inquest.pml"]
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    return done.stdout
