#!/usr/bin/python3
"""Runs clang-tidy over the files named, and over none twice: a file that passed is remembered.

What is remembered is a digest of everything that the answer depends on: the file, all headers of
the tree, .clang-tidy, the command line and clang-tidy itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

DEFAULT_FOLDERS = ["heartbeat/base", "heartbeat/core", "heartbeat/wire"]


@dataclass(frozen=True)
class Job:
    """One file, and the digest under which a pass of it is remembered."""

    source: Path
    digest: str


def digest(*parts: str | bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def shared_digest(root: Path) -> str:
    """Of what every file's answer depends on."""
    version = subprocess.run(
        ["clang-tidy", "--version"], check=True, capture_output=True, text=True
    ).stdout
    headers = sorted(
        path
        for folder in ("heartbeat", "netmon", "tests/unit")
        for path in (root / folder).rglob("*.hpp")
    )
    contents = [part for path in headers for part in (str(path), path.read_bytes())]
    return digest(version, (root / ".clang-tidy").read_bytes(), *contents)


def jobs(root: Path, build: Path, folders: list[str]) -> list[Job]:
    shared = shared_digest(root)
    found = []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["file"])
        if any(source.is_relative_to(root / folder) for folder in folders):
            found.append(Job(source, digest(shared, entry["command"], source.read_bytes())))
    return found


def tidy(job: Job, build: Path, passed: Path) -> str:
    """Nothing where the file passes; what clang-tidy says where it does not."""
    mark = passed / job.digest
    if mark.exists():
        return ""
    # The build is g++'s; clang does not know all of its flags.
    command = ["clang-tidy", "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option",
               "--extra-arg=-Wno-sign-conversion", str(job.source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        mark.touch()
        return ""
    # Its stderr counts the warnings of other people's headers, which are of no interest here.
    return f"{job.source}: clang-tidy\n{result.stdout or result.stderr}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="the source tree")
    parser.add_argument("--build", type=Path, required=True, help="a configured build of it")
    parser.add_argument("folders", nargs="*", default=DEFAULT_FOLDERS)
    arguments = parser.parse_args()
    root, build = arguments.root.resolve(), arguments.build.resolve()

    todo = jobs(root, build, arguments.folders)
    if not todo:
        print("clang-tidy: no file of these folders is in the build, so nothing was shown")
        return 1
    passed = build / "tidy-passed"
    passed.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda job: tidy(job, build, passed), todo))
    wrong = [answer for answer in answers if answer]
    for answer in wrong:
        print(answer)
    print(f"clang-tidy: {len(todo)} files, {len(wrong)} with findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
