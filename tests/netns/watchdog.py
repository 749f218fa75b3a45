"""What stands behind a node's leases, from outside the node: a watchdog-mux that cuts its power
when it is starved, and a guard that says what guests run.

The mux speaks the protocol of Proxmox VE's watchdog-mux: a stream socket; any byte feeds; a client
that leaves without a last 'V', or is silent for its timeout, ends all feeding of the device; the
device resets the machine one timeout of its own later.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from pathlib import Path

from laboratory import Lab
from shell import LabError

TICK = 0.05


def inside(lab: Lab, node: str, path: str) -> str:
    """A path of the node, as this machine reaches it while the node has power."""
    init = lab.record().nodes[node].init
    assert init
    return f"/proc/{init.pid}/root{path}"


class Mux(threading.Thread):
    """Serves one boot of one node, until its power goes or the test ends."""

    SOCKET = "/run/watchdog-mux.sock"

    def __init__(self, lab: Lab, node: str, client_timeout: float, device_timeout: float) -> None:
        super().__init__(daemon=True)
        self.lab, self.node = lab, node
        self.client_timeout, self.device_timeout = client_timeout, device_timeout
        self.feeds = 0
        self.left_in_peace = False
        self.starved_at: float | None = None
        self.cut_at: float | None = None  # the clock of day, as events have it
        self.problem = ""
        self._ends = threading.Event()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(inside(lab, node, self.SOCKET))
        self._door.listen(4)

    def __enter__(self) -> Mux:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self.join(timeout=10)
        self._door.close()

    def run(self) -> None:
        clients: dict[socket.socket, list] = {}  # its last feed, its last byte
        while not self._ends.is_set() and self.cut_at is None:
            ready, _, _ = select.select([self._door, *clients], [], [], TICK)
            for one in ready:
                if one is self._door:
                    clients[one.accept()[0]] = [time.monotonic(), b""]
                elif not self._hear(one, clients[one]):
                    del clients[one]
            if any(time.monotonic() - fed > self.client_timeout for fed, _ in clients.values()):
                self._starve()
            starved = self.starved_at
            if starved is not None and time.monotonic() - starved > self.device_timeout:
                self._cut_power()
        for one in clients:
            one.close()

    def _hear(self, client: socket.socket, noted: list) -> bool:
        """False where the client has gone."""
        try:
            said = client.recv(64)
        except OSError:
            said = b""
        if said:
            self.feeds += 1
            noted[:] = [time.monotonic(), said[-1:]]
            return True
        client.close()
        if noted[1] == b"V":
            self.left_in_peace = True
        else:
            self._starve()
        return False

    def _starve(self) -> None:
        if self.starved_at is None:
            self.starved_at = time.monotonic()

    def _cut_power(self) -> None:
        try:
            self.lab.kill(self.node)
        except LabError as failure:
            self.problem = str(failure)
        self.cut_at = time.time()


class Guard:
    """Says to a node's daemon what guests run, for as long as it lives."""

    def __init__(self, lab: Lab, node: str, guests: str) -> None:
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(30)
        self._line.connect(inside(lab, node, "/run/inquest/inquestd.sock"))
        self.told = self.say(guests)

    def say(self, guests: str) -> dict:
        self._line.send(json.dumps({"verb": "guard", "guests": guests}).encode())
        return json.loads(self._line.recv(65536))

    def die(self) -> None:
        self._line.close()


def name_watchdog(lab: Lab, node: str, client_timeout: str, device_timeout: str) -> None:
    """As an administrator writes it into node.toml; the daemon reads it at its next start."""
    file = Path(inside(lab, node, "/etc/inquest/node.toml"))
    file.write_text(
        file.read_text()
        + f"""
[watchdog]
device = "watchdog-mux"
client_timeout = "{client_timeout}"
device_timeout = "{device_timeout}"
trusted_because = "nothing but a test runs here"
"""
    )
