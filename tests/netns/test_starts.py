"""A daemon that cannot start says why in one line, and one that can start with less says what it
lacks."""

from __future__ import annotations

from check import (
    ask,
    await_all,
    await_verdict,
    eventually,
    expect,
    expect_one_error,
    needs,
    nobody_lost,
    status,
)
from laboratory import Lab

OCCUPY = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 7740))
open("/run/occupied", "w").close()
time.sleep(300)
"""

UNPRIVILEGED = (
    "setpriv --bounding-set -sys_nice,-ipc_lock --inh-caps -sys_nice,-ipc_lock "
    "inquestd >/var/log/less.log 2>&1 &"
)


def checks(lab: Lab, node: str) -> dict[str, dict]:
    return {check["name"]: check for check in ask(lab, node, "doctor")["checks"]}


@needs()
def test_port_taken_by_another_program(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.stop_daemon("n2")
    taken = lab.run("n2", "sh", "-c", f"/usr/bin/python3 -c '{OCCUPY}' >/dev/null 2>&1 &")
    expect(taken.code == 0, f"the port is taken: {taken.err}")
    eventually(
        lambda: lab.run("n2", "test", "-e", "/run/occupied").code == 0, "the port is taken"
    )
    refused = lab.run("n2", "inquestd", timeout=60)
    expect(refused.code == 1, f"inquestd without its port: exit code {refused.code}, not 1")
    expect_one_error(refused.out + refused.err, "7740")
    nobody_lost(lab, ["n1", "n3"])


@needs()
def test_missing_address_without_named_interface_is_refused(lab: Lab) -> None:
    """They may be another host's files: n2 must not beat under n1's name."""
    await_all(lab, "alive")
    lab.stop_daemon("n2")
    lab.run("n2", "sh", "-c", "echo 'node = \"n1\"' > /etc/inquest/node.toml")
    refused = lab.run("n2", "inquestd", timeout=60)
    expect(refused.code == 1, f"inquestd with n1's files: exit code {refused.code}, not 1")
    expect("node.toml:1" in refused.err, f"the complaint names file and line: {refused.err}")
    expect("n2" in refused.err, f"the complaint names the node that this is: {refused.err}")
    checked = lab.run("n2", "inquest", "config", "check")
    expect(checked.code == 1, f"config check: exit code {checked.code}, not 1")


@needs()
def test_refused_privileges_are_named(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.stop_daemon("n2")
    await_verdict(lab, ["n1", "n3"], "n2", "left")
    lab.run("n2", "sh", "-c", UNPRIVILEGED)
    await_all(lab, "alive")
    found = checks(lab, "n2")
    for privilege in ("real-time priority", "locked memory"):
        expect(found[privilege]["state"] == "warning", f"doctor names {privilege}: {found}")
        expect(found[privilege]["remedy"] != "", f"and says what to do about {privilege}")
        said = lab.run("n2", "grep", "-c", f"{privilege} refused", "/var/log/less.log")
        expect(said.out.strip() == "1", f"the log names {privilege} once, not {said.out}")


@needs()
def test_lost_boot_file_is_refused_and_explained(lab: Lab) -> None:
    """A node that counts from 1 again must not pass for the node that it was."""
    await_all(lab, "alive")
    lab.kill("n2")
    lab.start("n2")
    await_all(lab, "alive")
    expect(status(lab, "n2")["incarnation"] == 2, "n2 has booted twice")
    lab.stop_daemon("n2")
    lab.run("n2", "rm", "/var/lib/inquest/boot")
    lab.start("n2")
    eventually(
        lambda: ask(lab, "n1", "doctor")["refused"].keys() & {"ancient", "other-boot"},
        "n1 refuses n2's beats",
    )
    expect("refused: ancient" in checks(lab, "n1"), "doctor on n1 says what was refused, and why")
    expect(lab.run("n1", "inquest", "doctor").code == 3, "doctor is not content")
    told = eventually(
        lambda: [w for w in [lab.run("n1", "inquest", "explain", "n2").out] if "refused" in w],
        "explain on n1 says that n2's beats are refused",
    )
    expect("incarnation = 3" in told[0], f"and what to write into the boot file: {told[0]}")


@needs()
def test_terminal_that_hangs_up_is_no_reason_to_stop(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.run("n2", "sh", "-c", "kill -HUP $(cat /run/inquest/inquestd.lock)")
    lab.run("n2", "sleep", "1")
    await_all(lab, "alive")
    expect(status(lab, "n2")["session"] == 1, "it is still the first run")
    nobody_lost(lab)


@needs()
def test_wrong_key_is_counted_and_explained(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.stop_daemon("n2")
    changed = lab.run("n2", "sed", "-i", "s/5a/5b/", "/etc/inquest/keys/cluster.keys")
    expect(changed.code == 0, f"n2 has another key: {changed.err}")
    lab.start("n2")
    warned = eventually(
        lambda: [c for n, c in checks(lab, "n1").items() if n == "refused: mac"],
        "doctor on n1 warns of beats with another key",
    )
    expect("keys/cluster.keys" in warned[0]["remedy"], f"and says what to do: {warned}")
    nobody_lost(lab, ["n1", "n3"])
