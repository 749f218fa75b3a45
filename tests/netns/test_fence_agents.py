"""Fence agents that behave in every way an agent can, run by a real inquest-fenced: what it
answers, what is left of them, and what becomes of the secrets that they were told."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from check import eventually, expect, expect_one_error, needs
from fenced import Fenced, Line, call, device, lives, now, occurs_in_processes, percentile
from laboratory import Lab

SECRET = "correct horse&battery"
ALONE = {"nodes": 1, "paths": 1, "bare": True}


def order(line: Line, what: str, agent: str, **more: object) -> dict:
    """Its last answer."""
    first = bool(more.pop("look_first", False))
    look = {"look_first": first} if what == "off" else {}
    return line.answer(line.send(what, **look, **call(agent, **more)))


def says(answer: dict, word: str, why: str = "") -> None:
    expect(answer["answer"] == word and why in answer["why"], f"{word} ({why}): {answer}")


# -- what an answer is worth

SOUND = """
if action == "off":
    note("off")
if action == "status":
    off() if is_noted("off") else on()
"""
LATE = """
if action == "off":
    time.sleep(0.5)
if action == "status":
    for asked in ("once", "twice", "thrice"):
        if not is_noted(asked):
            note(asked)
            on()
    off()
"""
LIAR = """
if action == "status":
    on()
"""
HANGS = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(1000)
"""
BREEDS = """
for session in (False, True):
    if os.fork() == 0:
        if session:
            os.setsid()
            if os.fork():
                os._exit(0)
        note("pids", os.getpid())
        note("child" + str(session))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
while not (is_noted("childTrue") and is_noted("childFalse")):
    time.sleep(0.01)
"""
BREEDS_WELL = BREEDS + SOUND
BREEDS_AND_HANGS = BREEDS + HANGS
BABBLES = """
if action == "off":
    note("off")
if action == "status":
    try:
        for i in range(300):
            os.write(1, os.urandom(16384))
            os.write(2, b"x" * 16384)
    finally:
        os._exit(7)
"""
DIES = """
if action == "status":
    os.kill(os.getpid(), signal.SIGSEGV)
"""
REFUSES = """
if action == "off":
    sys.stderr.write("ERROR: Unable to connect/login to fencing device\\n\\n")
    sys.exit(1)
"""
# What a shell or Python ends with when it cannot even read the agent or its arguments.
CRASHES = """
if action != "off":
    sys.exit(2)
"""
SILENT = """
if action == "status":
    sys.exit(2)
"""
OFF_ALREADY = """
if action == "status":
    off()
sys.exit(1)
"""


@needs(**ALONE, bound=600)
def test_only_a_status_of_off_is_a_proof(lab: Lab) -> None:
    rows = [
        # script, order, timeout, answer, in the reason
        (SOUND, "off", 20, "off", "status said off"),
        (LATE, "off", 30, "off", "status said off"),
        (LIAR, "off", 2, "failed", "status says on"),
        (HANGS, "off", 1, "failed", "no answer in its time"),
        (BREEDS_WELL, "off", 20, "off", "status said off"),
        (BREEDS_AND_HANGS, "off", 1, "failed", "no answer in its time"),
        (BABBLES, "off", 2, "failed", "exit code 7"),
        (DIES, "off", 2, "failed", "signal 11"),
        (REFUSES, "off", 20, "failed", "exit code 1: ERROR: Unable to connect"),
        (CRASHES, "off", 2, "failed", "did not say off"),
        (SILENT, "off", 20, "off", "status said off"),
        (OFF_ALREADY, "off", 20, "failed", "exit code 1"),
        (OFF_ALREADY, "off first", 20, "off", "before anything was switched"),
        (SOUND, "probe", 20, "ready", "says on"),
        (OFF_ALREADY, "probe", 20, "ready", "says off"),
        (HANGS, "probe", 1, "failed", "no answer in its time"),
        (CRASHES, "probe", 20, "failed", "did not say off"),
        (DIES, "probe", 20, "failed", "signal 11"),
    ]
    with Fenced(lab.record().plan.binaries) as fenced:
        line = fenced.line()
        for number, (script, what, timeout, word, why) in enumerate(rows):
            for note in fenced.notes.iterdir():
                if note.name != "pids":
                    note.unlink()
            agent = f"fence_row{number}"
            fenced.agent(agent, script)
            answer = order(
                line, what.split()[0], agent, timeout=timeout, look_first=what.endswith("first")
            )
            says(answer, word, why)
            fenced.nothing_is_left(f"row {number}, {what}")
            begun = line.answer(answer["id"], "begun")
            expect(line.heard.index(begun) < line.heard.index(answer), "it has begun before")
            if what == "off first":
                expect(fenced.noted("calls") == ["status"], "nothing was switched")
        lines = [one for one in fenced.log().splitlines() if "order=" in one]
        expect(len(lines) == len(rows), f"one line an order: {lines}")
        expect(all(len(one) < 1000 for one in lines), "and none is a page")
        longest = max(len(str(answer)) for answer in line.heard)
        expect(longest < 1000, f"no answer carries megabytes: {longest}")


