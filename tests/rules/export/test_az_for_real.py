"""The az script is run in bash, read by azure-cli itself, against an NSG that refuses what Azure refuses."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from lark import UnexpectedInput

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.accepts.checks import refusals
from nsgflow_core.rules.export import ExportTarget, export
from nsgflow_core.rules.export.arm import properties
from nsgflow_core.rules.export.az_cli import delete_line
from nsgflow_core.rules.review.plan import Action, plan
from nsgflow_core.words.vocabulary import Direction
from tests.parts.az import Az, run_script, words_of
from tests.parts.azure_nsg import AzureNsg
from tests.parts.bicep_reader import read_bicep
from tests.rules.export.test_az import SUBSCRIPTION
from tests.rules.export.test_export import NASTY, RULES, TARGET

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
ASG = "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/applicationSecurityGroups/"
TEXTS = ("", "set by hand", "null", "NULL", "@/etc/passwd", "'quoted'", '"x"', "?", "??", "{a:1}", "[1]", "-x", "a=b")
DESCRIPTIONS = (
    *TEXTS,
    NASTY[:140],
    "two\nlines",
    "'",
    "tab\there",
    "日本 \u202e",
    "\u200e\u200b\\x41\u00a0é",
    "it's \u202e",
    "$(id) `id` ${HOME}",
    " spaces ",
)
NAMES = ("null", "Allow-Web", "deny.all", "1_", "web", "app", "db", "x" * 80, "none", "SSH_in", "old-allow-all", "z")


@pytest.fixture(scope="module")
def az() -> Iterator[Az]:
    started = Az()
    yield started
    started.close()


def random_rule(dice: random.Random, name: str, priority: int, direction: Direction) -> Rule:
    def prefixes() -> tuple[str, ...]:
        return dice.choice(
            (("10.0.1.4",), ("10.0.0.0/24", "10.0.2.0/24", "10.9.0.4"), ("*",), ("Internet",), ("VirtualNetwork",))
        )

    protocol = dice.choice(("Tcp", "Udp", "*", "Icmp", "Esp"))
    some = dice.choice(((PortRange(443, 443),), (PortRange(22, 22), PortRange(80, 90)), ANY_PORTS))
    made = Rule(
        name=name,
        priority=priority,
        direction=direction,
        access=dice.choice(tuple(Access)),
        protocol=protocol,
        sources=prefixes(),
        destinations=prefixes(),
        destination_ports=some if protocol in ("Tcp", "Udp", "*") else ANY_PORTS,
        description=dice.choice(DESCRIPTIONS),
    )
    if dice.random() < 0.2:
        made = replace(made, sources=(), source_asgs=(ASG + "web", ASG + "ops")[: dice.randint(1, 2)])
    if dice.random() < 0.2:
        made = replace(made, destinations=("fd00:1::/64", "fd00:2::4"), sources=("*",), source_asgs=())
    return made


def random_rules(dice: random.Random, names: tuple[str, ...], count: int) -> tuple[Rule, ...]:
    chosen = dice.sample(names, count)
    numbers = {way: dice.sample(range(100, 100 + len(names)), count) for way in Direction}
    ways = [dice.choice((IN, IN, OUT)) for _ in chosen]
    return tuple(
        random_rule(dice, name, numbers[way][n], way) for n, (name, way) in enumerate(zip(chosen, ways, strict=True))
    )


def case(seed: int) -> tuple[RuleSet, RuleSet]:
    """An NSG as it is, and other rules for one direction, with names and priorities of the first ones too."""
    dice = random.Random(seed)
    existing = RuleSet("nsg", random_rules(dice, NAMES, dice.randint(0, 9)))
    outbound = {rule.name for rule in existing.rules if rule.direction is OUT}
    names = tuple(dice.choice((name, name.swapcase())) for name in NAMES if name not in outbound)
    inbound = [rule for rule in random_rules(dice, names, dice.randint(0, len(names))) if rule.direction is IN]
    kept = {rule.name.lower() for rule in inbound}
    free = {rule.priority for rule in inbound}
    stays = [r for r in existing.rules if r.direction is IN and r.name.lower() not in kept and r.access is Access.DENY]
    wanted = [*inbound, *(rule for rule in stays if rule.priority not in free)]
    taken = {rule.priority for rule in stays if rule.priority in free}
    return existing, RuleSet("nsg", tuple(rule for rule in wanted if rule.priority not in taken))


def held(rules: tuple[Rule, ...]) -> dict[str, dict[str, object]]:
    return {rule.name: properties(rule) for rule in rules}


@pytest.mark.parametrize("seed", range(12))
def test_undo_restores_exactly_what_stood(seed: int, az: Az, tmp_path: Path) -> None:
    existing, wanted = case(seed)
    made = plan(existing, wanted, IN)
    whole = seed % 3 == 2
    script = export(wanted, "az", replace(TARGET, subscription=SUBSCRIPTION), made, whole=whole)
    before = held(existing.rules)
    nsg = AzureNsg(before, SUBSCRIPTION)
    assert run_script(script, "apply", az, nsg, tmp_path) == 0, nsg.refusals
    spelled = {rule.name.lower(): rule.name for rule in existing.rules}
    for rule in wanted.rules:
        said = properties(replace(rule, description=" ".join(rule.description.split())))
        got = nsg.rules[spelled.get(rule.name.lower(), rule.name)]
        assert {**got, "description": ""} == {**said, "description": ""}
    gone = {change.name for change in made.of(Action.REMOVE)}
    assert whole or not gone & set(nsg.rules)
    assert run_script(script, "undo", az, nsg, tmp_path) == 0, nsg.refusals
    assert nsg.rules == before


@pytest.mark.parametrize("seed", range(100, 106))
def test_an_apply_that_broke_off_is_undone_too_and_can_be_run_again(seed: int, az: Az, tmp_path: Path) -> None:
    existing, wanted = case(seed)
    script = export(wanted, "az", TARGET, plan(existing, wanted, IN))
    before, calls = held(existing.rules), script.split("undo() {")[0].count("az network")
    nsg = AzureNsg(before)
    if calls:
        assert run_script(script, "apply", az, nsg, tmp_path, stop_at=random.Random(seed).randint(1, calls)) != 0
    assert run_script(script, "undo", az, nsg, tmp_path) == 0, nsg.refusals
    assert nsg.rules == before
    for _ in range(2):
        assert run_script(script, "apply", az, nsg, tmp_path) == 0, nsg.refusals
    assert run_script(script, "undo", az, nsg, tmp_path) == 0, nsg.refusals
    assert nsg.rules == before


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_az_takes_every_text_as_it_is(text: str, az: Az, tmp_path: Path) -> None:
    rule = Rule("null", 100, IN, Access.ALLOW, "Tcp", ("10.0.0.4",), ("*",), (PortRange(1, 1),), description=text)
    existing = RuleSet("nsg", (rule,))
    nsg = AzureNsg(held(existing.rules))
    wanted = RuleSet("nsg", (replace(rule, priority=101),))
    script = export(wanted, "az", TARGET, plan(existing, wanted, IN))
    assert run_script(script, "apply", az, nsg, tmp_path) == 0, nsg.refusals
    assert nsg.rules["null"]["priority"] == 101
    assert run_script(script, "undo", az, nsg, tmp_path) == 0, nsg.refusals
    assert nsg.rules == held(existing.rules)


@pytest.mark.parametrize("group", ["RG", "null", "-rg", "(rg)", "_rg", "rg's", "été"])
def test_az_takes_every_resource_group_as_it_is(group: str, az: Az) -> None:
    line = delete_line(RULES.rules[0], ExportTarget(group, "nsg"))
    assert unquote(az.request(words_of(line)[1:])["url"]["resourceGroupName"]) == group


def test_the_models_of_azure_mgmt_network_hold_all_that_arm_writes(az: Az) -> None:
    many = [case(seed)[0] for seed in range(20)]
    for rules in (RULES, *many):
        for resource in json.loads(export(rules, "arm", TARGET))["resources"]:
            assert az.modelled(resource) == resource["properties"]


def test_bicep_is_read_back_as_it_was_meant() -> None:
    for rules in (RULES, *(case(seed)[0] for seed in range(20))):
        nsg, *read = read_bicep(export(rules, "bicep", TARGET))
        assert nsg == ("nsg", "Microsoft.Network/networkSecurityGroups@2024-05-01", True, {"name": TARGET.nsg_name})
        assert {body["name"]: body["properties"] for _, _, _, body in read} == held(rules.rules)
        symbols = [symbol for symbol, *_ in read]
        after = [None, *([f"@{symbol}"] for symbol in symbols[:-1])]
        assert [body.get("dependsOn") for *_, body in read] == after[: len(read)]
        assert all(body["parent"] == "@nsg" for *_, body in read)
    for bad in ("resource a 'x' = {\n name: '${b}'\n}\n", "resource a 'x' = { name: 'b }\n", "var x = 1\n"):
        with pytest.raises(UnexpectedInput):
            read_bicep(bad)


def test_the_stub_and_our_own_checks_agree_on_random_rules() -> None:
    dice = random.Random(7)
    for number in range(300):
        rule = random_rule(dice, dice.choice(NAMES), dice.choice((99, 100, 4096, 4097)), IN)
        if dice.random() < 0.3:
            rule = replace(rule, sources=("10.0.0.0/8", "10.1.0.0/16")[: dice.randint(1, 2)], source_asgs=())
        nsg, refused = AzureNsg({}), ""
        try:
            nsg.take("PUT", rule.name, {"properties": properties(rule)})
        except Exception as error:
            refused = str(error)
        assert bool(refused) == bool(refusals([rule])), (number, rule, refused)
