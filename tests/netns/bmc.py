"""A BMC that can be switched off by: OpenIPMI's ipmi_sim, asked by the real ipmitool and
fence_ipmilan, with a power switch that a test or a lab is behind.

    with Bmc(on_off=lambda: lab.kill("n3")) as bmc:
        options = bmc.options()   # of a fence_ipmilan device; the password: bmc.password

The simulator calls a program for its chassis; that asks this class over a socket of its own, so
that a test decides what the power is, how long it takes to go, and whether it goes at all.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from shell import LabError, need

START_LIMIT = 30.0
# The password is visible in ipmitool's arguments: that is how fence_ipmilan calls it.
LAN = """name "bmc"
set_working_mc 0x20
startlan 1
  addr {address} {port}
  priv_limit admin
  allowed_auths_callback md5
  allowed_auths_user md5
  allowed_auths_operator md5
  allowed_auths_admin md5
  guid a123456789abcdefa123456789abcdef
endlan
chassis_control "{switch} 0x20"
user 1 true "" "none" user 10
user 2 true "{user}" "{password}" admin 10
"""
COMMANDS = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
"""
SWITCH = """#!/usr/bin/python3 -IS
import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bmc:
    bmc.connect("{socket}")
    bmc.sendall((" ".join(sys.argv[2:]) + "\\n").encode())
    print(bmc.makefile().read(), end="")
"""


class Bmc:
    """Of one machine. `power` is what it reports; `switched` lists what it was told."""

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = 9623,
        user: str = "inquest",
        password: str = "let-me-in",
        on_off: Callable[[], object] | None = None,
        on_on: Callable[[], object] | None = None,
        off_takes: float = 0.0,
        enter: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> None:
        need("ipmi_sim", "ipmitool", "setpriv")
        self.address, self.port, self.user, self.password = address, port, user, password
        self.on_off, self.on_on = on_off, on_on
        self.off_takes = off_takes  # seconds from the order until the power is gone
        self.power = True
        self.switched: list[tuple[float, str]] = []  # (time.time(), "off" or "on")
        self.problem = ""
        # What the simulator is started with, such as nsenter into the network it serves.
        self._enter, self._env = enter, env
        self._folder = Path(tempfile.mkdtemp(prefix="inquest-bmc-"))
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._simulator: subprocess.Popen | None = None
        self._serving = threading.Thread(target=self._serve, daemon=True)

    def options(self) -> dict[str, str]:
        """Of a device of fence_ipmilan, all but the password."""
        return {
            "ip": self.address,
            "ipport": str(self.port),
            "username": self.user,
            "lanplus": "1",
            "cipher": "3",  # the simulator knows no newer one
            "power_wait": "0",
        }

    # -- life

    def __enter__(self) -> Bmc:
        try:
            self._door.bind(str(self._folder / "power.sock"))
            self._door.listen(4)
            self._serving.start()
            self._write_files()
            self.plug_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.pull_out()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as last:
            if self._serving.is_alive() and last.connect_ex(str(self._folder / "power.sock")) == 0:
                last.sendall(b"end\n")
        if self._serving.is_alive():
            self._serving.join(timeout=10)
        self._door.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def plug_in(self) -> None:
        """Starts the simulator and waits until it answers."""
        with (self._folder / "simulator.log").open("a") as log:
            self._simulator = subprocess.Popen(
                [
                    *self._enter,
                    *("setpriv", "--pdeathsig", "KILL", "--", "ipmi_sim", "-n"),
                    *("-c", str(self._folder / "lan.conf")),
                    *("-f", str(self._folder / "commands")),
                    *("-s", str(self._folder / "state")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd="/",
            )
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            if self._simulator.poll() is not None or time.monotonic() > deadline:
                said = (self._folder / "simulator.log").read_text(errors="replace").strip()
                raise LabError(f"ipmi_sim does not answer on port {self.port}: {said!r}")
            time.sleep(0.1)

    def pull_out(self) -> None:
        """The BMC itself loses its power; the machine does not."""
        if self._simulator is not None:
            self._simulator.kill()
            self._simulator.wait()
        self._simulator = None

    def _write_files(self) -> None:
        switch = self._folder / "switch"
        (self._folder / "state").mkdir()
        (self._folder / "commands").write_text(COMMANDS)
        (self._folder / "lan.conf").write_text(
            LAN.format(
                address=self.address,
                port=self.port,
                user=self.user,
                password=self.password,
                switch=switch,
            )
        )
        switch.write_text(SWITCH.format(socket=self._folder / "power.sock"))
        switch.chmod(0o700)

    def _answers(self) -> bool:
        asked = subprocess.run(
            [
                *self._enter,
                *("ipmitool", "-I", "lan", "-H", self.address, "-p", str(self.port)),
                *("-U", self.user, "-P", self.password, "-N", "1", "-R", "1"),
                *("chassis", "power", "status"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=self._env,
            timeout=60,
        )
        return asked.returncode == 0

    # -- the switch

    def _serve(self) -> None:
        while True:
            client, _ = self._door.accept()
            with client, client.makefile() as lines:
                asked = lines.readline().split()
                if asked == ["end"]:
                    return
                try:
                    client.sendall(self._switch(asked).encode())
                except OSError:
                    continue  # the simulator was pulled out meanwhile

    def _switch(self, asked: list[str]) -> str:
        if asked[:2] == ["get", "power"]:
            return f"power:{int(self.power)}\n"
        if asked[:2] == ["set", "power"]:
            threading.Thread(target=self._turn, args=(asked[2] == "1",), daemon=True).start()
        return ""

    def _turn(self, on: bool) -> None:
        self.switched.append((time.time(), "on" if on else "off"))
        if not on:
            time.sleep(self.off_takes)
        action = self.on_on if on else self.on_off
        try:
            if action is not None:
                action()
            self.power = on
        except Exception as why:  # a lab that cannot cut its node's power
            self.problem = str(why)
