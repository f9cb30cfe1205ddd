"""Every kind of question, answered both ways, and its rules accepted and rejected, as each format of code has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.kinds import QUESTION_KINDS
from nsgflow_core.rules.draft.draft import Draft, Scope
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.rules.export import export
from nsgflow_core.rules.review.applying import as_decided
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision, answer_to
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.daily import SUBNETS
from tests.estates.flows import Key, store_of
from tests.parts.bicep_reader import read_bicep
from tests.rules.draft.asking.asked import ASKED
from tests.rules.export.test_az import az_lines
from tests.rules.export.test_export import TARGET, terraform_rules

Told = tuple[str, int, str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Name, priority, access, protocol, sources, destinations and destination ports."""
STORAGE = {"Storage.WestEurope": (parse_prefix("20.60.0.0/24"),)}


def of_rule(rule: Rule) -> Told:
    ports = tuple(map(str, rule.destination_ports))
    return rule.name, rule.priority, str(rule.access), rule.protocol, rule.sources, rule.destinations, ports


def of_properties(name: str, held: Mapping[str, Any], one: Callable[[str], str], many: Callable[[str], str]) -> Told:
    """Of an Azure rule's fields: a list, or the one there is."""

    def terms(field: str) -> tuple[str, ...]:
        return tuple(held.get(many(field)) or [held[one(field)]])

    lists = (terms("sourceAddressPrefix"), terms("destinationAddressPrefix"), terms("destinationPortRange"))
    return name, held["priority"], held["access"], held["protocol"], *lists


def snake(field: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)


def of_azure(name: str, held: Mapping[str, Any]) -> Told:
    return of_properties(name, held, str, lambda field: f"{field}{'es' if field.endswith('x') else 's'}")


def of_terraform(held: Mapping[str, Any]) -> Told:
    return of_properties(
        held["name"], held, snake, lambda field: f"{snake(field)}{'es' if field.endswith('x') else 's'}"
    )


def from_arm(text: str) -> Iterable[Told]:
    return [of_azure(each["name"].split("/")[1], each["properties"]) for each in json.loads(text)["resources"]]


def from_bicep(text: str) -> Iterable[Told]:
    return [of_azure(body["name"], body["properties"]) for *_, body in read_bicep(text)[1:]]


def from_terraform(text: str) -> Iterable[Told]:
    return map(of_terraform, terraform_rules(text))


def from_az(text: str) -> Iterable[Told]:
    for line in az_lines(text, "apply"):
        ends = (tuple(line.source_address_prefixes), tuple(line.destination_address_prefixes))
        yield line.name, line.priority, line.access, line.protocol, *ends, tuple(line.destination_port_ranges)


READERS = {"arm": from_arm, "bicep": from_bicep, "terraform": from_terraform, "az": from_az}


def admitted(made: Draft, flows: Iterable[Key], space: AddressSpace) -> set[Key]:
    """What all formats agree on that the draft admits, of these flows."""
    written = {of_rule(rule) for rule in made.own_rules}
    for form, read in READERS.items():
        assert set(read(export(made, form, TARGET))) == written, form
    packets = pd.DataFrame(list(flows), columns=list(FLOW_KEY)).assign(direction=str(made.direction))
    verdicts = decide_all(made.rule_set, packets, space)
    return set(packets.loc[verdicts["access"] == "Allow", list(FLOW_KEY)].itertuples(index=False, name=None))


@pytest.mark.parametrize("kind", sorted(QUESTION_KINDS))
def test_each_answer_and_each_word_on_its_rules_is_in_every_format(kind: str, tmp_path: Path) -> None:
    asked = ASKED[kind]
    space = AddressSpace.of(SUBNETS, service_tags=STORAGE if asked.tags else {})
    store = store_of(tmp_path / "f.duckdb", asked.rows(), SUBNETS)
    scope, existing = Scope(nsg="app-nsg"), asked.existing
    material = gather(
        store, FlowFilter(), scope, asked.direction, options=DraftOptions(), existing=existing, space=space
    )
    flows = {*asked.about, *asked.stays}
    (question,) = [each for each in as_decided(material, 0.75, Decisions()).draft.questions if each.kind == kind]
    for choice in Choice:
        answer = Decisions(answers=(answer_to(question, choice),))
        answered = as_decided(material, 0.75, answer)
        passing = admitted(answered.draft, flows, space)
        assert set(asked.stays) <= passing
        assert choice is not Choice.ALLOW or set(asked.about) <= passing
        words = [RuleDecision(rule.name, Approval.ACCEPT) for rule in answered.draft.to_decide]
        accepted = as_decided(material, 0.75, answer.with_rules(*words)).draft
        assert accepted.own_rules == answered.draft.own_rules, "read back already"
        let_in = [name for name, each in answered.draft.evidence.items() if each.let_in]
        name = next(iter(let_in), answered.draft.to_decide[0].name)
        decided = as_decided(material, 0.75, answer.with_rules(RuleDecision(name, Approval.REJECT)))
        assert [rule.name for rule in decided.rejected] == [name]
        left = [of_rule(rule) for rule in answered.draft.own_rules if rule.name != name]
        assert sorted(from_arm(export(decided.draft, "arm", TARGET))) == sorted(left)
