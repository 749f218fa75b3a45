"""What a lab consists of, by name and number, before anything of it exists.

Pure: no process, namespace or file is touched here. Node n<i> has member id i; path lan-<x> runs
over switch sw-<x> and is interface eth<k> in every node. All addresses are from the ranges that
are reserved for documentation (RFC 5737, RFC 3849), so that a mistake can reach nobody.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from dataclasses import asdict, dataclass, field

from shell import UsageError

NODES_MAX = 32
PATHS_MAX = 12  # as many as the documentation ranges hold, 32 nodes each
BEAT_PORT = 7740
IPV4_RANGES = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
PROFILES = ("default", "fast")
# A path over a disk that all nodes share, and what the disk is called in each of them.
DISK_PATH = "san"
DISK_INSIDE = "/run/lab/disk"
MEMBERS = ("files", "ledger", "nobody")
# Both labs and tests may need two clusters that must not understand each other; hence a parameter.
DEFAULT_KEY = "5a" * 32


@dataclass(frozen=True)
class Path:
    """One cluster-wide plane: a switch, and one interface in each node."""

    name: str
    switch: str
    index: int

    @property
    def letter(self) -> str:
        return self.name.removeprefix("lan-")

    @property
    def interface(self) -> str:
        return f"eth{self.index}"


@dataclass
class Plan:
    """The shape of a lab. Serialised into its record, so that every verb sees the same lab."""

    nodes: int = 3
    paths: int = 2
    profile: str = "default"
    ipv6: bool = False
    disk: bool = False
    timing: dict[str, str] = field(default_factory=dict)
    binaries: str = ""
    bare: bool = False
    # Who says who the members are: the nodes' files; the ledger, of a cluster that is made with
    # inquest's own commands; or nobody yet, and whoever uses the lab begins.
    members: str = "files"
    cluster: str = "lab"
    key: str = DEFAULT_KEY

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= NODES_MAX:
            raise UsageError(f"{self.nodes} nodes: a lab has 1 to {NODES_MAX}")
        if not 1 <= self.paths <= PATHS_MAX:
            raise UsageError(f"{self.paths} paths: a lab has 1 to {PATHS_MAX}")
        if self.profile not in PROFILES:
            raise UsageError(f"profile {self.profile}: there are {' and '.join(PROFILES)}")
        if self.members not in MEMBERS:
            raise UsageError(f"members by {self.members}: there are {', '.join(MEMBERS)}")
        if self.timing and self.members != "files":
            raise UsageError("timings stand in files: push them to members that agree")

    def as_dict(self) -> dict:
        return asdict(self)

    # -- names

    def node_names(self) -> list[str]:
        return [f"n{i}" for i in range(1, self.nodes + 1)]

    def path_list(self) -> list[Path]:
        return [Path(f"lan-{chr(97 + k)}", f"sw-{chr(97 + k)}", k) for k in range(self.paths)]

    def switch_names(self) -> list[str]:
        return [path.switch for path in self.path_list()]

    def check_node(self, name: str) -> str:
        if name not in self.node_names():
            raise UsageError(f"no node {name}: this lab has {spell(self.node_names())}")
        return name

    def check_switch(self, name: str) -> str:
        if name not in self.switch_names():
            raise UsageError(f"no switch {name}: this lab has {spell(self.switch_names())}")
        return name

    def match_paths(self, pattern: str) -> list[Path]:
        """The paths that a name or a pattern such as 'lan-*' means; at least one."""
        found = [p for p in self.path_list() if fnmatch.fnmatchcase(p.name, pattern)]
        if not found:
            raise UsageError(
                f"no path {pattern}: this lab has {spell([p.name for p in self.path_list()])}"
            )
        return found

    # -- addresses

    def network(self, path: Path) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """A /64 of its own in IPv6; in IPv4 a /26 slice, so that eight paths fit three /24."""
        if self.ipv6:
            return ipaddress.IPv6Network(f"2001:db8:{path.index + 1:x}::/64")
        ranges = ipaddress.IPv4Network(IPV4_RANGES[path.index % 3])
        return list(ranges.subnets(new_prefix=26))[path.index // 3]

    def address(self, node: str, path: Path) -> str:
        return str(self.network(path)[number(node)])

    def mac(self, node: str, path: Path) -> str:
        """Locally administered, and known beforehand: neighbour entries are static."""
        return f"02:1a:{path.index:02x}:00:00:{number(node):02x}"

    def port(self, node: str, path: Path) -> str:
        """Name of the switch port that `node` is plugged into."""
        return f"{path.letter}-{node}"

    # -- configuration of the nodes

    def placed(self, node: str) -> list[str]:
        """The node's addresses as `inquest init` and `inquest invite` take them."""
        words = []
        for path in self.path_list():
            words += ["--address", f"{path.name}={self.address(node, path)}"]
        if self.disk:
            words += ["--address", f"{DISK_PATH}={slot(node)}"]
        return words

    def fated(self, node: str) -> list[str]:
        """The same with the switch of each path, for the founding."""
        words = []
        for path in self.path_list():
            words += ["--address", f"{path.name}={self.address(node, path)}@{path.switch}"]
        if self.disk:
            words += ["--address", f"{DISK_PATH}={slot(node)}@{DISK_PATH}"]
        return words

    def device(self) -> list[str]:
        """What the disk is called, as `inquest init` and `inquest join` take it."""
        return ["--device", f"{DISK_PATH}={DISK_INSIDE}"] if self.disk else []

    def node_toml(self, node: str) -> str:
        interfaces = "".join(f'{p.name} = "{p.interface}"\n' for p in self.path_list())
        device = f'\n[device]\n{DISK_PATH} = "{DISK_INSIDE}"\n' if self.disk else ""
        return f'node = "{node}"\n\n[interface]\n{interfaces}{device}'

    def cluster_toml(self) -> str:
        parts = [f'cluster = "{self.cluster}"\nprofile = "{self.profile}"\n']
        if self.timing:
            lines = "".join(f"{k} = {toml_value(v)}\n" for k, v in sorted(self.timing.items()))
            parts.append(f"[timing]\n{lines}")
        for path in self.path_list():
            parts.append(
                f'[[path]]\nname = "{path.name}"\nkind = "udp"\nfate = "{path.switch}"\n'
                f"port = {BEAT_PORT}\n"
            )
        if self.disk:
            parts.append(f'[[path]]\nname = "{DISK_PATH}"\nkind = "disk"\nfate = "{DISK_PATH}"\n')
        for node in self.node_names():
            addresses = "".join(
                f'  {p.name} = "{self.address(node, p)}"\n' for p in self.path_list()
            )
            if self.disk:
                addresses += f'  {DISK_PATH} = "{slot(node)}"\n'
            parts.append(
                f'[[node]]\nname = "{node}"\nid = {number(node)}\n' f"  [node.address]\n{addresses}"
            )
        return "\n".join(parts)

    def cluster_keys(self) -> str:
        return f"# a key for a lab, known to everybody\n1 {self.key}\n"


def number(node: str) -> int:
    """n7 -> 7"""
    return int(node.removeprefix("n"))


def slot(node: str) -> str:
    """n7 -> slot-7"""
    return f"slot-{number(node)}"


def spell(names: list[str]) -> str:
    """n1 n2 n3, or n1 ... n32: a message stays one line."""
    return " ".join(names) if len(names) <= 8 else f"{names[0]} ... {names[-1]}"


def toml_value(text: str) -> str:
    """Numbers and booleans as they are, everything else (durations above all) as a string."""
    return text if re.fullmatch(r"\d+|true|false", text) else f'"{text}"'


def parse_timing(pairs: list[str]) -> dict[str, str]:
    """['beat_interval=10ms', ...] -> {...}. Whether a key means anything is for inquestd to say."""
    timing: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[a-z_.]+", key) or not re.fullmatch(r"[\w.]+", value):
            raise UsageError(f"--timing {pair}: write KEY=VALUE, say beat_interval=50ms")
        timing[key] = value
    return timing
