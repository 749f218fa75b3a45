#!/usr/bin/python3
"""Runs beside corosync: sends COUNT messages to a closed process group, one at a time, and prints
how many milliseconds each took until it was delivered to the sender in the agreed order."""

from __future__ import annotations

import ctypes
import random
import sys
import time

CS_OK = 1
CS_ERR_TRY_AGAIN = 6
CPG_TYPE_AGREED = 2
CS_DISPATCH_ONE = 1
GROUP = b"inquest-bench"
MESSAGE_BYTES = 100  # about what our smallest entry has

Deliver = ctypes.CFUNCTYPE(
    None,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_size_t,
)
Changed = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_void_p)


class Callbacks(ctypes.Structure):
    _fields_ = [("deliver", Deliver), ("changed", Changed)]


class Name(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint32), ("value", ctypes.c_char * 128)]


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


def must(code: int, what: str) -> None:
    if code != CS_OK:
        sys.exit(f"{what}: corosync's error {code}")


def main(count: int) -> None:
    cpg = ctypes.CDLL("libcpg.so.4")
    delivered = [0]

    def deliver(*_: object) -> None:
        delivered[0] += 1

    callbacks = Callbacks(Deliver(deliver), Changed(lambda *_: None))
    handle = ctypes.c_uint64()
    must(cpg.cpg_initialize(ctypes.byref(handle), ctypes.byref(callbacks)), "cpg_initialize")
    must(cpg.cpg_join(handle, ctypes.byref(Name(len(GROUP), GROUP))), "cpg_join")
    piece = Piece(b"\0" * MESSAGE_BYTES, MESSAGE_BYTES)
    for sent in range(1, count + 1):
        begun = time.perf_counter()
        code = CS_ERR_TRY_AGAIN
        while code == CS_ERR_TRY_AGAIN:
            code = cpg.cpg_mcast_joined(handle, CPG_TYPE_AGREED, ctypes.byref(piece), 1)
        must(code, "cpg_mcast_joined")
        while delivered[0] < sent:
            must(cpg.cpg_dispatch(handle, CS_DISPATCH_ONE), "cpg_dispatch")
        print(1000 * (time.perf_counter() - begun))
        time.sleep(random.uniform(0.01, 0.05))


if __name__ == "__main__":
    main(int(sys.argv[1]))
