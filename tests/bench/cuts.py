"""Cuts paths within a fraction of a millisecond, and says when.

The lab's own `cut` is for tests: it starts several programs and sets everything anew, which takes
longer than what is measured here. This one keeps one rule and one set of switch ports in the
switchboard's namespace and changes the set through libnftables, in this process: one transaction of
the kernel cuts any number of paths at one instant. The carrier stays up: the cut is silent.
"""

from __future__ import annotations

import ctypes
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from figures import BenchError
from laboratory import Lab

TABLE = "bridge inquest_bench"
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Cut:
    """The kernel made the cut between these two instants (seconds since 1970)."""

    before: float
    after: float

    @property
    def at(self) -> float:
        return (self.before + self.after) / 2

    @property
    def spread(self) -> float:
        return self.after - self.before


class Scissors:
    """For one lab. All work is done by one thread, which has moved into the switchboard."""

    def __init__(self, lab: Lab) -> None:
        record = lab.record()
        assert record.switchboard
        self._plan = record.plan
        self._space = f"/proc/{record.switchboard.pid}/ns/net"
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(self._move).result()
        self._do(
            f"add table {TABLE}; add set {TABLE} silent {{ type ifname; }}; "
            f"add chain {TABLE} forward {{ type filter hook forward priority -10; }}; "
            f"add rule {TABLE} forward iifname @silent drop"
        )

    def _move(self) -> None:
        kernel = ctypes.CDLL(None, use_errno=True)
        space = os.open(self._space, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if kernel.setns(space, CLONE_NEWNET) != 0:
                raise BenchError(f"setns: {os.strerror(ctypes.get_errno())}")
        finally:
            os.close(space)
        self._nft = ctypes.CDLL("libnftables.so.1")
        self._nft.nft_ctx_new.restype = ctypes.c_void_p
        self._nft.nft_ctx_new.argtypes = [ctypes.c_uint32]
        self._nft.nft_ctx_buffer_error.argtypes = [ctypes.c_void_p]
        self._nft.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        self._nft.nft_ctx_get_error_buffer.argtypes = [ctypes.c_void_p]
        self._nft.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self._nft.nft_ctx_free.argtypes = [ctypes.c_void_p]
        self._context = self._nft.nft_ctx_new(0)
        self._nft.nft_ctx_buffer_error(self._context)

    def _run(self, command: bytes) -> Cut:
        before = time.time()
        failed = self._nft.nft_run_cmd_from_buffer(self._context, command)
        after = time.time()
        if failed:
            why = self._nft.nft_ctx_get_error_buffer(self._context) or b"?"
            raise BenchError(f"nft: {why.decode().splitlines()[0]}")
        return Cut(before, after)

    def _do(self, command: str) -> Cut:
        return self._thread.submit(self._run, command.encode()).result(timeout=60)

    def _ports(self, paths: list[str]) -> str:
        ports = [
            f'"{self._plan.port(node, path)}"'
            for name in paths
            for path in self._plan.match_paths(name)
            for node in self._plan.node_names()
        ]
        return ", ".join(ports)

    def cut(self, paths: list[str]) -> Cut:
        """All nodes, both directions."""
        return self._do(f"add element {TABLE} silent {{ {self._ports(paths)} }}")

    def heal(self, paths: list[str]) -> None:
        self._do(f"delete element {TABLE} silent {{ {self._ports(paths)} }}")

    def close(self) -> None:
        self._thread.submit(self._nft.nft_ctx_free, self._context)
        self._thread.shutdown()
