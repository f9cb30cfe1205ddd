"""The az script: bash hands az whole arguments; apply and undo lead there and back, with Azure's checks on the way."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets, write_rule_set
from nsgflow_core.rules.accepts.limits import Limits
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.export import ExportTarget, export
from nsgflow_core.rules.export.az_cli import create_line
from nsgflow_core.rules.export.base import Sheet
from nsgflow_core.rules.review.plan import plan
from tests.rules.export.test_export import IN, RULES, TARGET, rule, web

__all__ = ["web"]

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"


def az_parser() -> argparse.ArgumentParser:
    """The arguments of `az network nsg rule create` and `delete`, as the CLI reference lists them."""
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    rule_verb = parser.add_subparsers(required=True).add_parser("network").add_subparsers(required=True)
    verbs = rule_verb.add_parser("nsg").add_subparsers(required=True).add_parser("rule").add_subparsers(dest="verb")
    create, delete = verbs.add_parser("create", allow_abbrev=False), verbs.add_parser("delete", allow_abbrev=False)
    for verb in (create, delete):
        for option in ("--resource-group", "--nsg-name", "--name"):
            verb.add_argument(option, required=True)
        verb.add_argument("--subscription")
    create.add_argument("--priority", type=int, required=True)
    create.add_argument("--direction", choices=["Inbound", "Outbound"])
    create.add_argument("--access", choices=["Allow", "Deny"])
    create.add_argument("--protocol", choices=["*", "Ah", "Esp", "Icmp", "Tcp", "Udp"])
    create.add_argument("--description")
    for side in ("source", "destination"):
        for what in ("address-prefixes", "port-ranges", "asgs"):
            create.add_argument(f"--{side}-{what}", nargs="+")
    return parser


def az_lines(script: str, part: str) -> list[argparse.Namespace]:
    body = re.search(rf"^{part}\(\) \{{\n(.*?)^\}}", script, re.M | re.S)
    assert body
    words = [shlex.split(line) for line in body[1].splitlines() if line.strip().startswith("az ")]
    return [az_parser().parse_args(line[1:]) for line in words]


def test_az_lines_parse_and_say_what_the_rules_say() -> None:
    lines = az_lines(export(RULES, "az", TARGET), "apply")
    assert [line.name for line in lines] == [r.name for r in RULES.rules]
    for line, meant in zip(lines, RULES.rules, strict=True):
        assert (line.priority, line.access, line.protocol) == (meant.priority, meant.access, meant.protocol)
        assert tuple(line.source_address_prefixes or ()) == meant.sources
        assert tuple(line.source_asgs or ()) == meant.source_asgs
        assert line.destination_port_ranges == [str(p) for p in meant.destination_ports]
        assert line.resource_group == TARGET.resource_group
    assert lines[0].description.startswith('line one line two it\'s "quoted" ${var.x}')
    assert lines[3].description == "'@/etc/passwd'", "az would read the file that a leading @ names"


def test_each_az_line_names_the_subscription_where_it_is_known() -> None:
    """A part of a script that is pasted into a shell where another one is chosen changed the NSG of that name there."""
    existing = RuleSet("n", (rule("gone", 100), rule("old", 101), rule("same", 102)))
    wanted = RuleSet("n", (rule("new", 100), rule("same", 103)))
    for format_key, lines in (("az", 8), ("terraform", 2), ("bicep", 2), ("arm", 2)):
        text = export(wanted, format_key, replace(TARGET, subscription=SUBSCRIPTION), plan(existing, wanted, IN))
        found = re.findall(r"az network nsg rule (?:create|delete) (\S+ \S+)", text)
        assert found == [f"--subscription {SUBSCRIPTION}"] * lines, text
    assert "--subscription" not in export(wanted, "az", TARGET, plan(existing, wanted, IN))


def test_what_cannot_be_seen_stands_in_the_script_by_its_bytes() -> None:
    """A direction mark had a reviewer read other text than az got."""
    text = "web \u202eyned \u200ball\u00a0the\ttime"
    hand_made = RuleSet("n", (rule("same", 100, description=text), rule("other", 101, description="it's")))
    wanted = RuleSet("n", (rule("same", 102), rule("other", 103)))
    script = export(wanted, "az", TARGET, plan(hand_made, wanted, IN))
    assert all(letter.isprintable() for letter in script.replace("\n", ""))
    assert r"$'--description=web \xe2\x80\xaeyned \xe2\x80\x8ball\xc2\xa0the\ttime'" in script
    assert "are for bash alone" in script
    assert "are for bash alone" not in export(wanted, "az", ExportTarget("rg", "nsg"))


def test_the_az_script_runs_in_bash_and_does_nothing_unasked(tmp_path: Path) -> None:
    """A stand-in named az writes down its arguments: bash must hand them over whole."""
    script, log = tmp_path / "rules.sh", tmp_path / "log"
    script.write_text(export(RULES, "az", TARGET))
    fake = tmp_path / "az"
    fake.write_text(f'#!/bin/bash\nprintf "%s\\0" "$@" >> {log}; printf "\\n" >> {log}\n')
    fake.chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert subprocess.run(["bash", script], env=env, capture_output=True, check=False).returncode == 2
    assert not log.exists()
    subprocess.run(["bash", script, "apply"], env=env, check=True)
    called = [line.split("\0")[:-1] for line in log.read_text().split("\n")[:-1]]
    assert [az_parser().parse_args(words).name for words in called] == [r.name for r in RULES.rules]
    assert any("$(id) `id`" in word for word in called[0])


def test_the_undo_of_a_plan_leads_back_to_the_nsg_as_it_was(web: Draft) -> None:
    """Both parts are played on a set of rules in memory, with Azure's own checks on names and priorities."""
    changed = replace(web.own_rules[0], priority=web.own_rules[1].priority, destination_ports=(PortRange(1, 1),))
    swapped = replace(web.own_rules[1], priority=web.own_rules[0].priority)
    existing = RuleSet("app-nsg", (changed, swapped, rule("old", 900), rule("stay", 910, access=Access.DENY)))
    made = plan(existing, web.rule_set, IN)
    assert made.summary.startswith("4 to add, 2 to change, 1 to remove")
    script = export(web, "az", TARGET, plan=made)
    state = {r.name: (r.priority, tuple(map(str, r.destination_ports))) for r in existing.rules}
    start = dict(state)
    play(state, az_lines(script, "apply"))
    assert state == {r.name: (r.priority, tuple(map(str, r.destination_ports))) for r in web.own_rules} | {
        "stay": start["stay"]
    }
    play(state, az_lines(script, "undo"))
    assert state == start


