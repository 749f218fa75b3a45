"""What is searched: configurations in which the invariants must hold, and rules that are missed.

A configuration is a bounded cluster: which faults and which decisions are in it, and how many of
each. A dropped rule names the configuration that it is dropped from: with the rule that one holds,
so a counterexample is due to the rule alone.
"""

from __future__ import annotations

from dataclasses import dataclass

ONE_GUEST = "one_guest"  # the name of an assertion in the model, and its place in DESIGN section 8
INVARIANTS = {
    ONE_GUEST: "1",
    "receipt_first": "2",
    "condemned_first": "3",
    "ends_in_time": "4",
    "ends_by_right": "7",
    "receipt_true": "1 (a receipt is not true)",
}


@dataclass(frozen=True)
class Configuration:
    name: str
    what: str  # what is in it
    defines: tuple[str, ...]
    quick: bool = True  # part of the quick set too


@dataclass(frozen=True)
class Dropped:
    name: str
    what: str  # what is done instead, or what turns out not to be so
    base: str  # the configuration that it is dropped from
    switch: str  # what the model is told
    breaks: str  # the assertion that must fail


FEW = ("LEASE=1", "DRIFT=0", "TERMS=1", "CRASHES=0")
LEADERS_DIE = ("LEASE=1", "DRIFT=0", "TERMS=2", "CRASHES=1")
GROW = ("CHANGES_VOTERS", "OLD_VOTERS=3", "NEW_VOTERS=7")
SHRINK = ("NODES=4", "CHANGES_VOTERS", "OLD_VOTERS=15", "NEW_VOTERS=7", "LEADERS=2")

CONFIGURATIONS = (
    Configuration(
        "voters",
        "3 voters; X or another leads; a voter crashes, a new leader truncates; self-fence wait",
        (*LEADERS_DIE, "ENTRIES=3"),
    ),
    Configuration(
        "drift",
        "clocks disagree by a tick; lease of 2 ticks; one leader",
        ("LEASE=2", "DRIFT=1", "TERMS=1", "CRASHES=0", "ENTRIES=3"),
    ),
    Configuration(
        "timeout",
        "a watchdog of 3 ticks; one leader",
        (*FEW, "TIMEOUT=3", "ENTRIES=3"),
    ),
    Configuration(
        "restarts",
        "X's daemon crashes twice and comes back in the same incarnation; one leader",
        (*FEW, "RESTARTS=2", "ENTRIES=3"),
    ),
    Configuration(
        "reboots",
        "X dies and boots; the guest goes to its second incarnation, then to Y; receipt `rebooted`",
        (*FEW, "BOOTS=2", "ENTRIES=5"),
    ),
    Configuration(
        "acquittal",
        "condemned, acquitted, condemned again; one leader",
        (*FEW, "ACQUITS", "ENTRIES=5"),
    ),
    Configuration(
        "truncation",
        "acquittal or condemnation appended, then truncated by a new leader; a voter crashes",
        (*LEADERS_DIE, "ACQUITS", "ENTRIES=3"),
    ),
    Configuration(
        "power",
        "power fencing, slow or without an answer; acquittal until `fence_begun`; one leader",
        (*FEW, "POWER", "ACQUITS", "ENTRIES=4"),
    ),
    Configuration(
        "power-only",
        "power fencing alone; X boots again after it, and is condemned again; one leader",
        (*FEW, "POWER", "NO_SELF_FENCE", "X_LASTS", "BOOTS=2", "LEADERS=2", "ENTRIES=7"),
    ),
    Configuration(
        "terms",
        "X makes its lease shorter or longer; one leader",
        ("LEASE=2", "DRIFT=0", "TERMS=1", "CRASHES=0", "TWO_TERMS", "LEADERS=2", "ENTRIES=4"),
    ),
    Configuration(
        "migration",
        "live migration, release, condemnation, self-fence wait; one leader",
        (*FEW, "MIGRATES", "RELEASES", "ENTRIES=3"),
    ),
    Configuration(
        "lossy",
        "grants come or do not; leases end without a condemnation; one leader",
        (*FEW, "GRANTS_LOST", "ENTRIES=3"),
    ),
    Configuration(
        "disk",
        "a voter loses its disk, and notices",
        (*LEADERS_DIE, "DISK_LOST", "ENTRIES=3"),
    ),
    Configuration(
        "witnesses",
        "X is no voter: two others are",
        (*FEW, "OLD_VOTERS=6", "ENTRIES=3"),
    ),
    Configuration(
        "even",
        "4 voters; one leader",
        (*FEW, "NODES=4", "LEADERS=2", "ENTRIES=3"),
    ),
    Configuration(
        "grow",
        "voters 2 -> 3 with `settled`, in time; one leader",
        (*FEW, *GROW, "LEADERS=2", "ENTRIES=5"),
    ),
    Configuration(
        "shrink",
        "voters 4 -> 3 with `settled`, in time, up to the receipt; X lasts; one leader",
        (*FEW, *SHRINK, "JUDGES_RECEIPTS", "X_LASTS", "ENTRIES=4"),
    ),
    Configuration(
        "voters-large",
        "as voters, with drift and a lease of 2 ticks",
        ("LEASE=2", "DRIFT=1", "TERMS=2", "CRASHES=1", "ENTRIES=3"),
        quick=False,
    ),
    Configuration(
        "three-terms",
        "as voters, with two changes of leader and two crashes",
        ("LEASE=1", "DRIFT=0", "TERMS=3", "CRASHES=2", "ENTRIES=3"),
        quick=False,
    ),
    Configuration(
        "grow-leaders",
        "as grow, and X may lead, and leaders change",
        ("LEASE=1", "DRIFT=0", "TERMS=2", "CRASHES=0", *GROW, "ENTRIES=4"),
        quick=False,
    ),
    Configuration(
        "mixture",
        "power fencing, migration, release, a restart of the daemon; one leader",
        (*FEW, "POWER", "MIGRATES", "RELEASES", "RESTARTS=1", "LEADERS=2", "ENTRIES=4"),
        quick=False,
    ),
)

