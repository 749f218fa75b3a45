"""Every command that changes a cluster, killed at each of its steps, and with it the daemons that
it waits for. Whatever was killed: every `status` tells the truth, and the same command, given
again, goes on and ends well. heartbeat/cli/README.md has the steps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import power
from agreed import await_agreement, coordinator, ledger
from check import await_all, eventually, expect, needs
from fault_points import ENDED_BY_KILL, Point, Running, admit
from laboratory import Lab, Output

LOG = "sync ledger.db-wal"  # the ledger has written to its disk


@dataclass(frozen=True)
class Kill:
    """Who is killed where: the `command`, the daemon of its `node`, that of the `coordinator`."""

    who: str
    where: str
    then: tuple[str, ...] = ()  # and where the daemon is killed that is started in its place
    starts_again: bool = True


def command(*points: str) -> list[Kill]:
    return [Kill("command", point) for point in points]


def node(*points: str) -> list[Kill]:
    return [Kill("node", point) for point in points]


def leader(*points: str) -> list[Kill]:
    return [Kill("coordinator", point) for point in points]


@dataclass
class Trial:
    """A command that is killed at each of `kills`, one after the other, and then left alone."""

    node: str
    argv: tuple[str, ...]
    kills: list[Kill]
    members: list[str]  # who has to agree in the end
    reached: Callable[[dict], bool] = lambda said: True
    text: str = ""
    ready: Callable[[dict], bool] | None = None  # what they say before it is given once more

    def run(self, lab: Lab) -> str:
        """Returns what the command printed when it ended well."""
        for kill in self.kills:
            if self.ready:
                await_agreement(lab, self.members, self.ready, f"{self.named(kill)}: before it")
            self.killed(lab, kill)
        answer = self.again(lab)
        if self.members:
            await_agreement(lab, self.members, self.reached, f"{self.named()} is done")
        return answer.out

    def named(self, kill: Kill | None = None) -> str:
        killed = f" ({kill.who} killed {kill.where})" if kill else ""
        return f"{self.node}: {' '.join(self.argv)}{killed}"

    def again(self, lab: Lab) -> Output:
        """Paths of a daemon that has just been killed may not be up again at once: degraded."""
        answer = lab.run(self.node, *self.argv, text=self.text, timeout=120)
        expect(
            answer.code in (0, 3),
            f"{self.named()}: given again after {self.kills} it ends with {answer.code}: "
            f"{answer.err}",
        )
        return answer

    def killed(self, lab: Lab, kill: Kill) -> None:
        victim = self.node
        if kill.who == "coordinator":
            victim = coordinator(lab, self.members)
        program = "inquest" if kill.who == "command" else "inquestd"
        point = Point(lab, victim, program, f"kill {kill.where}")
        point.set()
        running = Running(lab, self.node, self.argv, self.text)
        running.await_point(point, ends=kill.who == "command")
        if kill.who != "command":
            await_gone(lab, victim, self.named(kill))
        if kill.who != "command" and kill.starts_again:
            start_again(lab, victim, kill.then, self.named(kill))
        answer = running.ended()
        if kill.who == "command":
            expect(answer.code == ENDED_BY_KILL, f"{self.named(kill)}: it was not killed")
        elif answer.code not in (0, 3):
            expect_clear(answer, self.named(kill))
        tells_the_truth(lab, self.node, self.named(kill))


def await_gone(lab: Lab, victim: str, why: str) -> None:
    eventually(lambda: not power.daemon_ids(lab.record(), victim), f"{why}: inquestd is gone")


def start_again(lab: Lab, victim: str, dying: tuple[str, ...], why: str) -> None:
    """As systemd would start it."""
    tells_the_truth(lab, victim, why)
    for where in dying:
        point = Point(lab, victim, "inquestd", f"kill {where}")
        point.set()
        power.start_daemon(lab.record(), victim)
        eventually(point.is_met, f"{why}: the daemon that starts again comes to '{where}'")
        await_gone(lab, victim, why)
    lab.start(victim)


def tells_the_truth(lab: Lab, chosen: str, why: str) -> None:
    """An answer, or in one sentence why there is none and what to do."""
    runs = bool(power.daemon_ids(lab.record(), chosen))
    answer = lab.run(chosen, "inquest", "status")
    if answer.code != 1:
        expect(answer.code in (0, 3, 4), f"{why}: status: exit code {answer.code}: {answer.err}")
        return
    expect_clear(answer, why)
    if not runs:
        words = without_daemon(lab, chosen)
        expect(words in answer.err, f"{why}: status says {words!r}: {answer.err!r}")


def without_daemon(lab: Lab, chosen: str) -> str:
    """What `status` has to say of a node whose inquestd does not run, by the files that it has."""
    place = power.home(lab.record(), chosen)
    begin, toml = place / "state/begin", place / "etc/cluster.toml"
    has_ledger = (place / "state/ledger.db").exists() or (place / "state/member").exists()
    if begin.exists() and not has_ledger:
        founding = begin.read_text().startswith("found")
        return "not founded yet" if founding else "has not joined yet"
    if toml.exists():
        return "inquestd is not running"
    return "half reset" if has_ledger else "belongs to no cluster"


def expect_clear(answer: Output, why: str) -> None:
    lines = [line for line in answer.err.splitlines() if line.strip()]
    said = lines[-1] if lines else ""
    expect(
        said.startswith("inquest: ") and said.count(": ") >= 2,
        f"{why}: it says what, why and what to do, and not: {answer.err!r}",
    )


# ---- Founding and resetting ---------------------------------------------------------------------

BEGINNING = command(
    "after rename /begin",
    "after rename /cluster.keys",
    "after rename /cluster.toml",
    "after rename /node.toml",
    "before connect inquestd.sock",
    'after send "ledger"',
)
FIRST_START = Kill(
    "node",
    "after rename /boot",
    (
        "before link /ledger.db",
        "after link /ledger.db",
        "before rename /member",
        "after rename /member",
        "before unlink /begin",
    ),
)
RESETTING = command(
    "before signal 15",
    "after signal 15",
    "after unlink /cluster.toml",
    "before unlink /ledger.db",
    "after unlink /ledger.db",
    "after unlink /member",
    "after unlink /boot",
    "after unlink /cluster.keys",
    "before unlink /node.toml",
)


def is_bare(lab: Lab, chosen: str) -> None:
    place = power.home(lab.record(), chosen)
    kept = {"boot-id"}  # the lab's stand-in for the kernel's
    found = {f.name for part in ("etc", "state") for f in (place / part).rglob("*") if f.is_file()}
    expect(not found - kept, f"{chosen} is not bare again, there are {found - kept}")


def nothing_to_begin(lab: Lab, chosen: str) -> None:
    begin = power.home(lab.record(), chosen) / "state/begin"
    eventually(lambda: not begin.exists(), f"{chosen}: nothing is to be begun any more")


def found_and_reset(lab: Lab, chosen: str, founding: list[Kill], resetting: list[Kill]) -> None:
    plan = lab.record().plan
    argv = ("inquest", "init", "--cluster", chosen, "--node", chosen, *plan.fated(chosen))
    Trial(chosen, argv, founding, [chosen], lambda said: said["standing"] == "joined").run(lab)
    nothing_to_begin(lab, chosen)
    Trial(chosen, ("inquest", "reset-node", "--yes"), resetting, []).run(lab)
    is_bare(lab, chosen)


@needs(nodes=3, members="nobody")
def test_founding_and_resetting(lab: Lab) -> None:
    """Three bare nodes, each of which founds a cluster of its own."""
    everybody = lab.record().plan.node_names()
    admit(lab, everybody)
    rows = [
        ("n1", BEGINNING, RESETTING),
        ("n2", [FIRST_START], [Kill("node", "after sync ledger.db", starts_again=False)]),
        ("n3", [Kill("node", "after unlink /begin", (f"after {LOG}", f"after {LOG} 2"))], []),
    ]
    with ThreadPoolExecutor(len(rows)) as pool:
        for future in [pool.submit(found_and_reset, lab, *row) for row in rows]:
            future.result()


# ---- One sentence on which all agree ------------------------------------------------------------

ASKING = command('before send "ask"', 'after send "ask"', 'after send "handling"')
MEMBERS = ["n1", "n2", "n3"]


def cluster(lab: Lab) -> None:
    admit(lab, lab.record().plan.node_names())
    lab.make_cluster(MEMBERS)
    await_all(lab, "alive", MEMBERS)


def follower(lab: Lab) -> str:
    leading = coordinator(lab, MEMBERS)
    return next(one for one in MEMBERS if one != leading)


class Settings:
    """Each of these makes a trial that changes something, whatever was there before."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.fate = 0

    def arm(self, kills: list[Kill]) -> Trial:
        armed = not ledger(self.lab, "n1")["armed"]
        verb = "arm" if armed else "disarm"
        return self.trial(("inquest", verb), kills, lambda said: said["armed"] == armed)

    def maintenance(self, kills: list[Kill]) -> Trial:
        on = not self.maintained(ledger(self.lab, "n1"))
        argv = ("inquest", "maintenance", "on" if on else "off", "n2")
        return self.trial(argv, kills, lambda said: self.maintained(said) == on)

    def config_push(self, kills: list[Kill]) -> Trial:
        """Two changes: another fate for each of the two paths."""
        self.fate += 1
        fates = [f"x{self.fate}", f"y{self.fate}"]
        chosen = follower(self.lab)
        shown = self.lab.must(chosen, "inquest", "config", "show").out.splitlines()
        lines = iter(fates)
        wanted = [f'fate = "{next(lines)}"' if "fate =" in line else line for line in shown]
        self.lab.write(chosen, "wanted.toml", "\n".join(wanted) + "\n")
        argv = ("inquest", "config", "push", "/etc/inquest/wanted.toml")
        return Trial(
            chosen,
            argv,
            kills,
            MEMBERS,
            lambda said: [path["fate"] for path in said["paths"]] == fates,
        )

    def rekey(self, kills: list[Kill]) -> Trial:
        """Given while the key of the one before still waits for a member, it has nothing to ask
        for and only waits along: each is given when that is over."""
        before = ledger(self.lab, "n1")["index"]

        def no_key_waits(said: dict) -> bool:
            return not any(key["waits"] for key in said["keys"])

        trial = self.trial(
            ("inquest", "rekey"),
            kills,
            lambda said: said["index"] >= before + 2 and no_key_waits(said),
        )
        trial.ready = no_key_waits
        return trial

    def trial(self, argv: tuple[str, ...], kills: list[Kill], reached: Callable) -> Trial:
        return Trial(follower(self.lab), argv, kills, MEMBERS, reached)

    @staticmethod
    def maintained(said: dict) -> bool:
        return next(m for m in said["members"] if m["name"] == "n2")["maintenance"]


