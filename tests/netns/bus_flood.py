#!/usr/bin/python3
"""Bad datagrams for the bus, as a stranger on the same network would send them: a bounded number.

Runs in a node, on raw Ethernet, so that senders can be imitated. Two modes:

  bus_flood.py capture INTERFACE FILE COUNT
      writes the payloads of COUNT datagrams that leave for the bus's port, one hex line each
  bus_flood.py send INTERFACE SOURCE TARGET KIND FILE COUNT
      sends COUNT datagrams of KIND from the address SOURCE to the address TARGET

KIND: random (bytes), truncated (captured ones cut short), replayed (captured ones as they were).
"""

from __future__ import annotations

import random
import socket
import sys
import time

from flood import ETH_P_IP, captured_payloads, datagram, neighbour, payloads_of

BUS_PORT = 7741
BURST = 50


def capture(interface: str, file: str, count: int) -> None:
    payloads = captured_payloads(interface, BUS_PORT, count)
    with open(file, "w") as out:
        out.writelines(payload.hex() + "\n" for payload in payloads)


def send(interface: str, source: str, target: str, kind: str, file: str, count: int) -> None:
    with open(file) as lines:
        captured = [bytes.fromhex(line) for line in lines]
    wanted = "garbage" if kind == "random" else kind
    batch = payloads_of(wanted, captured, random.Random(1))
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    where = (interface, ETH_P_IP, 0, 0, neighbour(target))
    for i in range(count):
        sock.sendto(datagram(source, target, batch[i % len(batch)], BUS_PORT), where)
        if i % BURST == BURST - 1:
            time.sleep(0.005)


def main(argv: list[str]) -> None:
    match argv:
        case ["capture", interface, file, count]:
            capture(interface, file, int(count))
        case ["send", interface, source, target, kind, file, count]:
            send(interface, source, target, kind, file, int(count))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
