"""What the viewer of the demo sees, and what is compared."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass

from check import Failed, verdicts
from laboratory import Lab

ALL = ["n1", "n2", "n3"]
WIDTH_MAX = 100
READING_SECONDS = 3  # after each step, for whoever watches it on a terminal


@dataclass(frozen=True)
class Result:
    step: str
    expected: str
    seen: str
    remark: str = ""

    @property
    def good(self) -> bool:
        return self.seen == self.expected


class Stage:
    """What the viewer sees: headings, sentences, and the real output of `inquest`."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.width = min(WIDTH_MAX, shutil.get_terminal_size((WIDTH_MAX, 24)).columns)

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def heading(self, text: str) -> None:
        print(f"\n{self.paint(text, '1;36')}\n{self.paint('-' * len(text), '36')}", flush=True)

    def tell(self, text: str) -> None:
        print(textwrap.fill(" ".join(text.split()), self.width), flush=True)

    def command(self, node: str, *argv: str) -> None:
        """Shows a command and what the node answers. On a terminal it has the colours of a
        terminal."""
        print(self.paint(f"\n{node}# {' '.join(argv)}", "1"), flush=True)
        if self.colour:
            # With the terminal itself as stdout, `inquest` draws as it does for everybody.
            line, environment = self.lab.command(node, list(argv))
            if (child := os.spawnvpe(os.P_WAIT, line[0], line, environment)) in (0, 3, 4):
                return
            raise Failed(f"{node}: {' '.join(argv)}: exit code {child}")
        answer = self.lab.run(node, *argv)
        print(textwrap.indent((answer.out + answer.err).rstrip(), "  "), flush=True)

    def must(self, node: str, *argv: str, text: str = "") -> str:
        """Shows a command that has to succeed, and what it says on the way."""
        print(self.paint(f"\n{node}# {' '.join(argv)}", "1"), flush=True)
        done = self.lab.must(node, *argv, text=text)
        shown = done.err.rstrip() or done.out.rstrip()
        print(textwrap.indent(shown, "  "), flush=True)
        return done.out

    def invite_and_join(self, host: str, node: str) -> None:
        plan = self.lab.record().plan
        token = self.must(host, "inquest", "invite", node, *plan.placed(node))
        self.must(node, "inquest", "join", "-", text=token)

    def matrix(self, node: str = "n1") -> None:
        self.command(node, "inquest", "status", "--matrix")

    def explain(self, peer: str, node: str = "n1") -> None:
        self.command(node, "inquest", "explain", peer)

    def outcome(self, result: Result) -> None:
        mark = (
            self.paint("as expected", "1;32")
            if result.good
            else self.paint("NOT AS EXPECTED", "1;31")
        )
        print(f"\nexpected: {result.expected}\nseen:     {result.seen}   [{mark}]", flush=True)
        if result.remark:
            print(f"          {result.remark}")
        if self.colour:
            time.sleep(READING_SECONDS)


# What was seen, in the words of what was expected; and a remark that nothing is compared with.
Step = Callable[[Lab, Stage], tuple[str, str]]


def all_say(lab: Lab) -> str:
    """What all nodes say of all others, if they say the same."""
    said = {v[peer] for node in ALL for v in [verdicts(lab, node)] for peer in v if peer in ALL}
    return f"every node says {' or '.join(sorted(said))} of both others"
