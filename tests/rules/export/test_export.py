"""Exports are read back by what reads them: an HCL parser, the ARM resource's shape, az's arguments, a Bicep reader."""

from __future__ import annotations

import argparse
import io
import json
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import hcl2
import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter, BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.rule_sets import read_rule_sets
from nsgflow_core.rules.draft.draft import Draft, Scope, draft
from nsgflow_core.rules.export import FORMATS, ExportTarget, export
from nsgflow_core.rules.export.base import identifier
from nsgflow_core.rules.review.plan import plan
from nsgflow_core.rules.review.tables import draft_json
from nsgflow_core.words.vocabulary import Direction
from tests.estates import planted
from tests.rules.draft.test_draft import SUBNETS, daily

IN = Direction.INBOUND
NASTY = 'it\'s "quoted" ${var.x} %{if} $(id) `id` back\\slash {curly} \u2028 end'
TARGET = ExportTarget('rg\'s "one"', "app-nsg")


def rule(name: str, priority: int = 100, **more: object) -> Rule:
    made = Rule(name, priority, IN, Access.ALLOW, "Tcp", ("10.0.1.0/24",), ("10.0.2.8",), (PortRange(443, 443),))
    return replace(made, **more)  # type: ignore[arg-type]


RULES = RuleSet(
    "app-nsg",
    (
        rule("plain", 100, description="line one\nline two " + NASTY),
        rule(
            "several", 110, sources=("10.0.1.4", "fd00::/64"), destination_ports=(PortRange(80, 80), PortRange(90, 99))
        ),
        rule("tag", 120, sources=("Internet",), protocol="*", destination_ports=ANY_PORTS, description="[concat('x')]"),
        rule("1-starts-with-a-digit", 130, access=Access.DENY, description="@/etc/passwd"),
        rule("groups", 140, sources=(), source_asgs=("/subscriptions/s/asg-web",), source_ports=(PortRange(1, 2),)),
        rule("Groups.2", 150, description="=1+1"),
    ),
)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    rows = [r for host in (4, 5, 6) for r in daily(f"10.0.1.{host}", "10.0.2.8", 8443)]
    rows += daily("52.1.2.3", "10.0.2.8", 443) + daily("10.0.3.4", "10.0.2.9", 53, 1, "UDP")
    store = planted.store_of(tmp_path_factory.mktemp("web") / "f.duckdb", rows, SUBNETS)
    return draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN)


def unquoted(value: object) -> object:
    """python-hcl2 hands strings over as they are written: undo HCL's quoting."""
    if isinstance(value, list):
        return [unquoted(item) for item in value]
    if isinstance(value, str) and value.startswith('"'):
        return json.loads(value).replace("$${", "${").replace("%%{", "%{")
    return value


def terraform_rules(text: str) -> list[dict[str, object]]:
    found = []
    for block in hcl2.load(io.StringIO(text))["resource"]:
        (resources,) = block.values()
        (body,) = resources.values()
        found.append({key: unquoted(value) for key, value in body.items()})
    return found


def test_terraform_parses_and_says_what_the_rules_say() -> None:
    found = terraform_rules(export(RULES, "terraform", TARGET))
    assert [body["name"] for body in found] == [r.name for r in RULES.rules]
    for body, meant in zip(found, RULES.rules, strict=True):
        assert (body["priority"], body["access"], body["direction"]) == (meant.priority, meant.access, meant.direction)
        assert body["resource_group_name"] == TARGET.resource_group
        for side, terms in (("source", meant.sources), ("destination", meant.destinations)):
            one, many = body.get(f"{side}_address_prefix"), body.get(f"{side}_address_prefixes")
            assert (one is None) or (many is None)
            assert tuple(many or ([one] if one else [])) == terms
            ports = body.get(f"{side}_port_ranges") or [body[f"{side}_port_range"]]
            assert ports == [str(p) for p in (meant.source_ports if side == "source" else meant.destination_ports)]
    assert found[0]["description"] == RULES.rules[0].description
    assert found[4]["source_application_security_group_ids"] == ["/subscriptions/s/asg-web"]
    names = re.findall(r'^resource "azurerm_network_security_rule" "([^"]+)" \{$', export(RULES, "terraform"), re.M)
    assert len(names) == len(RULES.rules)
    assert all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names)


