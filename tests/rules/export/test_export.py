"""Exports are read back by what reads them: an HCL parser, the ARM resource's shape, az's arguments, a Bicep reader."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import hcl2
import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter, BadRuleSet, RefusedByAzure
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.draft.draft import Draft, Scope, draft
from nsgflow_core.rules.draft.seen.evidence import ReviewReason
from nsgflow_core.rules.export import EXPORTS, ExportTarget, default_target, export
from nsgflow_core.rules.export.base import identifier
from nsgflow_core.rules.review.plan import plan
from nsgflow_core.rules.review.tables import draft_json
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.parts.bicep_reader import read_bicep
from tests.rules.draft.drafts import made_of

IN = Direction.INBOUND
NASTY = 'it\'s "quoted" ${var.x} %{if} $(id) `id` back\\slash {curly} \u2028 end'
TARGET = ExportTarget('rg\'s "one"', "app-nsg")


def rule(name: str, priority: int = 100, **more: Any) -> Rule:
    made = Rule(name, priority, IN, Access.ALLOW, "Tcp", ("10.0.1.0/24",), ("10.0.2.8",), (PortRange(443, 443),))
    return replace(made, **more)


RULES = RuleSet(
    "app-nsg",
    (
        rule("plain", 100, description="line one\nline two " + NASTY),
        rule(
            "several",
            110,
            sources=("10.0.1.4", "10.3.0.0/16"),
            destination_ports=(PortRange(80, 80), PortRange(90, 99)),
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
    store = store_of(tmp_path_factory.mktemp("web") / "f.duckdb", rows, SUBNETS)
    return draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN)


def unquoted(value: object) -> object:
    """python-hcl2 hands strings over as they are written: undo HCL's quoting."""
    if isinstance(value, list):
        return [unquoted(item) for item in value]
    if isinstance(value, str) and value.startswith('"'):
        beyond = re.sub(r"\\U([0-9a-f]{8})", lambda found: chr(int(found[1], 16)), value)  # which JSON does not know
        return json.loads(beyond).replace("$${", "${").replace("%%{", "%{")
    return value


def terraform_rules(text: str) -> list[dict[str, Any]]:
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
SHAPE: dict[str, type | tuple[str, ...]] = {
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
        assert isinstance(value, shape) if isinstance(shape, type) else value in shape, key
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
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    again = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=imported)
    changes = plan(imported, again.rule_set, IN)
    assert changes.is_empty, changes
    assert again.own_rules == web.own_rules


def test_csv_is_defused_and_carries_the_evidence(web: Draft) -> None:
    table = pd.read_csv(io.StringIO(export(web, "csv")), keep_default_na=False)
    assert table["protocol"].tolist() == [rule.protocol for rule in web.own_rules], "as Azure writes it"
    assert table["name"].tolist() == [r.name for r in web.own_rules]
    assert table.loc[table["ports"] == "8443", "flows"].tolist() in (["24"], [24])
    assert pd.read_csv(io.StringIO(export(RULES, "csv")))["description"].iloc[-1] == "'=1+1"


@pytest.mark.parametrize("key", EXPORTS)
def test_every_format_holds_every_rule_and_no_comment_breaks_out(web: Draft, key: str) -> None:
    evil = {
        n: replace(e, review=(ReviewReason("x\nresource evil\r\nrm -rf /\u2028y"),)) for n, e in web.evidence.items()
    }
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
    for key in EXPORTS:
        with pytest.raises(RefusedByAzure, match=r"mixed.*SecurityRuleParameterContainsUnsupportedValue"):
            export(mixed, key)
    many = RuleSet("n", tuple(rule(f"r{n}", 100 + n) for n in range(801)))
    assert export(many, "az").count("az network nsg rule create") == 801
    for key in ("arm", "bicep"):
        with pytest.raises(BadRuleSet, match="800"):
            export(many, key)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\u2028", "\x7f", "\ufeff", "\u00ad", "\U000e0041"])
