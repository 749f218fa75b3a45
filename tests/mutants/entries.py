"""The list of mutants as data, and the tree's sources with all of them written in.

An entry of one of the `*.mutants` is

    some-name heartbeat/core/file.cpp
        What the bug is, and what would go wrong in a real cluster.
    - text that stands exactly once in that file
    + the text in its place, with MUTANT(some-name) where the bug is switched on

Text of several lines has as many `-` and `+` lines. An entry may have several such pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

HEADING = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*) +(\S+\.[ch]pp)")
SWITCH = re.compile(r"MUTANT\(([^)]*)\)")


class Fault(Exception):
    """The list does not fit itself or the tree."""


@dataclass
class Change:
    """One place of a mutant: what stands there, and what stands there with the mutant in it."""

    found: list[str] = field(default_factory=list)
    put: list[str] = field(default_factory=list)


@dataclass
class Mutant:
    name: str
    file: str
    line: int
    sentence: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def enumerator(self) -> str:
        return self.name.replace("-", "_")


def read(list_file: Path) -> list[Mutant]:
    """Pre: UTF-8. Throws Fault with the line where the list is not as it should be."""
    mutants: list[Mutant] = []
    for number, line in enumerate(list_file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            take(line, number, mutants)
        except Fault as fault:
            raise Fault(f"{list_file.name}:{number}: {fault}") from None
    for mutant in mutants:
        check(mutant, mutants)
    return mutants


def read_all(lists: Iterable[Path]) -> list[Mutant]:
    mutants: list[Mutant] = []
    for list_file in lists:
        mutants += read(list_file)
    for mutant in mutants:
        check(mutant, mutants)
    return mutants


def take(line: str, number: int, mutants: list[Mutant]) -> None:
    if heading := HEADING.fullmatch(line):
        mutants.append(Mutant(heading.group(1), heading.group(2), number))
        return
    if not mutants:
        raise Fault("text before the first entry")
    mutant = mutants[-1]
    if line.startswith("    ") and not mutant.changes:
        mutant.sentence = f"{mutant.sentence} {line.strip()}".strip()
    elif line.startswith("- "):
        if not mutant.changes or mutant.changes[-1].put:
            mutant.changes.append(Change())
        mutant.changes[-1].found.append(line[2:])
    elif line.startswith("+ ") and mutant.changes:
        mutant.changes[-1].put.append(line[2:])
    else:
        raise Fault("neither a heading, nor a sentence, nor a line with - or +")


def check(mutant: Mutant, mutants: list[Mutant]) -> None:
    if sum(other.name == mutant.name for other in mutants) > 1:
        raise Fault(f"{mutant.name}: stands in the list twice")
    if not mutant.sentence or not mutant.changes:
        raise Fault(f"{mutant.name}: needs a sentence and a change")
    for change in mutant.changes:
        switches = SWITCH.findall("\n".join(change.put))
        if not switches or any(name != mutant.name for name in switches):
            raise Fault(f"{mutant.name}: each change needs MUTANT({mutant.name}), and no other")


def applied(root: Path, mutants: list[Mutant]) -> dict[str, str]:
    """The text of each file that a mutant is in, with all of them written in, by its path."""
    faults: list[str] = []
    texts: dict[str, str] = {}
    for file in dict.fromkeys(mutant.file for mutant in mutants):
        source = (root / file).read_text(encoding="utf-8")
        places: list[tuple[int, int, str, str]] = []
        for mutant in mutants:
            if mutant.file != file:
                continue
            for change in mutant.changes:
                found = "\n".join(change.found)
                count = source.count(found)
                if count != 1:
                    faults.append(f"{mutant.name}: its text stands {count} times in {file}")
                    continue
                begin = source.index(found)
                put = SWITCH.sub(switched_on(mutant), "\n".join(change.put))
                places.append((begin, begin + len(found), put, mutant.name))
        places.sort()
        for before, behind in zip(places, places[1:]):
            if behind[0] < before[1]:
                faults.append(f"{before[3]} and {behind[3]}: their texts overlap in {file}")
        for begin, end, put, _ in reversed(places):
            source = source[:begin] + put + source[end:]
        texts[file] = source
    if faults:
        raise Fault("\n".join(faults))
    return texts


def switched_on(mutant: Mutant) -> str:
    return f"::inquest::mutant::on(::inquest::mutant::Id::{mutant.enumerator})"