def play(state: dict[str, tuple[int, tuple[str, ...]]], lines: list[argparse.Namespace]) -> None:
    for line in lines:
        if line.verb == "delete":
            del state[line.name]
        else:
            assert line.priority not in {p for name, (p, _) in state.items() if name != line.name}, line.name
            state[line.name] = (line.priority, tuple(line.destination_port_ranges))


def played(existing: RuleSet, wanted: RuleSet, *, whole: bool = False) -> tuple[list[str], list[str]]:
    """Play apply and undo of a plan; the lines as "+name" and "-name" in order."""
    script = export(wanted, "az", TARGET, plan(existing, wanted, IN), whole=whole)
    state = held(existing.rules)
    for part in ("apply", "undo"):
        play(state, az_lines(script, part))
    assert state == held(existing.rules)
    apply, undo = ([("+" if x.verb == "create" else "-") + x.name for x in az_lines(script, p)] for p in PARTS)
    return apply, undo


PARTS = ("apply", "undo")


def held(rules: tuple[Rule, ...]) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {r.name: (r.priority, tuple(map(str, r.destination_ports))) for r in rules}


def test_what_was_allowed_is_allowed_again_before_anything_new_goes_and_denies_go_first() -> None:
    existing = RuleSet("app-nsg", (rule("old", 200), rule("changed", 210, destination_ports=(PortRange(1, 1),))))
    wanted = RuleSet("app-nsg", (rule("new", 100), rule("changed", 210), rule("close", 4050, access=Access.DENY)))
    apply, undo = played(existing, wanted)
    assert apply == ["+new", "+changed", "+close", "-old"]
    assert undo == ["+old", "+changed", "-close", "-new"]


def test_a_script_without_a_plan_undoes_in_reverse() -> None:
    script = export(RULES, "az", TARGET)
    assert [line.name for line in az_lines(script, "undo")] == [r.name for r in RULES.rules[::-1]]


def test_the_whole_draft_restores_a_rule_of_the_same_name_set_by_hand() -> None:
    existing = RuleSet("app-nsg", (rule("same", 100, destination_ports=(PortRange(1, 1),)), rule("old", 110)))
    wanted = RuleSet("app-nsg", (rule("same", 100), rule("new", 110)))
    apply, undo = played(existing, wanted, whole=True)
    assert apply == ["+same", "-old", "+new"], "its number is needed"
    assert undo == ["+same", "-new", "+old"]
    apply, undo = played(existing, RuleSet("app-nsg", (rule("same", 100), rule("new", 120))), whole=True)
    assert (apply, undo) == (["+same", "+new"], ["+same", "-new"])


