"""What cannot be used is a finding, never a loss and never a traceback."""

from __future__ import annotations

import copy
import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.files import read, told_words
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from tests.inventory import network
from tests.inventory.described import inventory_of


def test_one_bad_member_is_a_finding_and_the_rest_is_used():
    home = copy.deepcopy(network.VNET)
    home["subnets"] += [
        {"name": "bad", "addressPrefix": "10.0.0.0/33"},
        {"addressPrefix": "10.0.9.0/24"},
        {"name": "n"},
    ]
    home["addressSpace"]["addressPrefixes"].append("ten")
    broken = {**network.NSG, "securityRules": [network.RULE, {**network.RULE, "name": "x", "priority": None}]}
    nic = {**network.NIC, "ipConfigurations": [{"privateIpAddress": "10.0.0"}, *network.NIC["ipConfigurations"]]}
    found = inventory_of([home, broken, nic, {"name": "?"}, {"type": "Microsoft.Compute/disks", "name": "d"}, 5])
    whole = inventory_of(network.AZ)
    assert found.vnets == whole.vnets
    assert found.rule_sets[0].rules == whole.rule_sets[0].rules
    assert not found.rule_sets[0].is_complete
    assert found.asgs == whole.asgs
    said = "\n".join(finding.sentence for finding in found.findings)
    for part in (
        "subnet 'bad': '10.0.0.0/33' is not a CIDR prefix", "a subnet has no name", "subnet 'n' has no prefix",
        "VNet 'hub': 'ten' is not a CIDR prefix",
        "NSG 'web_nsg', rule 'x': 'priority' is missing; the rule is left out",
        "NIC 'web-1': '10.0.0' is not an address", "no part of a network", "An entry of the file is no object",
    ):  # fmt: skip
        assert part in said
    assert len(found.findings) == 8


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "not UTF-8 or UTF-16"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 500 + "]" * 500, "nests more than 100 levels"),
        ("{", "not valid JSON"),
        ("[1e", "not valid JSON"),
        ("[" + "9" * 5000 + "]", "not valid JSON"),
        ("a,b\n1,2\n", "does not name the columns"),
        ("[]", "nothing of a network"),
        ('{"records": []}', "no part of a network"),
        ('{"records": [{"category": "FlowLogFlowEvent", "flowRecords": {}}]}', "is a flow log"),
        ('{"records": [{"category": "NetworkSecurityGroupFlowEvent", "properties": {}}]}', "is a flow log"),
        ('{"records": [{"category": "AuditEvent"}]}', "no part of a network"),
        ('{"resources": [{"type": "Microsoft.Compute/disks", "name": "d"}]}', "other resources only"),
        ('{"securityRules": []}', "no 'name'"),
        ("name,prefix\nweb,10.0.0.0/33\n", "(line 2): '10.0.0.0/33'"),
        ('name,prefix\n"web,10.0.0.0/24\ndb,10.0.1.0/24\n', "Line 2 of the CSV opens a quotation mark"),
        (f"id,name\n{network.SPOKE_ID},spoke\n", "Line 2 of the CSV: 'spoke' is no NSG"),
        (f"id,name,type\n{network.SPOKE_ID},spoke,microsoft.network/virtualnetworks\n", "only names 1 VNet"),
        ('{"values": [{"name": "Stor', "ends in the middle"),
        ('{"values": [', "ends in the middle"),
        ("\n<!DOCTYPE html><html></html>", "a web page"),
        ('<?xml version="1.0"?><AzurePublicIpAddresses/>', "a web page or XML"),
        ("Name    Prefixes\n------  -----------\nhub     10.0.0.0/16\n", "a table for people"),
        ("\nName    : hub\nSubnets : {web}\n", "a list for people"),
        ("- addressSpace:\n    addressPrefixes:\n    - 10.0.0.0/16\n  name: hub\n", "is YAML"),
        ("\x1b[34m[\x1b[0m]", "the colours of a terminal"),
        (b"PK\x03\x04\x14\x00[Content_Types].xml xl/workbook.xml", "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "a workbook"),
    ],
)  # fmt: skip
def test_a_file_of_unknown_content_is_a_finding_and_the_others_go_on(content, part):
    found = read([("bad", content), ("good", json.dumps(network.AZ))])
    assert part in "\n".join(each.sentence for each in found.findings if each.file == "bad")
    assert told_words(found, "good") == "1 VNet, 2 subnets, 1 NSG, 1 NIC"


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nName;Prefix\r\nweb;10.0.1.0/24\r\nweb;10.0.2.0/24\r\n",
        "name,prefix\rweb,10.0.1.0/24\rweb,10.0.2.0/24\r",
        'name,prefix\nweb,"10.0.1.0/24, 10.0.2.0/24"\n',
        "name,prefix\nweb,10.0.1.0 /24;10.0.2.0/ 24\n",
    ],
)
def test_a_csv_as_spreadsheets_and_hands_write_it_is_read(content):
    found = read([("subnets.csv", content)])
    (subnet,) = found.vnets[0].subnets
    assert (subnet.name, [prefix.text for prefix in subnet.prefixes]) == ("web", ["10.0.1.0/24", "10.0.2.0/24"])
    assert found.findings == ()


def test_a_vnet_in_two_cases_is_one():
    found = read([("subnets.csv", "vnet,name,prefix\nHub,web,10.0.1.0/24\nhub,db,10.0.2.0/24\n")])
    assert [(vnet.name, [each.name for each in vnet.subnets]) for vnet in found.vnets] == [("Hub", ["web", "db"])]
    assert found.findings == ()


def test_what_resource_graph_lists_as_csv_is_what_it_lists_as_json():
    written = io.StringIO()
    writer = csv.DictWriter(written, ["id", "name", "type", "properties"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**row, "properties": json.dumps(row["properties"])} for row in network.GRAPH)
    found, whole = read([("f", "\ufeff" + written.getvalue())]), read([("f", json.dumps(network.GRAPH))])
    assert told_words(found, "f") == "1 VNet, 2 subnets, 1 NSG, 1 NIC"
    assert (found.vnets, found.rule_sets, found.findings) == (whole.vnets, whole.rule_sets, whole.findings)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.sampled_from(["[parameters('x')]", "[concat('a'", "[format('{9}')]", "\ud800", "System.Object[]", "10.0.0.0/8"]),
    st.just([None, 1, "x"]), st.just({"id": 5, "name": ["x"], "properties": [1]}),
)  # fmt: skip
DOCUMENTS = [*network.WHOLE.values(), *network.PARTIAL.values()]


def _places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, held in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(held, (*path, key))


def _changed(value, path, odd):
    if not path:
        return odd
    made = copy.copy(value)
    made[path[0]] = _changed(value[path[0]], path[1:], odd)
    return made


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(DOCUMENTS))
def test_no_mutated_document_is_a_traceback(data, document):
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_places(document))
        document = _changed(document, data.draw(st.sampled_from(places)), data.draw(ODD))
    found = read([("x", json.dumps(document))])
    found.to_json().encode()
    assert Inventory.from_json(found.to_json()) == found
    assert found.entries or found.findings
    assert found.subnet_map.boundaries
    for scope in (Scope(nsg="web_nsg"), Scope(subnet="web")):
        found.guards(scope)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_are_a_traceback(content):
    found = read([("x", content), ("y", b"[" + content), ("z", b"name,prefix\n" + content)])
    assert Inventory.from_json(found.to_json()) == found