@needs(nodes=3, members="nobody", bound=400.0)
def test_settings(lab: Lab) -> None:
    cluster(lab)
    settings = Settings(lab)
    for make, kills in (
        (settings.arm, ASKING),
        (settings.arm, node(f"before {LOG}")),
        (settings.arm, node(f"after {LOG}")),
        (settings.arm, leader(f"before {LOG}")),
        (settings.maintenance, ASKING),
        (settings.maintenance, leader(f"after {LOG}")),
        (settings.config_push, ASKING),
        (settings.config_push, command('before send "ask" 2')),
        (settings.config_push, node("before rename /cluster.toml")),
        (settings.config_push, leader("after rename /cluster.toml")),
        (settings.config_push, leader(f"after {LOG} 2")),
        (settings.rekey, [*ASKING, *command('after send "ledger"')]),
        (settings.rekey, node("before rename /cluster.keys")),
        (settings.rekey, node("after rename /cluster.keys")),
        (settings.rekey, leader(f"after {LOG}")),
        (settings.rekey, leader("before rename /cluster.keys")),
        (settings.rekey, leader(f"after {LOG} 2")),
    ):
        make(kills).run(lab)
    await_all(lab, "alive")


# ---- Members that come and go -------------------------------------------------------------------

NEWCOMER = "n4"