def test_resource_names_are_unique() -> None:
    taken: set[str] = set()
    assert [identifier(n, taken) for n in ("a-b", "a.b", "A_b", "9", "é")] == [
        "a_b",
        "a_b_2",
        "A_b_3",
        "rule_9",
        "rule__",
    ]


TEXT, TEXTS = str, list
SHAPE: dict[str, object] = {
    "priority": int,
    "direction": ("Inbound", "Outbound"),
    "access": ("Allow", "Deny"),
    "protocol": ("*", "Ah", "Esp", "Icmp", "Tcp", "Udp"),
    "description": TEXT,
    **{f"{side}AddressPrefix": TEXT for side in ("source", "destination")},
    **{f"{side}AddressPrefixes": TEXTS for side in ("source", "destination")},
    **{f"{side}PortRange": TEXT for side in ("source", "destination")},
    **{f"{side}PortRanges": TEXTS for side in ("source", "destination")},
    **{f"{side}ApplicationSecurityGroups": TEXTS for side in ("source", "destination")},
}
"""`SecurityRulePropertiesFormat` of Microsoft.Network/networkSecurityGroups/securityRules, as published."""


def check_properties(properties: dict[str, object]) -> None:
    assert {"priority", "direction", "access", "protocol"} <= properties.keys()
    for key, value in properties.items():
        shape = SHAPE[key]
        assert value in shape if isinstance(shape, tuple) else isinstance(value, shape), key  # type: ignore[arg-type]
    assert 100 <= int(str(properties["priority"])) <= 4096
    assert len(str(properties.get("description", ""))) <= 140


def test_arm_has_the_published_shape_and_touches_no_other_rule(web: Draft) -> None:
    template = json.loads(export(web, "arm", TARGET))
    assert {"$schema", "contentVersion", "metadata", "resources"} == template.keys()
    for place, resource in enumerate(template["resources"]):
        assert resource["type"] == "Microsoft.Network/networkSecurityGroups/securityRules"
        assert resource["name"].split("/")[0] == "app-nsg"
        assert resource.keys() <= {"type", "apiVersion", "name", "comments", "dependsOn", "properties"}
        check_properties(resource["properties"])
        if place:
            before = template["resources"][place - 1]["name"].split("/")[1]
            assert resource["dependsOn"] == [
                f"[resourceId('Microsoft.Network/networkSecurityGroups/securityRules', 'app-nsg', '{before}')]"
            ]
    assert "8443" in json.dumps(template)
    assert any("Evidence: 24 flows on 8 days" in resource.get("comments", "") for resource in template["resources"])


def test_arm_takes_text_that_looks_like_an_expression_as_text() -> None:
    resources = json.loads(export(RULES, "arm", TARGET))["resources"]
    assert resources[2]["properties"]["description"] == "[[concat('x')]"
    assert resources[0]["properties"]["description"] == RULES.rules[0].description


@pytest.mark.parametrize("form", ["arm", "json"])
def test_exporting_importing_and_drafting_again_changes_nothing(web: Draft, form: str, tmp_path: Path) -> None:
    text = draft_json(web) if form == "json" else export(web, "arm", ExportTarget("rg", "app-nsg"))
    (imported,) = read_rule_sets(text)
    assert plan(imported, web.rule_set, IN).is_empty
    rows = [r for host in (4, 5, 6) for r in daily(f"10.0.1.{host}", "10.0.2.8", 8443)]
    rows += daily("52.1.2.3", "10.0.2.8", 443) + daily("10.0.3.4", "10.0.2.9", 53, 1, "UDP")
    store = planted.store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    again = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=imported)
    changes = plan(imported, again.rule_set, IN)
    assert changes.is_empty, changes
    assert again.own_rules == web.own_rules