def test_what_a_reviewer_cannot_see_stands_by_its_number(mark: str) -> None:
    """A direction mark in a person's description had a reviewer read other text than what is applied."""
    one = rule("hidden", 100, description=f"a{mark}b")
    told = {key: export(RuleSet("n", (one,)), key) for key in ("terraform", "bicep", "arm")}
    assert not [key for key, text in told.items() if mark in text]
    assert terraform_rules(told["terraform"])[0]["description"] == one.description
    assert json.loads(told["arm"])["resources"][0]["properties"]["description"] == one.description
    ((*_, fields),) = [each for each in read_bicep(told["bicep"]) if not each[2]]
    assert fields["properties"]["description"] == one.description


def test_the_target_is_taken_from_what_is_known(web: Draft) -> None:
    assert 'network_security_group_name = "app-nsg"' in export(web, "terraform")
    known = replace(
        RULES, nsg_id="/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/n"
    )
    assert "-group RG --nsg-name n " in export(known, "az")


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("RG/web-nsg", ExportTarget("RG", "web-nsg")),
        ("1f0a2b3c/RG/web-nsg", ExportTarget("RG", "web-nsg", "1f0a2b3c")),
        (
            "/subscriptions/S/RESOURCEGROUPS/RG/providers/Microsoft.Network/networkSecurityGroups/web/",
            ExportTarget("RG", "web", "S"),
        ),
        ("web-nsg", ExportTarget(nsg_name="web-nsg")),
    ],
)
def test_what_a_draft_is_asked_for_by_is_what_its_file_changes(web: Draft, asked: str, target: ExportTarget) -> None:
    """Where no file has the NSG: "--nsg-name RG/web-nsg" was written, and Azure has no such name."""
    scope = Scope(nsg=asked)
    made = replace(web, material=replace(web.material, scope=scope), rule_set=replace(web.rule_set, name=scope.name))
    assert default_target(made) == target


@pytest.mark.parametrize("key", ["az", "terraform", "bicep", "arm"])
def test_a_file_says_in_which_subscription_its_nsg_is(key: str) -> None:
    """az and deployments work in the one that is chosen, where another NSG of that group and name may be."""
    place = "/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/n"
    assert "account set" not in export(RULES, key)
    told = export(replace(RULES, nsg_id=f"/subscriptions/prod-7{place}"), key)
    assert "in the subscription prod-7: choose it before you apply this (az account set --subscription prod-7)." in told
    hostile = export(replace(RULES, nsg_id=f"/subscriptions/x; rm -rf ~\necho{place}"), key)
    (line,) = [line for line in hostile.splitlines() if "account set" in line]
    assert "--subscription 'x; rm -rf ~" in line
    assert "echo" in line


def test_the_heading_says_from_which_traffic_and_says_so_when_from_none(web: Draft, tmp_path: Path) -> None:
    first = export(web, "terraform").splitlines()[0]
    assert re.search(r"from allowed traffic, \S+Z to \S+Z\.$", first)
    store = store_of(tmp_path / "f.duckdb", daily("10.0.1.4", "10.0.2.8", 443), SUBNETS)
    empty = draft(store, FlowFilter(), Scope(nsg="other"), IN)
    closing_only = replace(web, evidence={})
    assert (
        export(empty, "terraform")
        .splitlines()[0]
        .endswith(": no allowed traffic was seen, so there is no rule to write.")
    )
    assert "only closing rules are left" in export(closing_only, "terraform").splitlines()[0]


@pytest.mark.parametrize("direction", list(Direction))
def test_the_guid_of_an_nsg_is_written_as_no_ones_name(direction: Direction, tmp_path: Path) -> None:
    """VNet logs write a guid in place of the NSG: az found no NSG that is called so."""
    guid = "11111111-2222-4333-8444-555555555555"
    rows = [{**each, "nsg": guid} for each in daily("10.0.1.4", "10.0.2.8", 443, direction=str(direction))]
    made = made_of(tmp_path, rows, direction, Scope(nsg=guid))
    for key, row in EXPORTS.items():
        text = export(made, key)
        assert not re.search(rf"(nsg-name|network_security_group_name\s*=|name: )\s*['\"]?{guid}", text)
        if row.writes_changes:
            assert "Fill in before you apply this" in text
            assert "the NSG's name (my-nsg)" in text
    known = export(made, "az", ExportTarget("rg", "web"))
    assert "Fill in" not in known
