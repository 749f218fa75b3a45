"""Looks for whatever notices a mutant: scenarios first, then timelines, then seeds of the swarm,
then lives of the ledger.

A trial is one scenario, timeline, seed or life, in a process of its own. It kills a mutant if the
program says that something did not hold, if it crashes, or if it needs more processor time than any
sound run.
"""

from __future__ import annotations

import re
import resource
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

PROCESSOR_SECONDS_MAX = 120
MEMORY_BYTES_MAX = 4 << 30
HELD, BROKE = 0, 1

VIOLATION = re.compile(r"  violation at \S+: ([a-z-]+): ")
LOG_DIFFERS = ("  the log is not as expect.log says", "  there is no expect.log")
QUESTIONS = ("expect", "never")

Item = TypeVar("Item")
Found = TypeVar("Found")


class Failure(Exception):
    """The hunt itself cannot go on: nothing is said about a mutant."""


@dataclass(frozen=True)
class Trial:
    name: str  # `scenario NAME`, `timeline NAME`, `seed N` or `life N`
    words: tuple[str, ...]  # the program's command line


@dataclass(frozen=True)
class Killer:
    trial: Trial
    how: str  # `invariant NAME`, `expect`, `never`, `log`, or how the program ended

    def __str__(self) -> str:
        return f"{self.trial.name}: {self.how}"


def scenarios(folder: Path) -> list[Trial]:
    return [
        Trial(f"scenario {path.name}", ("run", str(path)))
        for path in sorted(folder.iterdir())
        if (path / "timeline").is_file()
    ]


def timelines(folder: Path) -> list[Trial]:
    """Bare files: what the swarm has found before."""
    return [
        Trial(f"timeline {path.stem}", ("run", str(path)))
        for path in sorted(folder.glob("*.timeline"))
    ]


def seeds(count: int) -> list[Trial]:
    return [
        Trial(f"seed {seed}", ("swarm", "--seeds", "1", "--from", str(seed)))
        for seed in range(1, count + 1)
    ]


def lives(count: int) -> list[Trial]:
    return [Trial(f"life {seed}", ("life", str(seed))) for seed in range(1, count + 1)]


def limit(process: subprocess.Popen[str]) -> None:
    """Processor time, not the clock on the wall: a loaded machine kills no mutant."""
    try:
        for what, most in (
            (resource.RLIMIT_CPU, PROCESSOR_SECONDS_MAX),
            (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.prlimit(process.pid, what, (most, most))
    except ProcessLookupError:
        pass  # it is done already


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")


def attempt(program: Path, mutant: str, trial: Trial) -> Killer | None:
    """What the trial says of the mutant. Throws Failure where it cannot be tried."""
    with TemporaryDirectory(prefix="mutants-") as scratch:
        process = subprocess.Popen(
            [str(program), *trial.words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, errors="replace", cwd=scratch,
            env={"INQUEST_MUTANT": mutant, "PATH": "/usr/bin:/bin"},
        )
        limit(process)
        lines: list[str] = []
        for line in lines_of(process):
            lines.append(line)
            if trial.words[0] == "swarm" and VIOLATION.match(line):
                process.kill()  # or it would look for the shortest timeline, which takes its time
                break
        process.communicate()
    how = judged(lines)
    if how is None and process.returncode != HELD:
        how = ended(process.returncode, lines)
    return Killer(trial, how) if how else None


def judged(lines: list[str]) -> str | None:
    """The strongest thing that the program complained of: an invariant needs no expectation."""
    rules = [found.group(1) for line in lines if (found := VIOLATION.match(line))]
    for rule in rules:
        if rule not in QUESTIONS:
            return f"invariant {rule}"
    if rules:
        return rules[0]
    return "log" if any(line.startswith(LOG_DIFFERS) for line in lines) else None


def ended(code: int, lines: list[str]) -> str:
    if code == BROKE or code < 0:
        return "crashed" if code != -9 else f"not done in {PROCESSOR_SECONDS_MAX} s"
    raise Failure(f"the program ended with {code}:\n" + "\n".join(lines[-10:]))


@dataclass(frozen=True)
class Hunt:
    program: Path
    trials: list[Trial]
    jobs: int

    def first_killers(self, mutants: list[str]) -> Iterator[Killer | None]:
        """In the order of the mutants; nothing for one that survived."""

        def hunt(mutant: str) -> Killer | None:
            found = (attempt(self.program, mutant, trial) for trial in self.trials)
            return next((killer for killer in found if killer), None)

        return self.each(hunt, mutants)

    def all_killers(self, mutants: list[str]) -> Iterator[list[Killer]]:
        def hunt(mutant: str) -> list[Killer]:
            found = (attempt(self.program, mutant, trial) for trial in self.trials)
            return [killer for killer in found if killer]

        return self.each(hunt, mutants)

    def false_alarms(self) -> list[Killer]:
        """Trials that complain although no mutant is switched on: they would kill anything."""
        tried = self.each(lambda number: attempt(self.program, "", self.trials[number]),
                          range(len(self.trials)))
        return [killer for killer in tried if killer]

    def each(self, work: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
        with ThreadPoolExecutor(self.jobs) as pool:
            yield from pool.map(work, items)
