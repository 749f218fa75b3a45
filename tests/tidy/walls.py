#!/usr/bin/python3
"""Shows that the walls between the modules stand: who may not include a module cannot compile it.

For every ordered pair of modules one file with a single include is compiled with the first one's
private view. Pairs that the design allows must compile, all others must fail, and must fail because
the header was not found, so that no pair can pass for a wrong reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# Who may include whom, directly. The build must say the same; where it says more, a wall is gone.
MAY_INCLUDE = {
    "base": [],
    "core": ["base"],
    "ledger": ["base"],
    "wire": ["core", "ledger"],
    "agreement": ["wire", "ledger", "core"],
    "config": ["core"],
    "netmon": ["core"],
    "paths": ["wire", "core"],
    "bus": ["wire", "core"],
    "store": ["ledger", "base"],
    "endings": ["core"],
    "fence": ["wire", "core"],
    "cli": ["wire", "config", "endings", "core"],
    "sim_world": ["agreement", "core", "ledger", "wire"],
    "sim_story": ["sim_world", "config"],
    "sim_judges": ["sim_story", "sim_world", "ledger"],
    "sim_swarm": ["sim_judges", "sim_story", "sim_world"],
    "sim_whatif": ["sim_world"],
    "sim_picture": ["sim_story", "sim_world"],
    "sim": [
        "sim_world", "sim_story", "sim_judges", "sim_swarm", "sim_whatif", "sim_picture", "config",
    ],
    "daemon": [
        *("core", "wire", "config", "endings", "paths", "netmon"),
        *("ledger", "agreement", "bus", "store"),
    ],
}


@dataclass(frozen=True)
class Module:
    """A module as the build describes it: its folder and the include path of those who use it."""

    name: str
    header: str
    includes: tuple[str, ...]


def modules(description: Path, root: Path) -> list[Module]:
    """The modules of the build; one whose folder has no header yet has nothing to include."""
    found = []
    for target, entry in json.loads(description.read_text()).items():
        headers = sorted((root / entry["folder"]).glob("*.hpp"))
        if headers:
            header = str(headers[0].relative_to(root))
            includes = tuple(part for part in entry["includes"].split(";") if part)
            found.append(Module(target.removeprefix("inquest_"), header, includes))
    return found


def reach(name: str) -> set[str]:
    """All modules that `name` may include, its own and those of its uses among them."""
    return {name}.union(*(reach(used) for used in MAY_INCLUDE[name]))


def compile_include(compiler: str, header: str, includes: tuple[str, ...]) -> tuple[bool, str]:
    """Does a file that includes only `header` compile? And what did the compiler say?"""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "planted.cpp"
        source.write_text(f'#include "{header}"\n')
        views = [f"-I{include}" for include in includes]
        command = [compiler, "-std=c++20", "-fsyntax-only", *views, str(source)]
        result = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False
        )
    return result.returncode == 0, result.stderr


def judge(compiler: str, user: Module, used: Module) -> str | None:
    """What is wrong with the wall between two modules, or nothing."""
    allowed = used.name in reach(user.name)
    compiles, said = compile_include(compiler, used.header, user.includes)
    if allowed and not compiles:
        return f"{user.name} may include {used.header}, but it does not compile:\n{said}"
    if not allowed and compiles:
        return f"{user.name} must not include {used.header}, but it compiles: see the USES of both"
    not_found = f"{used.header}: No such file or directory"
    if not allowed and not_found not in said:
        return f"{user.name} -> {used.header} fails, but not at the wall:\n{said}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--root", type=Path, required=True, help="the source tree")
    parser.add_argument("description", type=Path, help="modules.json of the build")
    arguments = parser.parse_args()

    present = modules(arguments.description, arguments.root)
    strangers = [module.name for module in present if module.name not in MAY_INCLUDE]
    if strangers:
        print(f"walls: {', '.join(strangers)}: not in MAY_INCLUDE: say there whom it may include")
        return 1
    pairs = [(user, used) for user in present for used in present]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda pair: judge(arguments.compiler, *pair), pairs))
    wrong = [answer for answer in answers if answer]
    for answer in wrong:
        print(f"walls: {answer}")
    forbidden = sum(used.name not in reach(user.name) for user, used in pairs)
    allowed = len(pairs) - forbidden
    print(f"walls: {len(present)} modules, {forbidden} forbidden and {allowed} allowed includes")
    return 1 if wrong or not forbidden else 0


if __name__ == "__main__":
    sys.exit(main())
