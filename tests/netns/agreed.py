"""What the nodes say of the ledger, and of what they have agreed on."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

from check import eventually, expect
from laboratory import Lab, Output
from shell import LabError

ANSWER_LIMIT = 10.0  # seconds
ANSWER_BYTES = 1 << 20


def ask_daemon(lab: Lab, node: str, verb: str) -> dict[str, Any]:
    """The node's inquestd itself, over its control socket and without `inquest`."""
    init = lab.record().nodes[node].init
    if init is None:
        raise LabError(f"{node} is off")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        control.settimeout(ANSWER_LIMIT)
        try:
            control.connect(f"/proc/{init.pid}/root/run/inquest/inquestd.sock")
            control.send(json.dumps({"verb": verb}).encode())
            return json.loads(control.recv(ANSWER_BYTES))
        except OSError as failure:
            raise LabError(f"{node}: inquestd cannot be asked: {failure}") from None


def ledger(lab: Lab, node: str) -> dict[str, Any]:
    """What the node's inquestd says of the ledger."""
    return ask_daemon(lab, node, "ledger")


def names(lab: Lab, node: str) -> list[str]:
    return sorted(member["name"] for member in ledger(lab, node)["members"])


def voters(lab: Lab, node: str) -> list[str]:
    return sorted(m["name"] for m in ledger(lab, node)["members"] if m["votes"])


def member_of(lab: Lab, node: str, name: str) -> dict[str, Any]:
    """What `node` says of the member called `name`."""
    return next(m for m in ledger(lab, node)["members"] if m["name"] == name)


def coordinator(lab: Lab, nodes: list[str]) -> str:
    """Whom all of them say, once they agree."""

    def agreed() -> str:
        said = {ledger(lab, node)["coordinator"] for node in nodes}
        return said.pop() or "" if len(said) == 1 else ""

    return eventually(agreed, f"{' '.join(nodes)} agree on a coordinator")


def await_agreement(lab: Lab, nodes: list[str], so: Callable[[dict], bool], why: str) -> None:
    """All of them are at one place of the ledger, with one history, and say that it is `so`."""
    eventually(
        lambda: agree(lab, nodes, so),
        f"{' '.join(nodes)} agree, and that {why}",
        seen=lambda: {n: summary(ledger(lab, n)) for n in nodes},
    )


def agree(lab: Lab, nodes: list[str], so: Callable[[dict], bool]) -> bool:
    said = [ledger(lab, node) for node in nodes]
    places = {(one.get("index"), one.get("hash"), one.get("coordinator")) for one in said}
    return (
        len(places) == 1
        and all(one["mode"] == "ledger" and one["coordinator"] and one["quorate"] for one in said)
        and all(so(one) for one in said)
    )


def summary(said: dict) -> dict:
    kept = ("mode", "standing", "index", "hash", "coordinator", "quorate", "armed", "trouble")
    return {key: said.get(key) for key in kept} | {
        "members": [f"{m['name']}:{m['standing']}" for m in said.get("members", [])],
        "keys": said.get("keys"),
    }


def refused(answer: Output, word: str) -> None:
    expect(answer.code not in (0, 3), f"it is refused, not exit code {answer.code}")
    expect(word in answer.err, f"the refusal says {word!r}: {answer.err!r}")