def is_member(said: dict) -> bool:
    known = next((m for m in said["members"] if m["name"] == NEWCOMER), None)
    return known is not None and known["standing"] == "joined" and known["votes"]


def is_gone(said: dict) -> bool:
    return all(m["name"] != NEWCOMER for m in said["members"])


def comes(lab: Lab, inviting: list[Kill], joining: list[Kill]) -> None:
    addresses = lab.record().plan.placed(NEWCOMER)
    invite = Trial(
        follower(lab), ("inquest", "invite", NEWCOMER, *addresses), inviting, MEMBERS
    )
    token = invite.run(lab)
    join = Trial(NEWCOMER, ("inquest", "join", "-"), joining, MEMBERS, is_member, token)
    join.run(lab)
    nothing_to_begin(lab, NEWCOMER)


def goes(lab: Lab, verb: str, kills: list[Kill]) -> None:
    if verb == "leave":
        Trial(NEWCOMER, ("inquest", "leave"), kills, MEMBERS, is_gone).run(lab)
    else:
        Trial(follower(lab), ("inquest", "remove", NEWCOMER), kills, MEMBERS, is_gone).run(lab)
    eventually(
        lambda: ledger(lab, NEWCOMER)["mode"] == "removed", f"{NEWCOMER} is told that it is removed"
    )
    lab.must(NEWCOMER, "inquest", "reset-node", "--yes")
    is_bare(lab, NEWCOMER)


@needs(nodes=4, members="nobody", bound=600.0)
def test_members(lab: Lab) -> None:
    cluster(lab)
    asked = [*ASKING, *command('before send "token"', 'after send "token"')]
    for inviting, joining, verb, leaving in (
        (asked, BEGINNING, "leave", command('before send "ask"', 'after send "ask"')),
        (node(f"before {LOG}"), [FIRST_START], "leave", node("before rename /removed")),
        (
            [*leader(f"before {LOG}"), *leader(f"after {LOG}")],
            node("after unlink /begin"),
            "leave",
            node("after rename /removed"),
        ),
        (node(f"after {LOG}"), leader(f"before {LOG}"), "leave", leader(f"after {LOG}")),
        (
            [],
            leader(f"after {LOG}"),
            "remove",
            command('before send "ask"', 'after send "handling"'),
        ),
        ([], leader(f"after {LOG} 2"), "remove", leader(f"before {LOG}")),
        ([], [], "remove", leader(f"after {LOG} 2")),
    ):
        comes(lab, inviting, joining)
        goes(lab, verb, leaving)
    await_all(lab, "alive", MEMBERS)
