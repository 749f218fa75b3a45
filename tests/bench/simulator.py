"""The simulator's speed: simulated seconds per second of this machine and core."""

from __future__ import annotations

import re
import statistics
import subprocess
import tempfile
from pathlib import Path as FilePath

from figures import BenchError, machine_line

# Five nodes, three paths, the default timings: a calm cluster is the dearest kind of second,
# because every beat arrives and is judged.
TIMELINE = "topology 5 lan-a:udp:sw-a lan-b:udp:sw-b lan-c:udp:sw-c\n600s end\n"
# The middle one of them counts: a neighbour's burst must not decide.
RUNS = 7
TARGETS = {"every": 200, "sampled": 1000}
FIGURES = re.compile(
    r"(?P<speed>\d+) to 1; (?P<events>\d+) events \((?P<rate>\d+)/s\), "
    r"(?P<datagrams>\d+) datagrams, (?P<authenticated>\d+) authenticated; "
    r"peak memory (?P<memory>[\d.]+) MB"
)


def run(program: FilePath, timeline: FilePath, way: str) -> dict[str, float]:
    command = [str(program), "--authenticate", way, "run", str(timeline), "--figures"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    found = FIGURES.search(ended.stderr)
    if ended.returncode != 0 or not found:
        raise BenchError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr}")
    return {name: float(value) for name, value in found.groupdict().items()}


def measure(binaries: str) -> dict[str, list[dict[str, float]]]:
    """Both ways in turn, so that a noisy minute hits both."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        timeline = FilePath(folder) / "calm.timeline"
        timeline.write_text(TIMELINE)
        for _ in range(RUNS):
            for way, seen in runs.items():
                seen.append(run(FilePath(binaries) / "inquest-sim", timeline, way))
    return runs


def bench(binaries: str) -> int:
    """Prints the table; 1 where a target was missed."""
    print(machine_line("before"))
    runs = measure(binaries)
    print("5 nodes x 3 paths, 100 ms beats, 600 simulated seconds, one core")
    print(f"{'authenticated':16}{'sim s/s':>9}{'target':>9}{'':8}{'events/s':>11}{'peak MB':>9}")
    speeds = {}
    for way, seen in runs.items():
        speeds[way] = statistics.median(figure["speed"] for figure in seen)
        rate = statistics.median(figure["rate"] for figure in seen)
        memory = max(figure["memory"] for figure in seen)
        met = "met" if speeds[way] >= TARGETS[way] else "MISSED"
        print(f"{way:16}{speeds[way]:9.0f}{TARGETS[way]:>9}  {met:6}{rate:11.0f}{memory:9.1f}")
    print(f"sampled beside every: {speeds['sampled'] / speeds['every']:.2f}")
    print(f"median of {RUNS} runs of each, taken in turn; {machine_line('after')}")
    return 0 if all(speeds[way] >= TARGETS[way] for way in TARGETS) else 1
