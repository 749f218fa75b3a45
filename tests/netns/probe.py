#!/usr/bin/python3
"""Says who can be heard on which path, without Inquest: for tests of the lab itself.

Runs in a node until it is ended. Sends its name to every other node on every path 50 times a
second and keeps /var/log/heard.json: {"n2 lan-a": 17, ...}, how often it has heard each peer on
each path.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
import tomllib

PORT = 7999
INTERVAL = 0.02


def main() -> None:
    with open("/etc/inquest/node.toml", "rb") as file:
        me = tomllib.load(file)["node"]
    with open("/etc/inquest/cluster.toml", "rb") as file:
        nodes = {node["name"]: node["address"] for node in tomllib.load(file)["node"]}
    sockets = {path: open_socket(address) for path, address in nodes[me].items()}
    selector = selectors.DefaultSelector()
    for path, sock in sockets.items():
        selector.register(sock, selectors.EVENT_READ, path)
    heard: dict[str, int] = {}
    while True:
        for path, sock in sockets.items():
            for peer, addresses in nodes.items():
                if peer != me:
                    say(sock, me, addresses[path])
        until = time.monotonic() + INTERVAL
        while (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                sender = sockets[key.data].recv(64).decode()
                heard[f"{sender} {key.data}"] = heard.get(f"{sender} {key.data}", 0) + 1
        write(heard)


def open_socket(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, PORT))
    sock.setblocking(False)
    return sock


def say(sock: socket.socket, me: str, address: str) -> None:
    try:
        sock.sendto(me.encode(), (address, PORT))
    except OSError:
        pass  # no carrier, or the switch is off: the receiver's count tells


def write(heard: dict[str, int]) -> None:
    with open("/var/log/heard.json.new", "w") as file:
        json.dump(heard, file)
    os.replace("/var/log/heard.json.new", "/var/log/heard.json")


if __name__ == "__main__":
    main()