@needs(**ALONE)
def test_what_cannot_be_run(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_open", SOUND)
        (fenced.agents / "fence_open").chmod(0o777)
        fenced.agent("fence_dull", SOUND)
        (fenced.agents / "fence_dull").chmod(0o644)
        (fenced.agents / "fence_text").write_text("#!/no/such/interpreter\n")
        (fenced.agents / "fence_text").chmod(0o755)
        line = fenced.line()
        for agent, why in [
            ("fence_missing", "install the agent's package"),
            ("fence_open", "chmod go-w"),
            ("fence_dull", "chmod +x"),
            ("fence_text", "cannot be started"),
            ("../bin/sh", "name of no agent"),
            ("fence_../x", "name of no agent"),
            ("sh", "name of no agent"),
        ]:
            says(order(line, "off", agent), "failed", why)
        expect(not fenced.started(), "none of them ran")


# -- secrets

TELLS_ALL = """
note("arguments", open("/proc/self/cmdline").read())
note("environment", sorted(os.environ))
note("descriptors", sorted(os.listdir("/proc/self/fd")))
signals = [l.split() for l in open("/proc/self/status") if l.startswith(("SigBlk", "SigIgn"))]
ours = 0x1001000 if signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN else 0  # Python's own
for _, mask in signals:
    note("signals", int(mask, 16) & ~ours)
note("group", os.getpgid(0) == os.getpid())
note("password", said.get("password"))
import base64, urllib.parse
for stream in (sys.stdout, sys.stderr):
    for form in (said["password"], urllib.parse.quote(said["password"]),
                 base64.b64encode(("inquest:" + said["password"]).encode()).decode()):
        stream.write("Unable to log in with " + form + "\\n")
    stream.flush()
while action == "status" and not is_noted("go"):
    time.sleep(0.01)
sys.exit(1)
"""


@needs(**ALONE)
def test_secrets_reach_the_agent_and_nobody_else(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        # -IS keeps Python from its library; this one needs a little of it.
        fenced.agent("fence_teller", TELLS_ALL)
        file = fenced.agents / "fence_teller"
        file.write_text(file.read_text().replace("python3 -IS", "python3"))
        fenced.secrets("bmc", f"# the BMC of n3\n\npassword={SECRET}\n")
        line = fenced.line()
        number = line.send("probe", **call("fence_teller", secrets="bmc", username="inquest"))
        eventually(lambda: fenced.noted("password"), "the agent is told")
        expect(fenced.noted("password") == [SECRET], "its password")
        found = occurs_in_processes(SECRET)
        (fenced.notes / "go").touch()
        answer = line.answer(number)
        says(answer, "failed", "exit code 1: Unable to log in with")
        expect(not found, f"no argument and no environment has it: {found}")
        everything = fenced.log() + str(line.heard)
        for form in (SECRET, "correct%20horse", "Y29ycmVjdCBob3Jz", "horse", "battery"):
            expect(form not in everything, f"{form} stands nowhere: {everything}")
        expect(
            fenced.noted("environment") == [str(["LANG", "LC_ALL", "PATH", "PYTHONWARNINGS"])],
            f"a minimal environment: {fenced.noted('environment')}",
        )
        # Three, and that of listdir itself.
        expect(
            fenced.noted("descriptors")[0].count("'") == 8,
            f"no descriptor of ours is open: {fenced.noted('descriptors')}",
        )
        expect(
            fenced.noted("signals") == ["0", "0"],
            f"no signal is blocked or ignored: {fenced.noted('signals')}",
        )
        expect(fenced.noted("group") == ["True"], "it has a group of its own")


@needs(**ALONE)
def test_a_secrets_file_that_others_could_read_is_refused(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_sound", SOUND)
        place = fenced.etc / "fence"
        fenced.secrets("open", f"password={SECRET}\n", 0o640)
        fenced.secrets("foreign", f"password={SECRET}\n")
        os.chown(place / "foreign", 65534, 65534)
        fenced.secrets("sound", f"password={SECRET}\n")
        (place / "link").symlink_to("sound")
        (place / "folder").mkdir(mode=0o700)
        os.mkfifo(place / "pipe", 0o600)
        fenced.secrets("long", "password=" + "x" * 20_000)
        fenced.secrets("word", f"{SECRET}\n")
        fenced.secrets("ours", "action=on\n")
        line = fenced.line()
        for name, why in [
            ("open", "chmod go-rwx"),
            ("foreign", "chown root"),
            ("link", "it is a link"),
            ("folder", "no regular file"),
            ("pipe", "no regular file"),
            ("long", "more than"),
            ("word", "line 1"),
            ("ours", "leave it out"),
            ("missing", "write it there"),
            ("../fence/sound", "without `/`"),
            (".hidden", "no file"),
        ]:
            answer = order(line, "off", "fence_sound", secrets=name)
            says(answer, "failed", why)
            expect(name in answer["why"], f"the file is named: {answer}")
        expect(not fenced.started(), "no agent ran")
        expect(SECRET not in fenced.log() + str(line.heard), "no secret is shown")
        says(order(line, "probe", "fence_sound", secrets="sound"), "ready")
        place.chmod(0o777)
        says(order(line, "probe", "fence_sound", secrets="sound"), "failed", "chmod go-w")


# -- turns, and who waits for whom

WAITS = """
if action == "off":
    note("begins")
    while not is_noted("go"):
        time.sleep(0.01)
    note("ends")
if action == "status":
    off() if is_noted("go") else time.sleep(1000)
"""


@needs(**ALONE)
def test_a_power_off_waits_for_nothing_but_another(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_waits", WAITS)
        line = fenced.line()
        probe = line.send("probe", **call("fence_waits"))
        line.answer(probe, "begun")
        first = line.send("off", look_first=False, **call("fence_waits"))
        says(line.answer(probe), "failed", "made way")
        line.answer(first, "begun")
        eventually(lambda: fenced.noted("begins"), "the first one switches")
        second = line.send("off", look_first=True, **call("fence_waits", plug="2"))
        asked = line.send("probe", **call("fence_waits", timeout=1))
        says(line.answer(asked), "failed", "other orders")
        third = line.send("off", look_first=True, **call("fence_waits"))
        line.send("give-up", id=third)
        says(line.answer(third), "failed", "given up")
        expect(len(fenced.noted("begins")) == 1, "one at a time")
        (fenced.notes / "go").touch()
        says(line.answer(first), "off")
        says(line.answer(second), "off", "before anything was switched")
        says(order(line, "probe", "fence_waits"), "ready")
        fenced.nothing_is_left("all are answered")


@needs(**ALONE)
def test_many_devices_at_once(lab: Lab) -> None:
    """Sixteen agents run; the power-off of one device more ends a question for its place."""
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_waits", WAITS)
        line = fenced.line()
        probes = [line.send("probe", **call("fence_waits", name=f"d{i}")) for i in range(20)]
        eventually(lambda: len(fenced.started()) == 16, "sixteen run")
        off = line.send("off", look_first=False, **call("fence_waits", name="one-more"))
        line.answer(off, "begun")
        says(line.answer(probes[15]), "failed", "made way")
        expect(len(fenced.children()) <= 16, "no more than sixteen at once")
        (fenced.notes / "go").touch()
        says(line.answer(off), "off")
        for probe in probes:
            line.send("give-up", id=probe)
        for probe in probes:
            line.answer(probe)
        fenced.nothing_is_left("all are answered")


@needs(**ALONE)
def test_whose_client_has_gone(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_waits", WAITS)
        fenced.agent("fence_hangs", HANGS)
        line = fenced.line()
        line.send("off", look_first=False, **call("fence_waits"))
        line.send("probe", **call("fence_hangs"))
        eventually(lambda: len(fenced.started()) == 2, "both run")
        line.close()
        hangs = fenced.started()[1]
        eventually(lambda: "nobody waits" in fenced.log(), "the question is given up")
        next_line = fenced.line()
        off = next_line.send("off", look_first=True, **call("fence_waits"))
        (fenced.notes / "go").touch()
        says(next_line.answer(off), "off", "before anything was switched")
        expect(fenced.noted("ends"), "the power-off went on to its end")
        expect(not lives(hangs, str(fenced.folder)), "the question did not")
        expect("asks=off" in fenced.log().split("nobody waits")[1], "and was told to people")


@needs(**ALONE)
def test_its_own_end_is_that_of_its_agents(lab: Lab) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with Fenced(lab.record().plan.binaries) as fenced:
            script = HANGS if sign == signal.SIGKILL else BREEDS_AND_HANGS
            fenced.agent("fence_hangs", script)
            line = fenced.line()
            line.send("off", look_first=False, **call("fence_hangs"))
            wanted = 1 if sign == signal.SIGKILL else 3
            eventually(lambda f=fenced, w=wanted: len(f.started()) == w, "it hangs")
            code = fenced.stop(sign)
            expect(code == (0 if sign == signal.SIGTERM else -sign), f"exit code {code}")
            eventually(
                lambda f=fenced: not [p for p in f.started() if lives(p, str(f.folder))],
                f"nothing outlives {sign.name}",
            )
            expect(line.hear() is None or line.hear() is None, "its client learns of it")


@needs(**ALONE)
def test_who_is_not_listened_to(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_waits", WAITS)
        for text in (b"off", b"{}", b"[" * 60_000, b"x" * 70_000, b'{"order":"off","id":1}'):
            line = fenced.line()
            line.socket.send(text)
            expect(line.hear() is None, f"{text[:20]!r} cuts the line")
        line = fenced.line()
        line.send("off", look_first=False, **call("fence_waits"), id=7)
        line.answer(7, "begun")
        line.send("probe", **call("fence_waits", name="other"), id=7)
        while line.hear() is not None:
            continue
        (fenced.notes / "go").touch()
        stranger = subprocess.run(
            ["setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", STRANGER]
            + [str(fenced.run / "fenced.sock")],
            capture_output=True,
            text=True,
        )
        expect("PermissionError" in stranger.stderr, f"others cannot connect: {stranger}")
        second = subprocess.run(fenced.command(), capture_output=True, text=True, timeout=60)
        expect(second.returncode == 1, f"the second one is turned away: {second}")
        expect_one_error(second.stderr, "another inquest-fenced")
        many = [fenced.line() for _ in range(4)]
        one_more = fenced.line()
        expect(one_more.hear() is None, "and so is a fifth client")
        says(order(many[3], "probe", "fence_waits"), "ready")


STRANGER = """
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])
"""


@needs(**ALONE)
def test_notices_run_beside_everything(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_hangs", HANGS)
        program = fenced.folder / "page"
        program.write_text(f'#!/bin/sh\nenv > {fenced.notes}/page\n[ "$INQUEST_EVENT" = fence ]\n')
        program.chmod(0o755)
        line = fenced.line()
        line.send("off", look_first=False, **call("fence_hangs"))

        def notify(**environment: str) -> dict:
            return line.answer(
                line.send(
                    "notify", program=str(program), environment=environment, timeout_ms=20_000
                )
            )

        says(notify(INQUEST_EVENT="fence"), "done")
        expect("INQUEST_EVENT=fence" in fenced.noted("page"), f"{fenced.noted('page')}")
        says(notify(INQUEST_EVENT="no"), "failed", "exit code 1")
        says(notify(LD_PRELOAD="/tmp/x.so"), "failed", "only INQUEST_")
        program.chmod(0o757)
        says(notify(INQUEST_EVENT="fence"), "failed", "chmod go-w")


# -- rehearsals and the check

DESCRIBED = """
if action == "metadata":
    print('''<?xml version="1.0" ?><resource-agent name="fence_told"><parameters>
<parameter name="ip" required="1"><content type="string"/></parameter>
<parameter name="password" required="0" obsoletes="passwd"><content type="string"/></parameter>
<parameter name="passwd" required="0" deprecated="1"><content type="string"/></parameter>
<parameter name="plug" required="1"><content type="string"/></parameter>
</parameters><actions><action name="off"/><action name="reboot"/><action name="status"/>
<action name="monitor"/><action name="metadata"/></actions></resource-agent>''')
elif action == "status":
    on()
"""


@needs(**ALONE)
def test_a_rehearsal_goes_as_far_as_it_may(lab: Lab) -> None:
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.agent("fence_told", DESCRIBED)
        fenced.secrets("told", f"password={SECRET}\n")
        line = fenced.line()
        sound = {"secrets": "told", "plug": "4", "ip": "192.0.2.9"}
        answer = order(line, "rehearse", "fence_told", **sound)
        says(answer, "ready")
        steps = [step["step"] for step in answer["steps"]]
        wanted = ["agent", "secrets", "metadata", "parameters", "monitor", "status"]
        expect(steps == wanted, f"every step: {answer}")
        expect(all(step["outcome"] == "good" for step in answer["steps"]), f"{answer}")
        expect("off" not in fenced.noted("calls"), "but the last one")
        answer = order(line, "rehearse", "fence_told", secrets="told", plug="4", adress="x")
        says(answer, "failed", "`adress`")
        answer = order(line, "rehearse", "fence_told", secrets="none", plug="4", ip="x")
        says(answer, "failed", "write it there")
        expect([step["outcome"] for step in answer["steps"]] == ["good", "bad"], f"{answer}")


def checked(one: dict, **more: object) -> dict:
    return {
        "device": one,
        "proves": "power",
        "nodes": ["n3"],
        "plugs": {},
        "timeout_ms": 60_000,
        **more,
    }


@needs(**ALONE, bound=600)
def test_the_check_knows_the_agents_of_the_house(lab: Lab) -> None:
    house = Path("/usr/sbin")
    with Fenced(lab.record().plan.binaries) as fenced:
        fenced.secrets("bmc", f"password={SECRET}\n")
        sound = device("fence_ipmilan", "bmc", ip="192.0.2.9", username="inquest", lanplus="1")
        code, said = fenced.check([checked(sound)], agents=house)
        expect(code == 0 and '"complaints":[]' in said, f"nothing is wrong: {said}")
        wrong = device(
            "fence_ipmilan", "", ip="192.0.2.9", usrname="x", password="y", method="cycle"
        )
        code, said = fenced.check([checked(wrong)], agents=house)
        for word in ("`usrname`", "say `username`", "in the open", "nothing to prove"):
            expect(code == 1 and word in said, f"{word}: {said}")
        code, said = fenced.check([{"device": 1}], agents=house)
        expect(code == 2, f"no list of devices: {said}")
        # Every agent that Debian has can be read; and who cannot prove its work is told.
        agents = sorted(path.name for path in house.glob("fence_*"))
        expect(len(agents) > 50, f"fence-agents is installed: {agents}")
        unread, unproven = [], []
        for begin in range(0, len(agents), 32):
            part = [checked(device(name, name=name)) for name in agents[begin : begin + 32]]
            _, said = fenced.check(part, agents=house)
            for name in agents[begin : begin + 32]:
                own = [c for c in said.split("{") if f'"device":"{name}"' in c]
                unread += [name for c in own if "cannot be used" in c]
                unproven += [name for c in own if "cannot be proven" in c]
        print(f"fence agents: {len(agents)}, unread {unread}, without a status {unproven}")
        expect(set(unread) <= {"fence_ack_manual"}, f"whose metadata is not understood: {unread}")
        expect("fence_kdump" in unproven, f"without a status: {unproven}")


# -- how soon

CANARY_SOURCE = r"""
#include <stdio.h>
#include <time.h>
int main(int argc, char** argv) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    FILE* notes = fopen(NOTES, "a");
    fprintf(notes, "%lld.%09ld\n", (long long)at.tv_sec, at.tv_nsec);
    fclose(notes);
    puts("Status: OFF");
    return 2 + 0 * argc + 0 * (argv == 0);
}
"""


@needs(**ALONE)
def test_how_soon_an_agent_runs(lab: Lab) -> None:
    """Measured, not judged: from the order's message to the agent's main()."""
    with Fenced(lab.record().plan.binaries) as fenced:
        source = fenced.folder / "canary.c"
        source.write_text(CANARY_SOURCE)
        subprocess.run(
            ["cc", f'-DNOTES="{fenced.notes}/at"', "-o", str(fenced.agents / "fence_canary")]
            + [str(source)],
            check=True,
        )
        fenced.secrets("canary", f"password={SECRET}\n")
        line = fenced.line()
        sent = []
        for _ in range(200):
            sent.append(now())
            answer = order(line, "off", "fence_canary", secrets="canary", look_first=True)
            says(answer, "off")
            time.sleep(0.005)
        ran = [float(text) for text in fenced.noted("at")]
        delays = [1000 * (b - a) for a, b in zip(sent, ran, strict=True)]
        print(
            f"order -> agent's main(), 200 times: p50 {percentile(delays, 0.5):.2f} ms, "
            f"p99 {percentile(delays, 0.99):.2f} ms, most {max(delays):.2f} ms"
        )
        expect(all(delay > 0 for delay in delays), "each order had a run of its own")
