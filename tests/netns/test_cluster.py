"""The life of a cluster, by the commands that an administrator would use: founded, joined, shrunk,
reset, and never without a word."""

from __future__ import annotations

from agreed import coordinator, ledger, member_of, names, refused, voters
from check import await_all, await_verdict, events, eventually, expect, needs, nobody_lost, status
from laboratory import Lab

MEMBERS = {"nodes": 3, "members": "ledger"}


@needs(**MEMBERS)
def test_three_bare_nodes_become_a_cluster(lab: Lab) -> None:
    everybody = ["n1", "n2", "n3"]
    await_all(lab, "alive")
    for node in everybody:
        eventually(lambda n=node: voters(lab, n) == everybody, f"{node} knows that all three vote")
    coordinator(lab, everybody)
    states = {ledger(lab, node)["uuid"] for node in everybody}
    expect(len(states) == 1, f"one cluster, not {states}")
    nobody_lost(lab)


@needs(**MEMBERS)
def test_coordinator_without_power_is_replaced(lab: Lab) -> None:
    await_all(lab, "alive")
    first = coordinator(lab, ["n1", "n2", "n3"])
    others = [node for node in ("n1", "n2", "n3") if node != first]
    lab.kill(first)
    await_verdict(lab, others, first, "lost")
    second = eventually(
        lambda: next(iter({status(lab, n)["coordinator"] for n in others} - {None, first}), ""),
        "the others have a coordinator of their own",
    )
    expect(second in others, f"{second} coordinates")
    lab.must(others[0], "inquest", "maintenance", "on", first)
    lab.start(first)
    await_all(lab, "alive")
    eventually(
        lambda: member_of(lab, first, first)["maintenance"],
        "the node that was away learns what was agreed meanwhile",
    )


@needs(nodes=5, members="nobody", bound=400.0)
def test_cluster_grows_and_a_removed_node_is_told_and_joins_anew(lab: Lab) -> None:
    """Three bare nodes, then five, then four, then five."""
    everybody = ["n1", "n2", "n3", "n4", "n5"]
    four = everybody[:4]
    lab.make_cluster(everybody[:3])
    lab.join("n2", "n4")
    lab.join("n4", "n5")
    await_all(lab, "alive")
    for node in everybody:
        eventually(lambda n=node: voters(lab, n) == everybody, f"{node} knows that all five vote")
    lab.kill("n5")
    lab.must("n1", "inquest", "remove", "n5")
    eventually(lambda: names(lab, "n2") == four, "n2 knows that n5 is removed")
    lab.start("n5")
    eventually(lambda: status(lab, "n5")["removed"], "n5 is told that it was removed")
    said = lab.run("n5", "inquest", "status")
    expect("removed" in said.out, f"its status says so: {said.out!r}")
    await_all(lab, "alive", four)
    refused(lab.run("n5", "inquest", "arm"), "removed")
    lab.must("n5", "inquest", "reset-node", "--yes")
    expect(
        lab.run("n5", "test", "-e", "/etc/inquest/keys/cluster.keys").code != 0,
        "no key is left on a node that was reset",
    )
    lab.join("n4", "n5")
    await_all(lab, "alive")
    number = member_of(lab, "n1", "n5")["id"]
    expect(number == 6, f"it is a new member, not number {number}")
    for node in everybody:
        eventually(lambda n=node: voters(lab, n) == everybody, f"{node} knows that all five vote")


@needs(nodes=4, members="nobody", bound=400.0)
def test_node_that_was_away_meets_who_came_meanwhile(lab: Lab) -> None:
    """n3 is off while n4 joins and n1 is removed; then n2 goes. n3 knows nobody who is left."""
    three = ["n2", "n3", "n4"]
    lab.make_cluster(["n1", "n2", "n3"])
    await_all(lab, "alive", ["n1", "n2", "n3"])
    eventually(lambda: voters(lab, "n3") == ["n1", "n2", "n3"], "n3 knows that all three vote")
    lab.kill("n3")
    token = lab.must("n1", "inquest", "invite", "n4", *lab.record().plan.placed("n4")).out
    joined = lab.run("n4", "inquest", "join", "-", "--timeout", "10s", text=token)
    expect("no beats from n3" in joined.err, f"n4 misses n3 alone: {joined.err!r}")
    eventually(lambda: voters(lab, "n4") == ["n1", "n2", "n3", "n4"], "n4 has its vote")
    removed = lab.run("n4", "inquest", "remove", "n1", "--timeout", "5s")
    expect("the new key" in removed.err, f"the key alone waits for n3: {removed.err!r}")
    eventually(lambda: names(lab, "n2") == three, "n2 knows that n1 is removed")
    eventually(lambda: status(lab, "n1")["removed"], "n1 knows that it is removed")
    lab.kill("n2")
    lab.start("n3")
    expect(coordinator(lab, ["n3", "n4"]) in ("n3", "n4"), "one of the two leads")
    eventually(lambda: names(lab, "n3") == three, "n3 learns of n4")
    expect("is not known here" in lab.log("n3"), "n3 says that it let its bus reach n4")
    lab.must("n3", "inquest", "maintenance", "on", "n2")


