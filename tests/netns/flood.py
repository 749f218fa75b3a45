#!/usr/bin/python3
"""Bad datagrams for the beat port, as an attacker or a broken neighbour would send them.

Runs in a node, on raw Ethernet, so that senders can be imitated. Two modes:

  flood.py capture INTERFACE FILE COUNT
      writes the payloads of COUNT own beats, one hex line each
  flood.py send INTERFACE TARGET KIND FILE RATE SECONDS
      sends KIND datagrams to node TARGET and prints how many

KIND: garbage (random bytes), truncated (captured beats cut short), replayed (captured beats as
they were), foreign (the same, from a FILE that comes from some other cluster), mixed (all of
these in random order).
"""

from __future__ import annotations

import os
import random
import socket
import struct
import sys
import time
import tomllib

from plan import BEAT_PORT

ETH_P_IP = 0x0800
IP_HEADER_BYTES = 20
UDP_HEADER_BYTES = 8
PACKET_OUTGOING = 4


def read_own() -> tuple[str, dict[str, dict[str, str]], dict[str, str]]:
    """Own name, addresses by node and path, and path by interface."""
    with open("/etc/inquest/node.toml", "rb") as file:
        node = tomllib.load(file)
    with open("/etc/inquest/cluster.toml", "rb") as file:
        nodes = {n["name"]: n["address"] for n in tomllib.load(file)["node"]}
    return node["node"], nodes, {dev: path for path, dev in node["interface"].items()}


def capture(interface: str, file: str, count: int) -> None:
    """Own beats on their way out: authentic payloads, without knowing anything of their format."""
    payloads = captured_payloads(interface, BEAT_PORT, count)
    with open(file, "w") as out:
        out.writelines(payload.hex() + "\n" for payload in payloads)


def captured_payloads(interface: str, port: int, count: int) -> list[bytes]:
    """Of datagrams to that port on their way out."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
    sock.bind((interface, 0x0003))
    sock.settimeout(60)
    payloads: list[bytes] = []
    while len(payloads) < count:
        packet, (_, protocol, kind, *_) = sock.recvfrom(65535)
        outgoing = protocol == ETH_P_IP and kind == PACKET_OUTGOING
        payload = payload_of(packet, port) if outgoing else None
        if payload:
            payloads.append(payload)
    return payloads


def payload_of(packet: bytes, port: int) -> bytes | None:
    """Payload of an IPv4 datagram to that port."""
    header = (packet[0] & 15) * 4
    if packet[9] != socket.IPPROTO_UDP:
        return None
    _, to, length, _ = struct.unpack_from("!HHHH", packet, header)
    return packet[header + UDP_HEADER_BYTES : header + length] if to == port else None


def datagram(source: str, target: str, payload: bytes, port: int = BEAT_PORT) -> bytes:
    """IPv4 and UDP headers around the payload; UDP without a checksum, which IPv4 permits."""
    length = IP_HEADER_BYTES + UDP_HEADER_BYTES + len(payload)
    header = struct.pack(
        "!BBHHHBBH4s4s",
        0x45,
        0,
        length,
        0,
        0x4000,
        64,
        socket.IPPROTO_UDP,
        0,
        socket.inet_aton(source),
        socket.inet_aton(target),
    )
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return (
        header
        + struct.pack("!HHHH", port, port, UDP_HEADER_BYTES + len(payload), 0)
        + payload
    )


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def payloads_of(kind: str, captured: list[bytes], rng: random.Random) -> list[bytes]:
    """A batch to send round and round."""
    garbage = [rng.randbytes(rng.randint(0, 1400)) for _ in range(64)]
    truncated = [p[: rng.randrange(len(p))] for p in captured for _ in range(4)]
    match kind:
        case "garbage":
            return garbage
        case "truncated":
            return truncated
        case "replayed" | "foreign":
            return captured
        case "mixed":
            batch = garbage + truncated[:64] + captured * 4
            rng.shuffle(batch)
            return batch
    sys.exit(f"flood: no kind {kind}")


def neighbour(address: str) -> bytes:
    """Hardware address of the target, from the static neighbour table."""
    with os.popen(f"ip neigh show {address}") as out:
        words = out.read().split()
    return bytes.fromhex(words[words.index("lladdr") + 1].replace(":", ""))


def send(interface: str, target: str, kind: str, file: str, rate: int, seconds: float) -> int:
    """Keeps the rate on average, also when the machine falls behind for a moment."""
    me, nodes, paths = read_own()
    path = paths[interface]
    with open(file) as lines:
        captured = [bytes.fromhex(line) for line in lines]
    address = nodes[target][path]
    batch = [
        datagram(nodes[me][path], address, p) for p in payloads_of(kind, captured, random.Random(1))
    ]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    where = (interface, ETH_P_IP, 0, 0, neighbour(address))
    begin, sent = time.monotonic(), 0
    while (passed := time.monotonic() - begin) < seconds:
        due = int(passed * rate) + 1
        for _ in range(min(due - sent, 256)):
            try:
                sock.sendto(batch[sent % len(batch)], where)
            except OSError:
                time.sleep(0.0001)  # the queue of the interface is full: not sent, not counted
                continue
            sent += 1
        if due - sent <= 0:
            time.sleep(0.0005)
    return sent


def main(argv: list[str]) -> None:
    match argv:
        case ["capture", interface, file, count]:
            capture(interface, file, int(count))
        case ["send", interface, target, kind, file, rate, seconds]:
            print(send(interface, target, kind, file, int(rate), float(seconds)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
