"""Nodes that can be switched off: a lab whose members have a BMC each, on a host that is none of
them, and inquest-fenced beside every inquestd."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from agreed import ledger
from bmc import Bmc
from check import eventually
from laboratory import Lab
from watchdog import inside

SECRETS = "bmc"


def bmc_host(lab: Lab) -> str:
    """The last node: it runs no inquestd."""
    return lab.record().plan.node_names()[-1]


def members(lab: Lab) -> list[str]:
    return lab.record().plan.node_names()[:-1]


def is_on(lab: Lab, node: str) -> bool:
    return lab.record().nodes[node].running()


def start_fenced(lab: Lab, node: str) -> None:
    """As its unit does, and with the password that only root may read."""
    folder = Path(inside(lab, node, "/etc/inquest/fence"))
    folder.mkdir(exist_ok=True)
    secret = folder / SECRETS
    secret.touch(mode=0o600)
    secret.write_text("password=let-me-in\n")
    lab.must(
        node,
        *("sh", "-c"),
        "setsid inquest-fenced </dev/null >>/var/log/inquest-fenced.log 2>&1 & "
        "for i in $(seq 600); do [ -S /run/inquest/fenced.sock ] && exit 0; sleep 0.1; done; "
        "exit 1",
    )


@contextlib.contextmanager
def bmcs(lab: Lab, **options: object) -> Iterator[dict[str, Bmc]]:
    """One for each member, on the host's lan-b; what they switch off is the lab's node."""
    host = bmc_host(lab)
    record = lab.record()
    init = record.nodes[host].init
    assert init
    address = record.plan.address(host, record.plan.path_list()[1])
    with contextlib.ExitStack() as stack:
        yield {
            node: stack.enter_context(
                Bmc(
                    address=address,
                    port=9600 + place,
                    on_off=lambda n=node: is_on(lab, n) and lab.kill(n),
                    enter=("nsenter", f"--net=/proc/{init.pid}/ns/net", "--"),
                    **options,  # type: ignore[arg-type]
                )
            )
            for place, node in enumerate(members(lab), start=1)
        }


def fence_toml(lab: Lab, machines: dict[str, Bmc], levels: str, timeout: str = "20s") -> str:
    """What is agreed, with a device and these levels for each member; `{}` is its device."""
    text = lab.must(members(lab)[0], "inquest", "config", "show").out
    head, *nodes = text.split("\n[[node]]\n")
    for name, bmc in machines.items():
        options = "".join(f'  {key} = "{value}"\n' for key, value in bmc.options().items())
        head += (
            f'\n[[fence.device]]\nname = "bmc-{name}"\nagent = "fence_ipmilan"\n'
            f'secrets = "{SECRETS}"\ntimeout = "{timeout}"\n  [fence.device.options]\n{options}'
        )
    text = head
    for node in nodes:
        name = node.split('"')[1]
        text += f"\n[[node]]\n{node.rstrip()}\n"
        text += f"  [node.fence]\n  levels = {levels.format('bmc-' + name)}\n"
    return text


def push(lab: Lab, text: str) -> str:
    node = members(lab)[0]
    target = Path(inside(lab, node, "/tmp/wanted.toml"))
    target.write_text(text)
    return lab.must(node, "inquest", "config", "push", "/tmp/wanted.toml").out


def make_fenced_cluster(lab: Lab, machines: dict[str, Bmc], levels: str) -> None:
    """All members agree on it, and each of them runs its inquest-fenced."""
    lab.make_cluster(members(lab))
    for node in members(lab):
        start_fenced(lab, node)
    push(lab, fence_toml(lab, machines, levels))
    lab.must(members(lab)[0], "inquest", "arm")
    eventually(
        lambda: all(
            ledger(lab, node).get("armed") and ledger(lab, node).get("quorate")
            for node in members(lab)
        ),
        "every member knows that the cluster is armed",
    )
