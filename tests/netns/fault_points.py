"""Stops a node's programs at an exact step: the side of fault_point.cpp that a test sees."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path as FilePath

import power
from check import eventually, expect
from laboratory import Lab, Output

LIBRARY = f"{power.BIN_INSIDE}/inquest-fault-point.so"
ENDED_BY_KILL = -9


def admit(lab: Lab, nodes: list[str]) -> None:
    """Every program that these nodes start from now on looks for its point."""
    for node in nodes:
        lab.must(node, "sh", "-c", f"test -e {LIBRARY} && echo {LIBRARY} > /etc/ld.so.preload")


@dataclass(frozen=True)
class Point:
    """Where a program of a node is to be stopped, in the words of fault_point.cpp."""

    lab: Lab
    node: str
    program: str
    text: str

    def set(self) -> None:
        draft = self._file().with_suffix(".new")
        draft.write_text(self.text)
        draft.replace(self._file())

    def take_away(self) -> None:
        self._file().unlink()

    def is_met(self) -> bool:
        return not self._file().exists()

    def _file(self) -> FilePath:
        init = self.lab.record().nodes[self.node].init
        assert init, f"{self.node} is off"
        return FilePath(f"/proc/{init.pid}/root/run/fault-point-{self.program}")


class Running:
    """A command on a node that is not waited for yet."""

    def __init__(self, lab: Lab, node: str, argv: tuple[str, ...], text: str = "") -> None:
        self._name = f"{node}: {' '.join(argv)}"
        line, environment = lab.command(node, list(argv))
        self._process = subprocess.Popen(
            line,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdin
        self._process.stdin.write(text)
        self._process.stdin.close()
        self._process.stdin = None

    def await_point(self, point: Point, ends: bool) -> None:
        """`ends`: with the command nobody is left who could come there; a daemon still can."""
        eventually(
            lambda: point.is_met() or (ends and self._process.poll() is not None),
            f"{self._name}: it comes to '{point.text}', or to its end",
            seen=lambda: self._process.poll(),
        )
        if not point.is_met():
            out, err = self._process.communicate()
            expect(False, f"{self._name} ended and never came to '{point.text}': {out}{err}")

    def ended(self) -> Output:
        out, err = self._process.communicate(timeout=120)
        return Output(self._process.returncode, out, err)
