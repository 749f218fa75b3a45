#!/usr/bin/python3
"""Shows that archives are pure: they decide from their arguments alone and keep no state.

Everything that an archive takes from outside must stand on a list of known harmless names (memory,
strings, containers, arithmetic, the C++ runtime), so that a clock, socket, file, thread, random
source or log is refused without being named here. Beyond names:

* no writable global: nothing in .data, .bss or thread storage. Tables of addresses that the loader
  alone writes (.data.rel.ro: vtables and the like) are constant to the program and allowed. Guard
  variables of function-local statics are not: such a static is state, and its first use is ordered.
* no instruction that reads a clock or a random source, or enters the kernel, without any symbol.

`--self-test` builds small objects, each with one sin, and expects every one to be refused.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HARMLESS = [
    # memory and strings of C; snprintf writes into memory and nothing sets a locale
    r"(__)?(mem(cpy|move|set|cmp|chr)|bcmp|str(len|n?cmp|chr)|v?snprintf)(_chk)?",
    # arithmetic
    r"(sqrt|cbrt|exp2?|expm1|log(2|10|1p)?|pow|erfc?|ldexp)[fl]?",
    r"(floor|ceil|l?l?round|trunc|fmod|fm(in|ax))[fl]?",
    # the C++ runtime
    r"operator (new|delete)(\[\])?\(.*\)",
    r"__cxa_(begin_catch|end_catch|rethrow|throw|allocate_exception|free_exception|pure_virtual"
    r"|init_primary_exception|throw_bad_array_new_length)",
    r"__gxx_personality_v0|_Unwind_Resume|_GLOBAL_OFFSET_TABLE_|abort",
    r"__stack_chk_(fail|guard)|std::terminate\(\)|std::__glibcxx_assert_fail\(.*\)",
    r"std::__throw_\w+\(.*\)",
    r"vtable for __cxxabiv1::\w+",
    r"((vtable|typeinfo) for )?std::(__cxx11::)?(exception|bad_\w+|logic_error"
    r"|runtime_error|(out_of_)?range(_error)?|length_error|invalid_argument|overflow_error)(::.*)?",
    # containers, text and numbers of the standard library; not the streams, whose names differ,
    # and not the hashed containers, whose order must never reach an action
    r"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::.*",
    r"fmt::v\d+::(vformat\b|format_error|detail::(?!v?print\b)).*",
    r"std::_Rb_tree_\w+\(.*\)",
    r"std::__detail::_List_node_base::.*",
    r"std::(from|to)_chars\(.*\)",
    r"std::_V2::(system|generic)_category\(\)",
    r"std::allocator<char>::~?allocator\(.*\)",
    r"((vtable|typeinfo) for )?std::_V2::error_category(::.*)?",
]
HARMLESS_PATTERN = re.compile("|".join(f"(?:{pattern})" for pattern in HARMLESS))

# Saying which invariant was broken, on the way to abort(), is the one output of pure code. It is
# allowed in an object that contains the function that does so, and nowhere else.
LAST_WORDS_FUNCTION = "inquest::invariant_broken"
LAST_WORDS = {"stderr", "fprintf", "__fprintf_chk", "fwrite"}

WRITABLE_SECTION = re.compile(r"\.(data|bss|tdata|tbss)(\.|$)|COMMON|\*COM\*")
CONSTANT_SECTION = re.compile(r"\.data\.rel\.ro(\.|$)")
# The compiler's own pointer to the exception routine, in every object with a landing pad.
PERSONALITY = "DW.ref.__gxx_personality_v0"

SYMBOLLESS = re.compile(
    r"^\s*[0-9a-f]+:\s+(rdtscp?|rdrand|rdseed|syscall|sysenter|int\s+0x80"  # x86
    r"|svc|mrs\s.*(cntvct|cntpct|rndr))\b"  # arm
)


@dataclass
class Object:
    """What one object file defines, takes from outside, and keeps in writable memory."""

    name: str
    defined: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    writable: set[str] = field(default_factory=set)


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def split(argument: Path) -> tuple[Path, set[str]]:
    """ARCHIVE, or ARCHIVE:NAME,NAME for a few objects of it alone (name.cpp.o without .cpp.o)."""
    archive, _, names = str(argument).partition(":")
    return Path(archive), {f"{name}.cpp.o" for name in names.split(",") if name}


def read(argument: Path) -> list[Object]:
    """The objects of an archive, as nm tells them (or the one object that it is itself)."""
    archive, wanted = split(argument)
    found = [one for one in read_whole(archive) if not wanted or one.name in wanted]
    if missing := wanted - {one.name for one in found}:
        raise SystemExit(f"purity: {archive.name} has no {', '.join(sorted(missing))}")
    return found


def read_whole(archive: Path) -> list[Object]:
    objects: list[Object] = []
    for line in run("nm", "-C", "-f", "sysv", str(archive)).splitlines():
        header = re.match(r"(?:Symbols|Undefined symbols) from (?:.*\[)?([^\]]+?)\]?:$", line)
        if header:
            objects.append(Object(header.group(1)))
            continue
        # A demangled name may contain the separator, so the columns are counted from the right.
        columns = [column.strip() for column in line.rsplit("|", 6)]
        if len(columns) != 7 or columns[0] == "Name" or not objects:
            continue
        name, _, kind, symbol_type, _, _, section = columns
        note(objects[-1], name, kind, symbol_type, section)
    return objects


def note(into: Object, name: str, kind: str, symbol_type: str, section: str) -> None:
    if kind in ("U", "w", "v") and section == "*UND*":
        into.taken.add(name)
        return
    into.defined.add(name)
    if (
        symbol_type in ("OBJECT", "TLS", "NOTYPE", "COMMON")
        and WRITABLE_SECTION.match(section)
        and not CONSTANT_SECTION.match(section)
        and name != PERSONALITY
    ):
        into.writable.add(f"{name} in {section}")


def may_say_last_words(one: Object) -> bool:
    return any(name.startswith(LAST_WORDS_FUNCTION) for name in one.defined)


def complaints(archives: list[Path]) -> list[str]:
    """One line for each thing that makes the archives impure."""
    found: list[str] = []
    objects = [(archive, one) for archive in archives for one in read(archive)]
    if not objects:
        return ["no object at all was found, so nothing was shown"]
    defined = set().union(*(one.defined for _, one in objects))
    for archive, one in objects:
        where = f"{archive.name}({one.name})"
        for name in sorted(one.taken - defined):
            if HARMLESS_PATTERN.fullmatch(name):
                continue
            if name in LAST_WORDS and may_say_last_words(one):
                continue
            found.append(f"{where}: takes `{name}` from outside: let the caller pass it in")
        for name in sorted(one.writable):
            found.append(f"{where}: writable global `{name}`: let the caller own the state")
    for archive in archives:
        whole = str(split(archive)[0])
        for line in run("objdump", "-d", "--no-show-raw-insn", whole).splitlines():
            if SYMBOLLESS.match(line):
                instruction = " ".join(line.split()[1:])
                found.append(f"{archive.name}: `{instruction}`: reads the machine, not an argument")
    return found


# Each sin: what the complaint must name, what the file includes, what it does.
SINS = {
    "clock": (
        "clock_gettime",
        "ctime",
        "long f() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec; }",
    ),
    "chrono_now": (
        "now()",
        "chrono",
        "long f() { return std::chrono::steady_clock::now().time_since_epoch().count(); }",
    ),
    "environment": ("getenv", "cstdlib", 'const char* f() { return std::getenv("HOME"); }'),
    "socket": ("socket", "sys/socket.h", "int f() { return socket(AF_INET, SOCK_DGRAM, 0); }"),
    "file": ("fopen", "cstdio", 'void* f() { return std::fopen("/etc/hosts", "r"); }'),
    "thread": ("thread", "thread", "void f(void (*g)()) { std::thread(g).join(); }"),
    "random": ("rand", "cstdlib", "int f() { return std::rand(); }"),
    "random_device": ("random_device", "random", "unsigned f() { return std::random_device()(); }"),
    "stream": ("cout", "iostream", "void f() { std::cout << 1; }"),
    "print": ("stderr", "cstdio", 'void f(int i) { std::fprintf(stderr, "%d", i); }'),
    "counter": ("calls", "cstddef", "int calls = 0; int f() { return ++calls; }"),
    "hidden_counter": ("calls", "cstddef", "static int calls = 7; int f() { return ++calls; }"),
    "thread_counter": ("calls", "cstddef", "thread_local int calls; int f() { return ++calls; }"),
    "inline_counter": ("calls", "cstddef", "inline int calls = 0; int f() { return ++calls; }"),
    "local_static": (
        "once",
        "cstddef",
        "int g(); int f() { static const int once = g(); return once; }",
    ),
    "guard": (
        "guard variable",
        "string",
        'const std::string& f() { static const std::string s("x"); return s; }',
    ),
    "hash_order": (
        "_Prime_rehash",
        "unordered_map",
        "int f() { std::unordered_map<int, int> m; m[1] = 2; return m.begin()->second; }",
    ),
}
CLEAN = """
#include <map>
#include <stdexcept>
#include <string>
#include <vector>
struct Rule {
    virtual ~Rule() = default;
    virtual std::string why(int) const = 0;
};
struct Late final : Rule {
    std::string why(int i) const override { return "late by " + std::to_string(i); }
};
std::string f(const std::map<int, std::vector<int>>& m) {
    static constexpr int table[] = {1, 2, 3};
    const Late late;
    const Rule& rule = late;
    return rule.why(m.at(table[m.size() % 3]).front());
}
"""


def compiled(compiler: str, folder: Path, name: str, text: str) -> Path:
    source, result = folder / f"{name}.cpp", folder / f"{name}.o"
    source.write_text(text)
    run(compiler, "-std=c++20", "-O2", "-fPIC", "-c", str(source), "-o", str(result))
    return result


def self_test(compiler: str) -> list[str]:
    """Each planted sin must be refused by name; the clean object must pass."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (named, header, code) in SINS.items():
            text = f"#include <{header}>\n{code}\n"
            found = complaints([compiled(compiler, Path(folder), name, text)])
            if not any(named in complaint for complaint in found):
                wrong.append(f"self-test: {name}: `{named}` was not refused; complaints: {found}")
        found = complaints([compiled(compiler, Path(folder), "clean", CLEAN)])
        wrong += [f"self-test: a clean object was refused: {complaint}" for complaint in found]
        if "rdtsc" in probe_mnemonic(compiler, Path(folder)):
            found = complaints([Path(folder) / "rdtsc.o"])
            if not any("rdtsc" in complaint for complaint in found):
                wrong.append("self-test: rdtsc: the instruction was not refused")
    return wrong


def probe_mnemonic(compiler: str, folder: Path) -> str:
    """Builds rdtsc.o where the processor has that instruction; its disassembly, or nothing."""
    if "x86_64" not in run(compiler, "-dumpmachine"):
        return ""
    text = "unsigned long f() { return __builtin_ia32_rdtsc(); }"
    result = compiled(compiler, folder, "rdtsc", text)
    return run("objdump", "-d", str(result))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true", help="check this checker")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("archives", nargs="*", type=Path)
    arguments = parser.parse_args()
    if not arguments.self_test and not arguments.archives:
        parser.error("name at least one archive, or --self-test")
    found = self_test(arguments.compiler) if arguments.self_test else []
    if arguments.archives:
        found += complaints(arguments.archives)
    for complaint in found:
        print(f"purity: {complaint}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