def az_parser() -> argparse.ArgumentParser:
    """The arguments of `az network nsg rule create` and `delete`, as the CLI reference lists them."""
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    rule_verb = parser.add_subparsers(required=True).add_parser("network").add_subparsers(required=True)
    verbs = rule_verb.add_parser("nsg").add_subparsers(required=True).add_parser("rule").add_subparsers(dest="verb")
    create, delete = verbs.add_parser("create", allow_abbrev=False), verbs.add_parser("delete", allow_abbrev=False)
    for verb in (create, delete):
        for option in ("--resource-group", "--nsg-name", "--name"):
            verb.add_argument(option, required=True)
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
    assert lines[3].description == "Note: @/etc/passwd", "az would read the file that a leading @ names"


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


BICEP_STRING = r"'(?:[^'\\\n]|\\(?:[\\'nrt$]|u\{[0-9a-f]+\}))*'"


def test_bicep_has_its_structure(web: Draft) -> None:
    for subject in (web, RULES):
        text = export(subject, "bicep", TARGET)
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
        bare = re.sub(BICEP_STRING, "''", code)
        assert "'" not in bare.replace("''", ""), "every string is closed on its line"
        assert "${" not in re.sub(r"\\\$\{", "", code), "nothing is interpolated"
        for opening, closing in ("{}", "[]"):
            assert bare.count(opening) == bare.count(closing)
        symbols = re.findall(r"^resource (\w+) ''", bare, re.M)
        assert len(symbols) == len(set(symbols)) == len(subject.own_rules) + 1
        for used in re.findall(r"dependsOn: \[\s+(\w+)\s+\]", bare):
            assert used in symbols
        assert bare.count("parent: nsg") == len(subject.own_rules)
        for line in bare.splitlines():
            assert re.fullmatch(r"\s*(resource \w+ '' (existing )?= \{|[\w]+: .*|[\]}]|''|\w+|\{ id: '' \}|)", line), (
                line
            )


def test_csv_is_defused_and_carries_the_evidence(web: Draft) -> None:
    table = pd.read_csv(io.StringIO(export(web, "csv")), keep_default_na=False)
    assert table["name"].tolist() == [r.name for r in web.own_rules]
    assert table.loc[table["ports"] == "8443", "flows"].tolist() in (["24"], [24])
    assert pd.read_csv(io.StringIO(export(RULES, "csv")))["description"].iloc[-1] == "'=1+1"


@pytest.mark.parametrize("key", FORMATS)
def test_every_format_holds_every_rule_and_no_comment_breaks_out(web: Draft, key: str) -> None:
    evil = {n: replace(e, review=("x\nresource evil\r\nrm -rf /\u2028y",)) for n, e in web.evidence.items()}
    text = export(replace(web, evidence=evil, warnings=("a\nrm -rf b",)), key, TARGET)
    for meant in web.own_rules:
        assert meant.name in text
    if key == "csv":
        return
    assert not any(line.strip().startswith(("rm ", "resource evil")) for line in text.splitlines())


def test_what_cannot_be_written_is_refused(web: Draft) -> None:
    with pytest.raises(BadFilter, match="no export format"):
        export(web, "pulumi")
    mixed = RuleSet("n", (rule("mixed", sources=("Internet", "10.0.0.0/8")),))
    for key in ("terraform", "bicep", "arm", "az"):
        with pytest.raises(BadRuleSet, match="mixed"):
            export(mixed, key)
    many = RuleSet("n", tuple(rule(f"r{n}", 100 + n) for n in range(801)))
    assert export(many, "az").count("az network nsg rule create") == 801
    for key in ("arm", "bicep"):
        with pytest.raises(BadRuleSet, match="800"):
            export(many, key)


def test_the_target_is_taken_from_what_is_known(web: Draft) -> None:
    assert 'network_security_group_name = "app-nsg"' in export(web, "terraform")
    known = replace(
        RULES, nsg_id="/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/n"
    )
    assert "-group RG --nsg-name n " in export(known, "az")
