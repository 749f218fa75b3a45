"""Builds one simulator that has all mutants in it, each behind a switch.

The tree's sources are copied, the mutants written into the copy, and a main() generated that
switches on the one that INQUEST_MUTANT names. So the production code knows nothing of mutants, and
a build takes as long as one simulator however many mutants there are.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import entries

FOLDERS = (
    "heartbeat/base", "heartbeat/core", "heartbeat/ledger", "heartbeat/wire",
    "heartbeat/agreement", "heartbeat/config", "tests/sim",
)
# The unit tests' world of the ledger, where voters come and go.
LIVES = ("tests/unit/ledger_world", "tests/unit/ledger_trouble")
SWITCH_HEADER = "mutants/active.hpp"
NAME = "inquest-sim-mutants"

HEADER = """// Generated: which mutant is switched on.
#pragma once

#include <cstdint>

namespace inquest::mutant {{

enum class Id : std::uint16_t {{
    none,
{enumerators}
}};

inline Id active = Id::none;

inline bool is_active(Id id) {{ return active == id; }}

/// May stand in constexpr functions and is never constant itself: the compiler must not compute,
/// while no mutant is switched on, what a mutant would change.
constexpr bool on(Id id) {{ return id == Id::none ? false : is_active(id); }}

}}  // namespace inquest::mutant
"""

MAIN = """// Generated: the simulator with the mutant that INQUEST_MUTANT names.
#include "mutants/active.hpp"
#include "tests/sim/command_line.hpp"
#include "tests/unit/ledger_trouble.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {{

struct Named {{
    std::string_view name;
    inquest::mutant::Id id;
}};

constexpr Named mutants[] = {{
{rows}
}};

bool switch_on(std::string_view wanted) {{
    for (const Named& mutant : mutants) {{
        if (mutant.name != wanted) continue;
        inquest::mutant::active = mutant.id;
        return true;
    }}
    return wanted.empty();
}}

/// `life SEED`: one life of the ledger under random trouble.
int live(const char* seed) {{
    const inquest::test::LedgerLife life = inquest::test::live(std::strtoull(seed, nullptr, 10));
    if (life.fault.empty()) return 0;
    std::printf("  violation at 0s: ledger-life: %s\\n", life.fault.c_str());
    return 1;
}}

}}  // namespace

int main(int argc, char** argv) {{
    const char* wanted = std::getenv("INQUEST_MUTANT");
    if (!switch_on(wanted ? wanted : "")) {{
        std::fprintf(stderr, "no mutant %s\\n", wanted);
        return 2;
    }}
    if (argc == 3 && std::string_view(argv[1]) == "life") return live(argv[2]);
    return inquest::sim::command_line(argc, argv);
}}
"""

CMAKE = """# Generated: the simulator from the mutated copy of the sources.
cmake_minimum_required(VERSION 3.25)
project(mutants LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
find_program(ccache ccache)
if(ccache)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache})
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/*.cpp)
add_executable(@NAME@ ${sources})
target_include_directories(@NAME@ PRIVATE src)
# The mutants are written for their effect, not to please a compiler.
target_compile_options(@NAME@ PRIVATE -O1 -w)
target_compile_definitions(@NAME@ PRIVATE INQUEST_VERSION="mutants" INQUEST_COMMIT="mutated"
                           _GLIBCXX_ASSERTIONS)
target_link_libraries(@NAME@ PRIVATE fmt::fmt nlohmann_json::nlohmann_json CLI11::CLI11
                      PkgConfig::SODIUM Threads::Threads)
"""


def write(path: Path, text: str) -> None:
    """Leaves a file alone that has this text already, so that it is not compiled again."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def sources(root: Path, mutants: list[entries.Mutant]) -> dict[str, str]:
    """All files of the mutated program by their path below src/."""
    files: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            if path.name != "main.cpp":
                files[str(path.relative_to(root))] = path.read_text(encoding="utf-8")
    for life in LIVES:
        for file in (f"{life}.hpp", f"{life}.cpp"):
            files[file] = (root / file).read_text(encoding="utf-8")
    for file, text in entries.applied(root, mutants).items():
        if file not in files:
            raise entries.Fault(f"{file}: lies in none of the folders {', '.join(FOLDERS)}")
        # The line numbers of assertions stay those of the tree, as far as mutants allow.
        files[file] = f'#include "{SWITCH_HEADER}"\n#line 1\n{text}'
    enumerators = "\n".join(f"    {mutant.enumerator}," for mutant in mutants)
    rows = "\n".join(
        f'    {{"{mutant.name}", inquest::mutant::Id::{mutant.enumerator}}},' for mutant in mutants
    )
    files[SWITCH_HEADER] = HEADER.format(enumerators=enumerators)
    files["mutants/main.cpp"] = MAIN.format(rows=rows)
    return files


def generate(root: Path, folder: Path, mutants: list[entries.Mutant]) -> None:
    files = sources(root, mutants)
    for path in sorted((folder / "src").rglob("*")):
        if path.is_file() and str(path.relative_to(folder / "src")) not in files:
            path.unlink()
    for file, text in files.items():
        write(folder / "src" / file, text)
    write(folder / "CMakeLists.txt", CMAKE.replace("@NAME@", NAME))


def build(root: Path, folder: Path, mutants: list[entries.Mutant], jobs: int) -> Path:
    """The program. Pre: Ninja, and the libraries of the simulator, are there."""
    generate(root, folder, mutants)
    binary = folder / "binary"
    for command in (
        ["cmake", "-S", str(folder), "-B", str(binary), "-G", "Ninja"],
        ["ninja", "-C", str(binary), f"-j{jobs}", NAME],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise entries.Fault(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return binary / NAME
