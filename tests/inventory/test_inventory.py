"""Things are told apart by ARM id, labels tell them apart, and the inventory is kept with its store."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.inventory.tables import found_frame
from nsgflow_core.inventory.things import THINGS
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import pack
from tests.inventory import network
from tests.inventory.described import GUIDS, NOW, inventory_of, nsg, vnet


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
    spokes = [vnet(f"spoke-{at}", "192.168.0.0/16", x="192.168.0.0/24") for at in range(30)]
    (warning,) = inventory_of(spokes).warnings
    start = "The VNets 'spoke-0', 'spoke-1', 'spoke-2' and 27 more are not all peered with each other and hold 192.168."
    assert warning.startswith(start)
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
    (nsg,) = held.rule_sets
    assert held.nsg_names == {network.GUID: "web_nsg", nsg.nsg_id.lower(): "web_nsg", GUIDS[0]: "named"}
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
    instances = {kinds.SCALE_SET_NIC, kinds.SCALE_SET_VM}
    children = instances | {kinds.SUBNET, kinds.PEERING, kinds.RULE, kinds.DEFAULT_RULE, kinds.ROUTE, kinds.ATTACHMENT}
    untold = {kinds.NAMED, kinds.DEPLOYMENT_STATUS, kinds.NETWORK_MANAGER, kinds.EFFECTIVE_ROUTE}
    assert set(THINGS) == named - children - untold
