#!/usr/bin/python3
"""Checks what the house rules ask of the tree and no compiler sees.

* a file is named after one concept, so some names are refused
* lines end by column 100
* every header begins its guard with `#pragma once`
* includes are written from the root: no `../`, and in quotes for the tree's own headers
* nothing is left for later: no marks of unfinished work
* every module folder has a README.md

`--self-test` plants each fault in a tree of its own and expects it to be found.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc"}
COLUMNS_MAX = 100
SOURCES = {".cpp", ".hpp"}
CODE = SOURCES | {".py", ".cmake", ".sh"}
CODE_NAMES = {"CMakeLists.txt", "dev", "run"}
# Split, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MODULE_FOLDERS = ("heartbeat/", "netmon/", "rdma/", "fence/", "vmguard/")
OWN_FOLDERS = (*MODULE_FOLDERS, "tests/")


def tree(root: Path) -> list[Path]:
    """The files of the tree that git knows or would add; without git, all but the build's."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False,
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
        return sorted(Path(name) for name in names if (root / name).is_file())
    return sorted(
        path.relative_to(root)
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] not in ("build", ".git")
    )


def name_faults(path: Path) -> Iterator[str]:
    words = set(re.split(r"[_.\-]", path.name.lower()))
    for word in sorted(words & BANNED_NAMES):
        yield f"{path}: a file named after no concept (`{word}`): say what it decides"


def line_faults(path: Path, number: int, line: str) -> Iterator[str]:
    where = f"{path}:{number}"
    if UNFINISHED.search(line):
        yield f"{where}: unfinished work: finish it, or file an issue"
    if not is_code(path):
        return
    if len(line) > COLUMNS_MAX:
        yield f"{where}: {len(line)} columns: {COLUMNS_MAX} is the end of a line"
    if path.suffix not in SOURCES:
        return
    include = re.match(r'\s*#\s*include\s*([<"])([^">]+)', line)
    if include and "../" in include.group(2):
        yield f"{where}: include with `../`: write it from the root"
    if include and include.group(1) == "<" and include.group(2).startswith(OWN_FOLDERS):
        yield f"{where}: one of the tree's own headers in <>: write it in quotes"
    if include and include.group(1) == '"' and not include.group(2).startswith(OWN_FOLDERS):
        yield f"{where}: quotes are for the tree's own headers: use <>, or the path from the root"


def is_code(path: Path) -> bool:
    return path.suffix in CODE or path.name in CODE_NAMES


def file_faults(root: Path, path: Path) -> Iterator[str]:
    try:
        text = (root / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # not text: a corpus, a picture
    yield from name_faults(path)
    if path.suffix == ".hpp" and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield f"{path}: no `#pragma once`"
    if is_code(path) and text and not text.endswith("\n"):
        yield f"{path}: the last line does not end"
    for number, line in enumerate(text.splitlines(), 1):
        yield from line_faults(path, number, line)


def readme_faults(paths: list[Path]) -> Iterator[str]:
    folders = {
        path.parent
        for path in paths
        if path.suffix in SOURCES and path.parts[0] + "/" in MODULE_FOLDERS
    }
    for folder in sorted(folders):
        if folder / "README.md" not in paths:
            yield f"{folder}: no README.md: what it is, its public headers, its decisions"


def faults(root: Path) -> list[str]:
    paths = tree(root)
    found = [fault for path in paths for fault in file_faults(root, path)]
    found += readme_faults(paths)
    return found if paths else [f"{root}: no file at all was found, so nothing was shown"]


PLANTED = {
    "netmon/link_utils.cpp": ("int f();\n", "`utils`"),
    "netmon/wide.cpp": (f"// {'x' * 98}\n", "101 columns"),
    "netmon/bare.hpp": ("int f();\n", "no `#pragma once`"),
    "netmon/up.cpp": ('#include "../heartbeat/core/node.hpp"\n', "`../`"),
    "netmon/angle.cpp": ("#include <heartbeat/core/node.hpp>\n", "in <>"),
    "netmon/short.cpp": ('#include "link.hpp"\n', "quotes are for"),
    "netmon/later.cpp": ("// TO" "DO: the rest\n", "unfinished"),
    "netmon/open.cpp": ("int f();", "does not end"),
    "rdma/lone.cpp": ("int f();\n", "no README.md"),
}
SOUND = {
    "netmon/README.md": "what it is\n",
    "netmon/link.hpp": '// why\n#pragma once\n\n#include "heartbeat/core/node.hpp"\n',
    "netmon/edge.cpp": f"// {'é' * 97}\n",
}


def self_test() -> list[str]:
    """Each planted fault must be found where it was planted; a sound tree has none."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in SOUND.items():
            plant(root, name, text)
        wrong += [f"a sound tree was refused: {fault}" for fault in faults(root)]
        for name, (text, named) in PLANTED.items():
            plant(root, name, text)
            where = name.split("/")[0]
            if not any(named in fault and fault.startswith(where) for fault in faults(root)):
                wrong.append(f"{name}: {named} was not found")
            (root / name).unlink()
    return [f"self-test: {line}" for line in wrong]


def plant(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true", help="check this checker")
    parser.add_argument("root", nargs="?", type=Path)
    arguments = parser.parse_args()
    if not arguments.self_test and not arguments.root:
        parser.error("name the tree, or --self-test")
    found = self_test() if arguments.self_test else []
    if arguments.root:
        found += faults(arguments.root)
    for fault in found:
        print(f"style: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
