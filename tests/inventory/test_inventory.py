"""Things are told apart by ARM id, labels tell them apart, and what cannot be used is a finding, never a loss."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read, told_words
from nsgflow_core.inventory.inventory import KINDS, Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.tables import found_frame
from nsgflow_core.inventory.vnets import read_subnet_map
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import pack
from tests.inventory import network

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
GUIDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")


def arm_id(kind: str, name: str, subscription: str = "A", group: str = "RG") -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/{kind}/{name}"


def vnet(name: str, space: str, subscription: str = "A", group: str = "RG", **subnets: str) -> dict[str, Any]:
    found = [{"name": key, "addressPrefix": prefix} for key, prefix in subnets.items()]
    return {
        "id": arm_id("virtualNetworks", name, subscription, group), "name": name,
        "addressSpace": {"addressPrefixes": [space]}, "subnets": found,
    }  # fmt: skip


def nsg(name: str, number: int, **more: object) -> dict[str, Any]:
    place = arm_id("networkSecurityGroups", name, "AB"[number], f"RG{number + 1}")
    return {"name": name, "id": place, "resourceGuid": GUIDS[number], "securityRules": [], **more}


def inventory_of(*documents: object) -> Inventory:
    return read([(f"{number}.json", json.dumps(each)) for number, each in enumerate(documents)], NOW)


def labels(inventory: Inventory) -> list[str]:
    return [subnet.name for subnet in inventory.subnet_map.subnets]


def test_two_subnets_in_vnets_of_one_name_get_two_labels():
    one = vnet("vnet-main", "10.1.0.0/16", app="10.1.0.0/24", db="10.1.1.0/24")
    found = inventory_of([one, vnet("vnet-main", "10.2.0.0/16", "B", app="10.2.0.0/24")])
    assert labels(found) == ["A/RG/vnet-main/app", "db", "B/RG/vnet-main/app"]
    found = inventory_of([one, vnet("vnet-main", "10.2.0.0/16", "A", "RG2", app="10.2.0.0/24")])
    assert labels(found) == ["RG/vnet-main/app", "db", "RG2/vnet-main/app"]
    found = inventory_of([one, vnet("other", "10.2.0.0/16", "B", app="10.2.0.0/24")])
    assert labels(found) == ["vnet-main/app", "db", "other/app"]
    written = json.dumps([one, vnet("vnet-main", "10.2.0.0/16", "B", app="10.2.0.0/24")])
    assert [subnet.name for subnet in read_subnet_map(written).subnets] == [
        "A/RG/vnet-main/app",
        "db",
        "B/RG/vnet-main/app",
    ]


def test_unpeered_vnets_of_overlapping_space_keep_the_map_total_and_are_named():
    wide, narrow = vnet("prod", "10.30.0.0/16", db="10.30.0.0/16"), vnet("dev", "10.30.4.0/22", dev="10.30.4.0/24")
    found = inventory_of([wide, narrow])
    label = {ip: found.subnet_map.label(pack(ip) or b"") for ip in ("10.30.4.9", "10.30.5.9", "10.30.200.1")}
    assert label == {"10.30.4.9": "dev", "10.30.5.9": "db", "10.30.200.1": "db"}
    (warning,) = found.warnings
    assert "'prod' and 'dev' are not peered and both hold 10.30.4.0/22" in warning
    peered = {**narrow, "virtualNetworkPeerings": [{"remoteVirtualNetwork": {"id": str(wide["id"]).upper()}}]}
    assert inventory_of([wide, peered]).warnings == ()
    same = vnet("same", "10.30.4.0/22", "B", x="10.30.4.0/24")
    assert "dev or x" in labels(inventory_of([narrow, same]))


def test_an_nsg_asked_for_by_a_name_that_two_have_is_refused_and_found_by_id():
    found = inventory_of([nsg("nsg-default", 0), nsg("nsg-default", 1)])
    with pytest.raises(BadInventory) as caught:
        found.nsg_of(Scope(nsg="NSG-default"))
    for each in found.rule_sets:
        assert each.nsg_id in caught.value.message
        assert found.nsg_of(Scope(nsg=each.nsg_id.upper())) is each
        assert found.nsg_of(Scope(nsg=each.resource_guid.upper())) is each
        assert found.nsg_of(Scope(nsg=found.nsg_names[each.resource_guid])) is each
    assert found.nsg_names[GUIDS[0]] == "RG1/nsg-default"
    assert found.nsg_names[str(found.rule_sets[1].nsg_id).lower()] == "RG2/nsg-default"
    assert found.nsg_of(Scope(nsg="another")) is None
    assert found.nsg_of(Scope(nsg="33333333-3333-4333-8333-333333333333")) is None


def test_the_nsg_of_a_subnet_by_either_end_of_what_says_so():
    web, other = nsg("web", 0), nsg("other", 1)
    home = vnet("hub", "10.0.0.0/16", web="10.0.1.0/24", app="10.0.2.0/24", bare="10.0.3.0/24")
    home["subnets"][0]["networkSecurityGroup"] = {"id": str(web["id"]).upper()}
    home["subnets"][1]["id"] = f"{home['id']}/subnets/app"
    other["subnets"] = [{"id": f"{home['id']}/SUBNETS/app"}]
    found = inventory_of([home], [web, other])
    by_subnet = {name: found.nsg_of(Scope(subnet=name)) for name in ("web", "app", "bare", "10.0.1.0/26", "10.0.2.7")}
    names = {key: each.name if each else None for key, each in by_subnet.items()}
    assert names == {"web": "web", "app": "other", "bare": None, "10.0.1.0/26": "web", "10.0.2.7": "other"}
    alone = inventory_of([other]).nsg_of(Scope(subnet="app"))
    assert alone is not None
    assert alone.name == "other"
    web["subnets"] = other["subnets"]
    with pytest.raises(BadInventory, match="2 NSGs fit 'app'"):
        inventory_of([home], [web, other]).nsg_of(Scope(subnet="app"))


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
        ('{"resources": [{"type": "Microsoft.Compute/disks", "name": "d"}]}', "other resources only"),
        ('{"securityRules": []}', "no 'name'"),
        ("name,prefix\nweb,10.0.0.0/33\n", "(line 2): '10.0.0.0/33'"),
    ],
)  # fmt: skip
def test_a_file_of_unknown_content_is_a_finding_and_the_others_go_on(content, part):
    found = read([("bad", content), ("good", json.dumps(network.AZ))])
    assert part in "\n".join(each.sentence for each in found.findings if each.file == "bad")
    assert told_words(found, "good") == "1 VNet, 2 subnets, 1 NSG, 1 NIC"


def test_the_newer_description_takes_the_place_of_the_older_one():
    older = inventory_of([vnet("a", "10.1.0.0/16", x="10.1.0.0/24"), vnet("gone", "10.2.0.0/16", y="10.2.0.0/24")])
    shouting = vnet("a", "10.1.0.0/16", z="10.1.9.0/24")
    shouting["id"] = str(shouting["id"]).upper()
    newer = read([("new.json", json.dumps([shouting]))], NOW)
    assert labels(older.updated(newer)) == ["z", "y"]
    again = read([("0.json", json.dumps([shouting]))], NOW)
    assert labels(older.updated(again)) == ["z"]  # a file of the same name says what there is
    assert older.updated(newer).without("new.json").files == ("0.json",)
    assert not older.without("0.json")


def test_a_description_without_an_id_is_of_the_one_thing_of_that_name():
    template: dict[str, Any] = {"$schema": "x", "resources": [{**network.rest(network.NSG), "id": None}]}
    template["resources"][0]["properties"] = {"securityRules": []}
    csv = read([("map.csv", "name,prefix,vnet\nfront,10.0.1.0/24,hub\n")], NOW)
    both = inventory_of(network.AZ).merged(inventory_of(template)).merged(csv)
    (rule_set,) = both.rule_sets
    assert (rule_set.nsg_id, rule_set.resource_guid, rule_set.rules) == (network.NSG_ID, network.GUID, ())
    assert [(v.vnet_id, [s.name for s in v.subnets]) for v in both.vnets] == [(network.VNET_ID, ["front"])]
    assert inventory_of(template).merged(csv).merged(inventory_of(network.AZ)).vnets == inventory_of(network.AZ).vnets
    two = inventory_of([nsg("a", 0), nsg("a", 1)])
    assert len(two.merged(inventory_of({"name": "a", "securityRules": []})).rule_sets) == 3


def test_own_names_for_prefixes_take_the_place_of_those_in_azure():
    both = inventory_of(network.AZ).updated(read([("map.csv", "name,prefix\nfront,10.0.1.0/24\n")], NOW))
    assert labels(both) == ["front", "db", "db"]
    assert both.nsg_of(Scope(subnet="front")) == both.rule_sets[0]
    other = both.updated(read([("other.csv", "name,prefix\nback,10.0.7.0/24\n")], NOW))
    assert labels(other) == ["front", "db", "back", "db"]


def test_a_thing_that_stands_twice_in_a_file_counts_once_and_is_said_when_it_differs():
    assert inventory_of([nsg("a", 0), nsg("a", 0)]).findings == ()
    found = inventory_of([nsg("a", 0), nsg("a", 0, subnets=[{"id": "/x"}])])
    assert "is in the file twice" in found.findings[0].sentence
    assert len(found.rule_sets) == 1


def test_virtual_network_of_an_nsg_is_its_own_vnet_and_its_peers():
    prod, dev = vnet("prod", "10.30.0.0/16", db="10.30.0.0/24"), vnet("dev", "10.40.0.0/16", dev="10.40.0.0/24")
    prod["subnets"][0]["networkSecurityGroup"] = {"id": nsg("nsg-db", 0)["id"]}
    found = inventory_of([prod, dev], [nsg("nsg-db", 0), nsg("unused", 1)])
    space = {each.name: [p.text for p in found.virtual_network(each)] for each in found.rule_sets}
    assert space == {"nsg-db": ["10.30.0.0/16"], "unused": []}
    prod["virtualNetworkPeerings"] = [{"remoteVirtualNetwork": {"id": dev["id"]}}]
    found = inventory_of([prod, dev], [nsg("nsg-db", 0)])
    assert [p.text for p in found.virtual_network(found.rule_sets[0])] == ["10.30.0.0/16", "10.40.0.0/16"]


def test_it_reads_back_what_it_wrote():
    bad = {**network.NSG, "securityRules": [{**network.RULE, "access": "Perhaps"}]}
    found = inventory_of([network.VNET, bad, network.NIC], {GUIDS[0]: "säule"}, 7)
    assert found.findings
    assert Inventory.from_json(found.to_json()) == found
    for text in ("{}", "[]", '{"entries": [{}], "findings": []}', "x", '{"entries": 3, "findings": []}'):
        with pytest.raises(BadInventory, match="cannot be read"):
            Inventory.from_json(text)


def test_it_is_kept_with_the_store_which_labels_with_it(tmp_path):
    store = LocalStore(tmp_path / "flows.duckdb")
    assert not kept.load(store)
    found = inventory_of(network.AZ)
    kept.keep(store, found)
    assert kept.load(store) == found
    assert (store.subnets, store.nsg_names) == (found.subnet_map, found.nsg_names)
    kept.keep(store, found.without("0.json"))
    assert (store.subnets.subnets, store.nsg_names, kept.load(store)) == ((), {}, Inventory())


def test_what_an_earlier_version_kept_is_taken_over(tmp_path):
    store, found = LocalStore(tmp_path / "flows.duckdb"), inventory_of(network.AZ)
    store.save_subnets(found.subnet_map)
    store.save_nsg_names({GUIDS[0]: "named"})
    store.save_setting("rule-sets", json.dumps([network.NSG]))
    held = kept.load(store)
    assert held.subnet_map == found.subnet_map
    assert held.rule_sets == found.rule_sets
    assert held.nsg_names == {network.GUID: "web_nsg", GUIDS[0]: "named"}
    assert held.files == (kept.EARLIER,)
    assert Inventory.from_json(held.to_json()) == held


def test_the_table_tells_each_file_its_kinds_and_findings():
    frame = found_frame(inventory_of(network.AZ, 7))
    assert frame[["file", "kind", "things"]].to_numpy().tolist() == [
        ["0.json", "VNet", 1], ["0.json", "subnets", 2], ["0.json", "NSG", 1], ["0.json", "NIC", 1], ["1.json", "", 0],
    ]  # fmt: skip
    assert frame["read"].iloc[0] == NOW
    assert "CSV" in frame["finding"].iloc[4]


def test_every_kind_of_thing_has_its_row():
    named = {value for name, value in vars(kinds).items() if name.isupper() and isinstance(value, str)}
    children = {kinds.SUBNET, kinds.PEERING, kinds.RULE, kinds.DEFAULT_RULE, kinds.ATTACHMENT}
    assert set(KINDS) == named - children


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
    assert found.subnet_map.boundaries()
    for scope in (Scope(nsg="web_nsg"), Scope(subnet="web")):
        found.guards(scope)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_are_a_traceback(content):
    found = read([("x", content), ("y", b"[" + content), ("z", b"name,prefix\n" + content)])
    assert Inventory.from_json(found.to_json()) == found
