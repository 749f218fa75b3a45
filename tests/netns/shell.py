"""Runs the system's own tools (ip, nft, nsenter) and says clearly what went wrong."""

from __future__ import annotations

import shutil
import subprocess


class LabError(Exception):
    """Something in the lab failed. The text is one line: what, why, what to do."""


class UsageError(LabError):
    """The caller asked for something that does not exist here (exit code 2)."""


def run(argv: list[str], stdin: str = "", timeout: float = 120) -> str:
    """Runs one command to its end and returns its stdout; a failure becomes a LabError."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError:
        raise LabError(f"{argv[0]}: not installed: run './dev setup'") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(argv[:6])}: no end after {timeout:g} s") from None
    if done.returncode != 0:
        why = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(f"{' '.join(argv[:6])}: {why[0] if why else f'exit code {done.returncode}'}")
    return done.stdout


def need(*tools: str) -> None:
    """Refuses early and by name, rather than half-way through a lab."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise LabError(f"missing on this machine: {', '.join(missing)}: run './dev setup'")