DROPPED = (
    Dropped("stop-before-ack", "a voter stops granting when it applies, not before it acknowledges",
            "voters", "DROP_STOP_BEFORE_ACK", ONE_GUEST),
    Dropped("stop-self", "X as a voter goes on granting to itself",
            "voters", "DROP_STOP_SELF", ONE_GUEST),
    Dropped("blocking-set", "any one grant makes a lease",
            "voters", "DROP_BLOCKING_SET", ONE_GUEST),
    Dropped("majority", "a minority commits",
            "voters", "DROP_MAJORITY", ONE_GUEST),
    Dropped("load-first", "a voter grants before it has read its log",
            "voters", "DROP_LOAD_FIRST", ONE_GUEST),
    Dropped("lost-disk-mute", "a voter that lost its disk votes and grants",
            "disk", "DROP_LOST_DISK_MUTE", ONE_GUEST),
    Dropped("resume-on-commit", "grants resume when an acquittal is appended",
            "truncation", "DROP_RESUME_ON_COMMIT", ONE_GUEST),
    Dropped("watch-on-commit", "the stopwatch starts when the condemnation is appended",
            "voters", "DROP_WATCH_ON_COMMIT", ONE_GUEST),
    Dropped("watch-names", "a stopwatch names no condemnation, and outlives an acquittal",
            "acquittal", "DROP_WATCH_NAMES", ONE_GUEST),
    Dropped("watch-anew", "a stopwatch counts on over a restart of unknown length",
            "voters", "DROP_WATCH_ANEW", ONE_GUEST),
    Dropped("wait-whole", "the wait is one tick short",
            "voters", "DROP_WAIT_WHOLE", ONE_GUEST),
    Dropped("timeout-twice", "the wait has the watchdog's timeout once",
            "timeout", "DROP_TIMEOUT_TWICE", ONE_GUEST),
    Dropped("drift-in-wait", "the wait allows for no drift",
            "drift", "DROP_DRIFT", ONE_GUEST),
    Dropped("grants-name-session", "a grant of an earlier session counts",
            "restarts", "DROP_SESSION", ONE_GUEST),
    Dropped("relax-afterwards", "X uses its longer terms before they are committed",
            "terms", "DROP_RELAX_AFTERWARDS", ONE_GUEST),
    Dropped("tighten-first", "X uses its shorter terms only after they are committed",
            "terms", "DROP_TIGHTEN_FIRST", ONE_GUEST),
    Dropped("terms-frozen", "the terms of a condemned incarnation change, and with them the wait",
            "terms", "DROP_TERMS_FROZEN", ONE_GUEST),
    Dropped("feed-by-lease", "the watchdog is fed without a lease",
            "voters", "DROP_FEED_BY_LEASE", "ends_in_time"),
    Dropped("in-flight-counts", "a start under way does not count as a guest",
            "voters", "DROP_IN_FLIGHT_COUNTS", ONE_GUEST),
    Dropped("adopt", "a restarted daemon takes it that no guest runs",
            "restarts", "DROP_ADOPT", "ends_in_time"),
    Dropped("paused-counts", "a paused guest does not count",
            "migration", "DROP_PAUSED_COUNTS", ONE_GUEST),
    Dropped("keeper-holds-watchdog", "each start of the daemon opens, and so feeds, the watchdog",
            "restarts", "DROP_KEEPER_HOLDS_DOG", "ends_in_time"),
    Dropped("lease-to-start", "X starts a guest without a lease",
            "voters", "DROP_LEASE_TO_START", ONE_GUEST),
    Dropped("owner-names-incarnation", "the owner is a node, of whatever incarnation",
            "reboots", "DROP_OWNER_NAMES_INCARNATION", ONE_GUEST),
    Dropped("release-is-durable", "X forgets that it released, and reads a stale entry",
            "migration", "DROP_RELEASE_IS_DURABLE", ONE_GUEST),
    Dropped("receipt-to-move", "a condemnation is enough to give the guest away",
            "voters", "DROP_RECEIPT_TO_MOVE", "ends_by_right"),
    Dropped("time-out-is-unknown", "a device that gives no answer counts as off",
            "power", "DROP_TIMEOUT_IS_UNKNOWN", ONE_GUEST),
    Dropped("condemn-first", "a device is asked when the condemnation is appended",
            "power", "DROP_CONDEMN_FIRST", "condemned_first"),
    Dropped("begun-first", "a device is asked before `fence_begun` is committed",
            "power", "DROP_BEGUN_FIRST", "condemned_first"),
    Dropped("no-late-acquittal", "an acquittal is accepted after `fence_begun`",
            "power", "DROP_NO_ACQUITTAL_AFTER_BEGUN", "condemned_first"),
    Dropped("receipt-names-incarnation", "`off` of an earlier incarnation counts for the next one",
            "power-only", "DROP_RECEIPT_NAMES_INCARNATION", ONE_GUEST),
    Dropped("rebooted-is-newer", "a new session of the daemon counts as a reboot",
            "restarts", "DROP_REBOOTED_IS_NEWER", ONE_GUEST),
    Dropped("release-to-move", "a migration that has arrived is enough to give the guest away",
            "migration", "DROP_RELEASE_TO_MOVE", "ends_by_right"),
    Dropped("migrate-paused", "libvirt resumes the guest at the destination",
            "migration", "DROP_MIGRATE_PAUSED", ONE_GUEST),
    Dropped("release-when-gone", "X releases a guest that is only paused",
            "migration", "DROP_RELEASE_WHEN_GONE", ONE_GUEST),
    Dropped("both-majorities", "new voters alone condemn before they are settled",
            "grow", "DROP_BOTH_MAJORITIES", ONE_GUEST),
    Dropped("switch-on-append", "grants name the new voters only when `settled` is committed",
            "grow", "DROP_SWITCH_ON_APPEND", ONE_GUEST),
    Dropped("grants-name-voters", "X counts grants that name other voters than its own",
            "shrink", "DROP_GRANTS_NAME_VOTERS", "receipt_true"),
    Dropped("voters-only", "X counts itself although it is no voter",
            "witnesses", "DROP_VOTERS_ONLY", ONE_GUEST),
    Dropped("assume-device-true", "assumption: a device reports off what it did not switch off",
            "power", "BREAK_DEVICE_IS_TRUE", ONE_GUEST),
    Dropped("assume-no-suspend", "assumption: the machine is suspended, and its watchdog with it",
            "voters", "BREAK_NO_SUSPEND", ONE_GUEST),
)
