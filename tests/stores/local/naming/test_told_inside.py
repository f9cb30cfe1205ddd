"""Public addresses of a VNet or a peer in the files are no Internet: a draft knew that, and flows, required ports and
denials called them so, where no NIC of them logs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.daily import daily
from tests.estates.flows import store_of

SPACE = ("10.0.0.0/16", "20.0.0.0/16", "20.0.0.0/24", "20.9.0.0/27", "2a01:111::/48")
MAP = SubnetMap(
    (
        Subnet("app", parse_prefix("10.0.2.0/24"), "hub"),
        Subnet("wide", parse_prefix("20.0.8.0/22"), "hub"),
        Subnet("narrow", parse_prefix("20.0.3.64/26"), "hub"),
    ),
    tuple(map(parse_prefix, SPACE)),
)
LABELS = {
    "20.0.0.4": "20.0.0.0/24",
    "20.0.3.4": "20.0.3.0/24",
    "20.0.3.70": "narrow",
    "20.0.9.4": "wide",
    "20.9.0.4": "20.9.0.0/27",
    "20.9.0.64": "Internet",
    "20.1.0.4": "Internet",
    "2a01:111:0:7::4": "2a01:111:0:7::/64",
    "2a01:112::4": "Internet",
}


def kept(path: Path) -> LocalStore:
    return store_of(path, ROWS, MAP)


def kept_later(path: Path) -> LocalStore:
    store = store_of(path, ROWS, SubnetMap())
    store.save_subnets(MAP)
    return store


def given(path: Path) -> LocalStore:
    store_of(path, ROWS, SubnetMap())
    return LocalStore(path, subnets=MAP)


def of_before(path: Path) -> LocalStore:
    """As it was left when no answer but a draft's knew what the map tells."""
    kept(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE addresses SET label = default_label WHERE default_label = 'Internet'")
        connection.execute("UPDATE meta SET value = '13' WHERE key = 'schema'")
    return LocalStore(path)


ROWS = [flow for address in LABELS for flow in daily(address, "10.0.2.8", 443, days=1)]


@pytest.mark.parametrize("opened", [kept, kept_later, given, of_before])
def test_every_answer_says_what_a_draft_says(opened: Callable[[Path], LocalStore], tmp_path: Path) -> None:
    store = opened(tmp_path / "flows.duckdb")
    found = required_ports.services(FlowFilter()).ask(store)
    tokens = AddressTokens(store.subnets)
    assert {address: tokens.label(address) for address in LABELS} == LABELS
    assert set(found["source"]) == set(LABELS.values())
    outside = store.fetch(FlowQuery(FlowFilter().where("source", "Internet"), by=("src_ip",)))
    assert set(outside["src_ip"]) == {address for address, label in LABELS.items() if label == "Internet"}


def test_without_the_files_they_are_public_again(tmp_path: Path) -> None:
    store = kept(tmp_path / "flows.duckdb")
    store.save_subnets(SubnetMap())
    assert required_ports.services(FlowFilter()).ask(store)["source"].tolist() == ["Internet"]