def test_a_deny_that_moves_down_is_never_away() -> None:
    existing = RuleSet("app-nsg", (rule("no", 100, access=Access.DENY),))
    wanted = RuleSet("app-nsg", (rule("new", 100), rule("no", 101, access=Access.DENY)))
    assert played(existing, wanted) == (["+no", "+new"], ["-new", "+no"])


def test_where_all_wait_for_each_other_an_allow_gives_way() -> None:
    existing = RuleSet("app-nsg", (rule("no", 100, access=Access.DENY), rule("yes", 101)))
    wanted = RuleSet("app-nsg", (rule("yes", 100), rule("no", 101, access=Access.DENY)))
    assert played(existing, wanted)[0] == ["-yes", "+no", "+yes"]
    script = export(wanted, "az", TARGET, plan(existing, wanted, IN))
    assert script.count("# Its priority goes to another rule.") == 2


names = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


@settings(deadline=None)
@given(st.permutations(range(100, 106)), names, st.permutations(range(100, 106)), names, st.booleans())
def test_any_two_sets_of_rules_lead_to_each_other_and_back(
    before: list[int], had: list[str], after: list[int], has: list[str], whole: bool
) -> None:
    existing = RuleSet("n", tuple(rule(name, number) for name, number in zip(had, before, strict=False)))
    changed = (PortRange(2, 2),)
    wanted = RuleSet(
        "n", tuple(rule(name, number, destination_ports=changed) for name, number in zip(has, after, strict=False))
    )
    script = export(wanted, "az", TARGET, plan(existing, wanted, IN), whole=whole)
    state = held(existing.rules)
    play(state, az_lines(script, "apply"))
    assert held(wanted.rules).items() <= state.items()
    assert whole or state == held(wanted.rules)
    play(state, az_lines(script, "undo"))
    assert state == held(existing.rules)


def test_an_empty_script_does_nothing() -> None:
    assert az_lines(export(RuleSet("n", ()), "az", TARGET), "apply") == []


@settings(deadline=None)
@given(st.permutations(range(100, 106)), names, st.permutations(range(100, 106)), names, st.integers(0, 20))
def test_an_nsg_that_holds_all_the_rules_it_takes_is_changed_and_led_back_wherever_it_broke_off(
    before: list[int], had: list[str], after: list[int], has: list[str], stop: int
) -> None:
    """Azure refused the first new rule of a full NSG, though the plan removed others: SecurityRuleCountLimitReached."""
    existing = RuleSet("n", tuple(rule(name, number) for name, number in zip(had, before, strict=False)))
    wanted = RuleSet("n", tuple(rule(name, number) for name, number in zip(has, after, strict=False)))
    made, limit = plan(existing, wanted, IN), max(len(had), len(has))
    old = {each.name: each for each in existing.rules}
    sheet = Sheet(
        TARGET,
        wanted.rules,
        replaced={name: old[name] for name in has if name in old},
        removed=tuple(each for each in existing.rules if each.name not in has),
        subject=wanted,
        plan=made,
        limits=Limits(rules=limit),
    )
    state = dict(old)
    for step in [*sheet.steps[:stop], *sheet.steps_back]:
        state.pop(step.rule.name, None)
        if step.creates:
            state[step.rule.name] = step.rule
        assert len({each.place for each in state.values()}) == len(state) <= limit
    assert state == old


def test_what_is_put_back_is_spelled_as_it_stood() -> None:
    """The undo wrote 10.1.0.4 where the NSG had 10.1.0.4/32, also once the NSG was kept with a store."""
    stood = {
        "source-address-prefixes": ["10.1.0.4/32", "10.1.0.5"],
        "source-port-ranges": ["*"],
        "destination-address-prefixes": ["10.1.0.4", "10.1.0.5/32", "10.2.0.0/24"],
        "destination-port-ranges": ["0-65535"],
    }
    fields = {re.sub("-(.)", lambda found: found[1].upper(), option): held for option, held in stood.items()}
    head = {"name": "by-hand", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp"}
    (read,) = read_rule_sets(json.dumps({"name": "n", "securityRules": [head | fields]}))
    (kept,) = read_rule_sets(write_rule_set(read))
    assert kept == read
    for rule_set in (read, kept):
        line = create_line(rule_set.rules[0], TARGET)
        (made,) = az_lines(f"undo() {{\n{line}\n}}", "undo")
        assert {option: getattr(made, option.replace("-", "_")) for option in stood} == stood
