"""Cables and switches: veth pairs, bridges, and the rules that cut or thin what flows over them.

All bridges live in one network namespace of their own, the switchboard. The rules live there too,
on the bridges' forward hook, where one direction from one node to another on one path is exactly
one (in-port, out-port) pair. So a one-way cut needs no knowledge of addresses, and holds for IPv4,
IPv6 and raw Ethernet frames alike. Both ends of every veth are created inside the namespaces, so
the machine's own network never sees an interface of the lab.
"""

from __future__ import annotations

from plan import Path, Plan
from record import Process, Record
from shell import run

TABLE = "inquest_lab"


def inside(anchor: Process) -> list[str]:
    return ["nsenter", f"--net=/proc/{anchor.pid}/ns/net"]


def ip_batch(anchor: Process, lines: list[str]) -> None:
    if lines:
        run([*inside(anchor), "ip", "-batch", "-"], "\n".join(lines) + "\n")


def set_sysctls(anchor: Process, values: dict[str, str]) -> None:
    """Settings that this kernel does not know are skipped: then there is nothing to switch off."""
    script = "".join(
        f"[ ! -e /proc/sys/{k} ] || echo {v} > /proc/sys/{k}\n" for k, v in values.items()
    )
    run([*inside(anchor), "sh", "-ec", script])


def build_switches(record: Record) -> None:
    """Plain switches: no spanning tree, no snooping, silent themselves, no IP filtering."""
    board = record.switchboard
    assert board
    set_sysctls(
        board,
        {
            "net/ipv6/conf/default/disable_ipv6": "1",
            "net/ipv6/conf/all/disable_ipv6": "1",
            "net/bridge/bridge-nf-call-iptables": "0",
            "net/bridge/bridge-nf-call-ip6tables": "0",
            "net/bridge/bridge-nf-call-arptables": "0",
        },
    )
    lines = ["link set lo up"]
    for switch in record.plan.switch_names():
        lines += [
            f"link add {switch} type bridge stp_state 0 mcast_snooping 0 forward_delay 0",
            f"link set {switch} up",
        ]
    ip_batch(board, lines)


def prepare_node(record: Record, node: str) -> None:
    """Before any interface exists: one address family, and nothing spoken unasked."""
    anchor = record.nodes[node].anchor
    assert anchor
    off = "0" if record.plan.ipv6 else "1"
    set_sysctls(
        anchor,
        {
            "net/ipv6/conf/default/disable_ipv6": off,
            "net/ipv6/conf/all/disable_ipv6": off,
            "net/ipv6/conf/default/accept_ra": "0",
            "net/ipv6/conf/default/accept_dad": "0",
            "net/ipv6/conf/all/keep_addr_on_down": "1",
            "net/ipv6/conf/default/keep_addr_on_down": "1",
            "net/ipv4/conf/all/rp_filter": "0",
            "net/ipv4/conf/default/rp_filter": "0",
        },
    )
    ip_batch(anchor, ["link set lo up"])


def plug(record: Record, node: str, path: Path) -> None:
    """Puts one cable in place, addressed and ready, whatever is left of an old one."""
    plug_all(record, [(node, path)])


def plug_all(record: Record, cables: list[tuple[str, Path]]) -> None:
    board = record.switchboard
    assert board
    plan = record.plan
    existing = set(port_names(record))
    lines = []
    for node, path in cables:
        anchor = record.nodes[node].anchor
        assert anchor
        port = plan.port(node, path)
        if port in existing:
            lines.append(f"link del {port}")
        lines += [
            f"link add {port} type veth peer name {path.interface} "
            f"address {plan.mac(node, path)} netns {anchor.pid}",
            f"link set {port} master {path.switch}",
        ]
    ip_batch(board, lines)
    for node in dict.fromkeys(node for node, _ in cables):
        address_node(record, node, [p for n, p in cables if n == node])
    set_ports(record, [node for node, _ in cables])


def address_node(record: Record, node: str, paths: list[Path]) -> None:
    """Addresses and static neighbours. The kernel's neighbour table has one limit over all network
    namespaces; learnt entries of a large lab would overflow it and break the machine's own network,
    permanent ones do not count."""
    plan = record.plan
    anchor = record.nodes[node].anchor
    assert anchor
    lines = []
    for path in paths:
        dev = path.interface
        nodad = " nodad" if plan.ipv6 else ""
        lines += [
            f"link set {dev} addrgenmode none",
            f"link set {dev} up",
            f"addr add {plan.address(node, path)}/{plan.network(path).prefixlen} dev {dev}{nodad}",
        ]
        lines += [
            f"neigh replace {plan.address(peer, path)} lladdr {plan.mac(peer, path)} "
            f"dev {dev} nud permanent"
            for peer in plan.node_names()
            if peer != node
        ]
    ip_batch(anchor, lines)


def unplug(record: Record, node: str, path: Path) -> None:
    """The card is pulled out: the interface is gone from the node."""
    anchor = record.nodes[node].anchor
    assert anchor
    ip_batch(anchor, [f"link del {path.interface}"])


def port_names(record: Record) -> list[str]:
    assert record.switchboard
    listing = run([*inside(record.switchboard), "ip", "-o", "link", "show", "type", "veth"])
    return [line.split(":")[1].strip().split("@")[0] for line in listing.splitlines()]


def set_ports(record: Record, nodes: list[str] | None = None) -> None:
    """A port is up if its switch is on and its node has power. Down, the node's side sees no
    carrier."""
    assert record.switchboard
    existing = set(port_names(record))
    lines = []
    for path in record.plan.path_list():
        for node in nodes or record.plan.node_names():
            port = record.plan.port(node, path)
            lit = record.switches.get(path.switch) != "off" and record.nodes[node].running()
            if port in existing:
                lines.append(f"link set {port} {'up' if lit else 'down'}")
    ip_batch(record.switchboard, lines)


def set_rules(record: Record) -> None:
    """Replaces all rules by what the record says, in one transaction of the kernel."""
    assert record.switchboard
    run([*inside(record.switchboard), "nft", "-f", "-"], ruleset(record))


def ruleset(record: Record) -> str:
    """The text for nft. One lookup decides each frame: dropped, thinned, or let through."""
    plan = record.plan
    lines = [f"table bridge {TABLE}", f"delete table bridge {TABLE}", f"table bridge {TABLE} {{"]
    for percent in sorted(set(record.losses.values())):
        lines.append(
            f"  chain {loss_chain(percent)} {{ "
            f"numgen random mod 10000 < {round(percent * 100)} drop; }}"
        )
    lines.append("  chain forward { type filter hook forward priority 0; policy accept;")
    for path in plan.path_list():
        if record.switches.get(path.switch) == "silent":
            lines.append(f'    iifname "{path.letter}-*" drop')
    verdicts = [
        element(plan, d, f"jump {loss_chain(percent)}")
        for d, percent in record.losses.items()
        if d not in record.cuts
    ]
    verdicts += [element(plan, d, "drop") for d in sorted(record.cuts)]
    if verdicts:
        lines.append("    iifname . oifname vmap { " + ", ".join(verdicts) + " }")
    return "\n".join([*lines, "  }", "}"]) + "\n"


def element(plan: Plan, direction: tuple[str, str, str], verdict: str) -> str:
    sender, receiver, name = direction
    path = plan.match_paths(name)[0]
    return f'"{plan.port(sender, path)}" . "{plan.port(receiver, path)}" : {verdict}'


def loss_chain(percent: float) -> str:
    return f"loss_{round(percent * 100)}"
