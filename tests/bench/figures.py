"""What a bench prints: figures with a peer's beside them, and the state of the machine."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath


class BenchError(Exception):
    """Something could not be measured. One line: what, why."""


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True)
class Spread:
    """A distribution as three numbers."""

    p50: float
    p99: float
    max: float
    count: int

    @staticmethod
    def of(values: Sequence[float]) -> Spread | None:
        if not values:
            return None
        return Spread(quantile(values, 0.5), quantile(values, 0.99), max(values), len(values))

    def text(self) -> str:
        return f"{short(self.p50)} / {short(self.p99)} / {short(self.max)}"


Value = float | Spread | None


@dataclass(frozen=True)
class AtMost:
    """A target: a limit for ours, or for the ratio ours to peer's. Of a spread that `share` counts:
    p50 or p99."""

    limit: float
    of: str = "ours"
    share: str = "p99"

    def text(self) -> str:
        share = "p50 " if self.share == "p50" else ""
        return f"{share}<= {short(self.limit)}" + (" ratio" if self.of == "ratio" else "")


@dataclass
class Figure:
    """One line of the table. `base` is what the ratio is taken to where it is not the peer."""

    name: str
    unit: str
    ours: Value
    peer: Value = None
    target: AtMost | None = None
    base: Value = None
    note: str = ""

    def ratio(self) -> float | None:
        ours, other = number(self.ours), number(self.peer if self.base is None else self.base)
        return ours / other if ours is not None and other else None

    def met(self) -> bool | None:
        if self.target is None:
            return None
        value = number(self.ours, self.target.share)
        if self.target.of == "ratio":
            value = self.ratio()
        if value is None:
            # Nothing against something that the peer has none of either.
            return True if number(self.ours) == 0 else None
        return value <= self.target.limit

    def cells(self) -> list[str]:
        met = {True: "met", False: "MISSED", None: ""}[self.met()]
        return [
            self.name,
            self.unit,
            text(self.ours),
            text(self.peer),
            text(self.ratio()),
            self.target.text() if self.target else "",
            met,
        ]

    def as_dict(self) -> dict:
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": plain(self.ours),
            "peer": plain(self.peer),
            "ratio": self.ratio(),
            "target": self.target.text() if self.target else None,
            "met": self.met(),
            "note": self.note,
        }


def number(value: Value, share: str = "p99") -> float | None:
    return getattr(value, share) if isinstance(value, Spread) else value


def plain(value: Value) -> object:
    return vars(value) if isinstance(value, Spread) else value


def text(value: Value) -> str:
    if value is None:
        return "-"
    return value.text() if isinstance(value, Spread) else short(value)


def short(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


@dataclass
class Report:
    """Everything that one run has found out, beside the peer of that name."""

    peer: str
    figures: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    not_measured: list[str] = field(default_factory=list)
    machine: list[str] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)

    def print(self) -> None:
        heads = ["figure", "unit", "ours", self.peer, "ratio", "target", ""]
        rows = [heads, *(figure.cells() for figure in self.figures)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
        print()
        for i, row in enumerate(rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
            if i == 0:
                print("  ".join("-" * width for width in widths))
            elif self.figures[i - 1].note:
                print(f"    {self.figures[i - 1].note}")
        for title, lines in (
            ("remarks", self.remarks),
            ("machine", self.machine),
            ("NOT MEASURED", self.not_measured),
        ):
            if lines:
                print(f"\n{title}")
                print("\n".join(f"  {line}" for line in lines))
        print(
            "\nthree numbers: p50 / p99 / max; "
            f"ratio: ours to {self.peer}'s, of the p99 where three"
        )

    def write(self, file: str) -> None:
        content = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "figures": [figure.as_dict() for figure in self.figures],
            "remarks": self.remarks,
            "machine": self.machine,
            "not_measured": self.not_measured,
        }
        FilePath(file).write_text(json.dumps(content, indent=1) + "\n")


def machine_line(when: str) -> str:
    load = " ".join(FilePath("/proc/loadavg").read_text().split()[:3])
    return f"{when}: {os.cpu_count()} processors, Linux {platform.release()}, load {load}"


class Steal:
    """Share of the time that somebody else's machine had our processors, between two looks."""

    def __init__(self) -> None:
        self.before = self.look()

    @staticmethod
    def look() -> list[int]:
        return [int(n) for n in FilePath("/proc/stat").read_text().split("\n")[0].split()[1:9]]

    def text(self) -> str:
        spent = [after - before for after, before in zip(self.look(), self.before)]
        total = sum(spent) or 1
        idle = spent[3] + spent[4]
        return f"steal {100 * spent[7] / total:.1f} %, idle {100 * idle / total:.0f} %"
