"""A real inquest-fenced with folders of its own, and a client that orders as inquestd does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from check import Failed, eventually, expect
from laboratory import BINARIES

BOUND = 60.0


class Line:
    """One client of the socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(BOUND)
        self.socket.connect(str(path))
        self.last_id = 0
        self.heard: list[dict] = []

    def send(self, order: str, **fields: Any) -> int:
        """Returns the number of the order."""
        if "id" not in fields:
            self.last_id += 1
            fields["id"] = self.last_id
        self.socket.send(json.dumps({"order": order, **fields}).encode())
        return fields["id"]

    def hear(self) -> dict | None:
        """The next answer; nothing where the line is cut."""
        text = self.socket.recv(70_000)
        if not text:
            return None
        self.heard.append(json.loads(text))
        return self.heard[-1]

    def answer(self, number: int, word: str = "") -> dict:
        """The last answer to an order, or its first `begun`."""
        while True:
            for one in self.heard:
                if one["id"] == number and one["answer"] == (word or one["answer"]):
                    if word or one["answer"] != "begun":
                        return one
            if self.hear() is None:
                raise Failed(f"the line was cut before order {number} was answered")

    def close(self) -> None:
        self.socket.close()


class Fenced:
    """The daemon, between `with` and its end; `agents` and `etc` are folders to fill."""

    def __init__(
        self, binaries: str, enter: tuple[str, ...] = (), env: dict[str, str] | None = None
    ) -> None:
        self.program = Path(binaries or BINARIES) / "inquest-fenced"
        expect(self.program.exists(), f"{self.program} is missing: ./dev build")
        self.folder = Path(tempfile.mkdtemp(prefix="inquest-fenced-"))
        self.agents, self.etc, self.run = (self.folder / n for n in ("agents", "etc", "run"))
        self.notes = self.folder / "notes"
        for folder in (self.agents, self.etc / "fence", self.run, self.notes):
            folder.mkdir(parents=True)
        self.log_file = self.folder / "log"
        self._enter, self._env = enter, env
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Fenced:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *words: str, agents: Path | None = None) -> list[str]:
        return [
            *self._enter,
            *(str(self.program), "--run", str(self.run), "--etc", str(self.etc)),
            *("--agents", str(agents or self.agents)),
            *words,
        ]

    def start(self, agents: Path | None = None) -> None:
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                self.command(agents=agents),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
            )
        eventually(lambda: "fenced=ready" in self.log(), "inquest-fenced serves", seen=self.log)

    def stop(self, sign: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(sign)
        return self.process.wait(timeout=BOUND)

    def line(self) -> Line:
        return Line(self.run / "fenced.sock")

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def check(self, devices: list[dict], agents: Path | None = None) -> tuple[int, str]:
        done = subprocess.run(
            self.command("check", agents=agents),
            input=json.dumps({"devices": devices}),
            capture_output=True,
            text=True,
            timeout=300,
            env=self._env,
        )
        return done.returncode, done.stdout + done.stderr

    def agent(self, name: str, script: str) -> None:
        """A fake agent: Python that finds `said` (its input), `action` and `note(name)`."""
        file = self.agents / name
        file.write_text(AGENT.format(notes=self.notes, script=script))
        file.chmod(0o755)

    def secrets(self, name: str, text: str, mode: int = 0o600) -> None:
        file = self.etc / "fence" / name
        file.write_text(text)
        file.chmod(mode)

    def noted(self, name: str) -> list[str]:
        """The lines that agents have left under this name."""
        try:
            return (self.notes / name).read_text().splitlines()
        except FileNotFoundError:
            return []

    def started(self) -> list[int]:
        """The processes of all agents so far."""
        return [int(line) for line in self.noted("pids")]

    def children(self) -> list[int]:
        assert self.process
        # nsenter becomes the program that it runs, so this is the daemon itself.
        file = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in file.read_text().split()]

    def nothing_is_left(self, why: str) -> None:
        alive = [pid for pid in self.started() if lives(pid, str(self.folder))]
        expect(not alive, f"{why}: nothing of it runs any more: {alive}")
        expect(not self.children(), f"{why}: no child is left: {self.children()}")


AGENT = """#!/usr/bin/python3 -IS
import os, signal, sys, time
def note(name, text=""):
    with open("{notes}/" + name, "a") as notes:
        notes.write(str(text) + "\\n")
def is_noted(name):
    return os.path.exists("{notes}/" + name)
note("pids", os.getpid())
said = dict(line.rstrip("\\n").split("=", 1) for line in sys.stdin if "=" in line)
action = said["action"]
note("calls", action)
def on():
    print("Status: ON")
    sys.exit(0)
def off():
    print("Status: OFF")
    sys.exit(2)
{script}
"""


def lives(pid: int, of: str) -> bool:
    """Does it run, and is it one of ours? A number may be given anew."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z" and of.encode() in words


def device(agent: str, secrets: str = "", name: str = "", **options: str) -> dict:
    return {
        "name": name or agent.removeprefix("fence_"),
        "agent": agent,
        "options": options,
        "secrets": secrets,
    }


def call(agent: str, timeout: float = 20.0, plug: str = "", **more: Any) -> dict:
    """The fields that an order to a device has."""
    return {
        "device": device(agent, **more),
        "node": "n3",
        "plug": plug,
        "timeout_ms": int(timeout * 1000),
    }


def occurs_in_processes(text: str) -> list[str]:
    """Where in /proc a text stands in arguments or environment, this process left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        for name in ("cmdline", "environ"):
            try:
                if text.encode() in (entry / name).read_bytes():
                    found.append(f"{entry.name}/{name}")
            except OSError:
                continue
    return found


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def now() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)