@needs(nodes=2, members="nobody")
def test_bad_tokens_and_clashes_are_refused(lab: Lab) -> None:
    plan = lab.record().plan
    lab.must("n1", "inquest", "init", "--cluster", "lab", "--node", "n1", *plan.fated("n1"))
    again = ("inquest", "init", "--cluster", "other", "--node", "n1", *plan.fated("n1"))
    refused(lab.run("n1", *again), "not bare")
    taken = lab.run("n1", "inquest", "invite", "n1", *plan.placed("n2"))
    refused(taken, "n1")
    token = lab.must("n1", "inquest", "invite", "n2", *plan.placed("n2")).out
    refused(lab.run("n2", "inquest", "join", "-", text=token[: len(token) // 2]), "cut off")
    refused(lab.run("n2", "inquest", "join", "-", text="hello"), "no token")
    expect(
        lab.run("n2", "test", "-e", "/etc/inquest/node.toml").code != 0,
        "a refused token leaves nothing behind",
    )
    lab.must("n2", "inquest", "join", "-", text=token)
    await_all(lab, "alive")
    # The same command again finds that it is done.
    lab.must("n2", "inquest", "join", "-", text=token)


@needs(nodes=2, members="nobody")
def test_narrow_paths_let_a_node_join_and_are_told(lab: Lab) -> None:
    plan = lab.record().plan
    lab.must("n1", "inquest", "init", "--cluster", "lab", "--node", "n1", *plan.fated("n1"))
    for card in ("eth0", "eth1"):
        lab.must("n2", "ip", "link", "set", card, "mtu", "600")
    token = lab.must("n1", "inquest", "invite", "n2", *plan.placed("n2")).out
    joined = lab.run("n2", "inquest", "join", "-", "--timeout", "8s", text=token)
    expect(joined.code == 3, f"a member, with something to mend: {joined.code}, {joined.err!r}")
    expect("look at the MTU" in joined.out, f"join tells what does not fit: {joined.out!r}")
    await_all(lab, "alive")
    found = lab.run("n2", "inquest", "doctor")
    expect("only short messages fit" in found.out, f"so does the doctor: {found.out!r}")
    lab.must("n2", "inquest", "arm")
    eventually(lambda: status(lab, "n1")["armed"], "what is agreed gets through all the same")


@needs(nodes=3, members="nobody", bound=400.0)
def test_invited_again_an_older_token_opens_nothing(lab: Lab) -> None:
    plan = lab.record().plan
    lab.must("n1", "inquest", "init", "--cluster", "lab", "--node", "n1", *plan.fated("n1"))
    join = ("inquest", "join", "-", "--timeout", "90s")

    def invite(node: str) -> Output:
        return lab.must("n1", "inquest", "invite", node, *plan.placed(node))

    def number(node: str) -> int:
        return next(m["id"] for m in ledger(lab, "n1")["members"] if m["name"] == node)

    # As where the first command was killed before it printed its token.
    first = invite("n2").out
    invited_as = number("n2")
    second = invite("n2")
    expect("invited before" in second.err, f"it says what becomes of the other: {second.err!r}")
    refused(lab.run("n2", *join, text=first, timeout=180), "token was replaced")
    # The join that was begun goes on with the newer token, without a reset.
    lab.must("n2", *join, text=second.out)
    expect(number("n2") == invited_as, "it is the member that was invited first")
    taken = lab.run("n1", "inquest", "invite", "n2", *plan.placed("n2"))
    refused(taken, "a member already")

    before_rekey = invite("n3").out
    lab.must("n1", "inquest", "rekey")
    refused(lab.run("n3", *join, text=before_rekey, timeout=180), "changed its keys")
    lab.must("n3", *join, text=invite("n3").out)
    await_all(lab, "alive")


@needs(**MEMBERS)
def test_without_a_majority_a_change_says_what_it_waits_for(lab: Lab) -> None:
    await_all(lab, "alive")
    lab.kill("n2")
    lab.kill("n3")
    answer = lab.run("n1", "inquest", "arm", "--timeout", "3s")
    expect(answer.code == 4, f"no quorum is exit code 4, not {answer.code}")
    expect("n2" in answer.err and "n3" in answer.err, f"it names who is missing: {answer.err!r}")
    lab.start("n2")
    lab.start("n3")
    await_all(lab, "alive")
    lab.must("n1", "inquest", "arm")
    eventually(lambda: status(lab, "n3")["armed"], "n3 learns that the cluster is armed")


@needs(**MEMBERS)
def test_rekey_loses_no_beat(lab: Lab) -> None:
    await_all(lab, "alive")
    before = {node: len(events(lab, node)) for node in ("n1", "n2", "n3")}
    lab.must("n2", "inquest", "rekey")
    keys = {node: ledger(lab, node)["keys"][0]["number"] for node in ("n1", "n2", "n3")}
    expect(set(keys.values()) == {2}, f"all sign with key 2: {keys}")
    for node, count in before.items():
        wrong = [e for e in events(lab, node)[count:] if e["event"] == "verdict"]
        expect(not wrong, f"{node} changed its mind about somebody: {wrong}")



@needs(nodes=2, members="nobody")
def test_token_of_a_number_that_was_removed(lab: Lab) -> None:
    """Who has begun with an old token is told how to begin with the new one, and can."""
    plan = lab.record().plan
    lab.make_cluster(["n1"])
    invite = ("inquest", "invite", "n2", *plan.placed("n2"))
    old = lab.must("n1", *invite).out
    lab.must("n1", "inquest", "remove", "n2")
    lab.must("n1", "inquest", "rekey")
    join = ("inquest", "join", "-", "--timeout", "8s")
    failed = lab.run("n2", *join, text=old)
    expect(failed.code == 1, f"the old token opens nothing: {failed}")
    new = lab.must("n1", *invite).out
    refused(lab.run("n2", *join, text=new), "reset-node")
    lab.must("n2", "inquest", "reset-node", "--yes")
    lab.must("n2", "inquest", "join", "-", text=new)
    await_all(lab, "alive")
