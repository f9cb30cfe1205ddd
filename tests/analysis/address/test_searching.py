"""From what is typed to a subject, and who it is by the inventory."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from nsgflow_core.analysis.address.elsewhere import called_elsewhere
from nsgflow_core.analysis.address.known import known_of
from nsgflow_core.analysis.address.searching import Found, find_subject
from nsgflow_core.analysis.address.subject import Subject, SubjectKind, at_port_typed, port_typed, typed
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.sources.sample.source import sample_inventory, sample_named_inventory, sample_subnets
from nsgflow_core.stores.local.store import LocalStore
from tests.hostile import TEXTS

SAMPLE = sample_named_inventory().merged(sample_inventory())


@pytest.fixture(scope="module")
def store(sample_file: Path) -> LocalStore:
    return LocalStore(sample_file)


def found(store: LocalStore, text: str, inventory: Inventory = SAMPLE) -> Found:
    return find_subject(text, inventory, sample_subnets().names, lambda question: question.ask(store))


@pytest.mark.parametrize(
    ("text", "kind", "subject"),
    [
        ("10.20.1.4", SubjectKind.ADDRESS, "10.20.1.4"),
        (" 10.20.1.4:443 ", SubjectKind.ADDRESS, "10.20.1.4"),
        ("FD00:20:0:1::4", SubjectKind.ADDRESS, "fd00:20:0:1::4"),
        ("10.20.1.77/24", SubjectKind.PREFIX, "10.20.1.0/24"),
        ("10.99.9.9", SubjectKind.ADDRESS, "10.99.9.9"),
        ("vm-shop-web-01", SubjectKind.NAME, "vm-shop-web-01"),
        ("VM-SHOP-WEB-01", SubjectKind.NAME, "vm-shop-web-01"),
        ("snet-dev", SubjectKind.SUBNET, "snet-dev"),
        ("douro", SubjectKind.NAME, "Douro Systems"),
        ("mq-01", SubjectKind.NAME, "vm-shop-mq-01"),
    ],
)
def test_one_is_taken(store: LocalStore, text: str, kind: SubjectKind, subject: str) -> None:
    assert found(store, text).subject == Subject(kind, subject)


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("10.0.0.17:1433", "10.0.0.17", "1433"),
        ("10.0.0.17,1433", "10.0.0.17", "1433"),
        (" 10.0.0.17  1433 ", "10.0.0.17", "1433"),
        ("[fd00::4]:443", "fd00::4", "443"),
        ("10.0.0.0/24 22", "10.0.0.0/24", "22"),
        ("[fd00::4]", "fd00::4", ""),
        ("fd00::4:443", "fd00::4:443", ""),
        ("10.0.0.17:99999", "10.0.0.17", ""),
        ("10.0.0.17", "10.0.0.17", ""),
    ],
)
def test_a_port_behind_an_address_is_one_more_condition(text: str, address: str, port: str) -> None:
    subject = typed(text)
    assert subject
    assert (subject.text, port_typed(text)) == (address, port)
    assert at_port_typed(text, FlowFilter()).values_of("port") == ((port,) if port else ())
    asked = FlowFilter().where("port", "8080")
    assert at_port_typed(text, asked) == asked


@pytest.mark.parametrize("text", ["999.1.1.1:443", "vm-web:443", ":443", "", "443"])
def test_what_is_no_address_has_no_port(text: str) -> None:
    assert (typed(text), port_typed(text)) == (None, "")


def test_rules_and_nsgs_are_found_by_a_part_of_their_name(store: LocalStore) -> None:
    assert called_elsewhere(" ALLOW-HTTPS-Internet ", store.values)[0] == ("rule", "allow-https-internet")
    assert {name for name, _ in called_elsewhere("jump", store.values)} == {"rule", "nsg"}
    assert called_elsewhere("", store.values) == []


def test_a_part_of_several_offers_them(store: LocalStore) -> None:
    offered = found(store, "shop-web")
    assert offered.subject is None
    assert {each.subject.text for each in offered.candidates} == {
        "vm-shop-web-01", "vm-shop-web-02", "snet-shop-web",
    }  # fmt: skip


def test_the_log_alone_knows_names_and_parts_of_addresses(store: LocalStore) -> None:
    offered = found(store, "10.20.1.", Inventory())
    assert {each.subject.text for each in offered.candidates} == {"10.20.1.4", "10.20.1.5"}
    assert found(store, "vm-jump-01", Inventory()).subject == Subject(SubjectKind.NAME, "vm-jump-01")


@pytest.mark.parametrize("text", ["", "   ", "no such thing", "'; DROP TABLE flows; --", "%", "999.1.1.1"])
def test_nothing_is_called_so(store: LocalStore, text: str) -> None:
    nothing = found(store, text)
    assert nothing.subject is None
    assert nothing.candidates == ()


def test_hostile_text_is_text(store: LocalStore) -> None:
    for text in TEXTS:
        with suppress(BadFilter):  # of what no file, store or link can hold
            found(store, text)


def test_who_an_address_is() -> None:
    subject = typed("10.10.1.4")
    assert subject
    known = known_of(subject, SAMPLE, sample_subnets())
    assert (known.names, known.subnet, known.vnet) == (("vm-jump-01",), "snet-jump", "vnet-hub")
    assert [nic.name for nic in known.nics] == ["vm-jump-01-nic"]
    assert [(guard.nsg, guard.on) for guard in known.guards] == [
        ("nsg-jump", "subnet snet-jump"),
        ("nsg-jump-nic", "NIC vm-jump-01-nic"),
    ]


def test_a_name_has_all_of_its_addresses() -> None:
    known = known_of(Subject(SubjectKind.NAME, "vm-shop-web-01"), SAMPLE, sample_subnets())
    assert known.addresses == ("10.20.1.4", "fd00:20:0:1::4")
    assert known.subnet == "snet-shop-web"


def test_each_of_two_nsgs_is_set_on_the_subnet_of_its_own_vnet() -> None:
    """Both VNets have the space: an address may be of either, and an NSG stands on one."""
    where = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
    of = {name: f"{where}/networkSecurityGroups/nsg-{name}" for name in ("dev", "prod")}
    vnets = [
        {"id": f"{where}/virtualNetworks/{name}", "name": name, "addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}}
        | {"subnets": [{"name": "db", "addressPrefix": "10.7.1.0/24", "networkSecurityGroup": {"id": of[name]}}]}
        for name in of
    ]
    rules = [{"id": of[name], "name": f"nsg-{name}", "securityRules": []} for name in of]
    subject = typed("10.7.1.4")
    assert subject
    for told in ([*vnets, *rules], vnets):
        inventory = read([("estate.json", json.dumps(told).encode())])
        known = known_of(subject, inventory, inventory.subnet_map)
        assert known.subnet == "dev/db or prod/db"
        assert [(guard.nsg, guard.on) for guard in known.guards] == [
            ("nsg-dev", "subnet dev/db"),
            ("nsg-prod", "subnet prod/db"),
        ]


def test_an_empty_inventory_tells_the_label_alone() -> None:
    subject = typed("10.7.7.7")
    assert subject
    known = known_of(subject, Inventory(), sample_subnets())
    assert (known.subnet, known.nics, known.guards) == ("10.7.7.0/24", (), ())
