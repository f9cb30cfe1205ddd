"""A token stands for exactly its label: nested maps, IPv6, shared prefixes; and drafts of them that Azure takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.accepts.checks import refusals
from nsgflow_core.rules.accepts.sides import covered
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Scope, compose
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.words.prefixes import pack, parse_prefix
from nsgflow_core.words.sets.spans import holds, of_prefixes, to_prefixes, union
from tests.estates.daily import daily
from tests.estates.flows import store_of
from tests.rules.draft.drafts import IN


def map_of(*rows: tuple[str, str]) -> SubnetMap:
    return SubnetMap(tuple(Subnet(name, parse_prefix(prefix)) for name, prefix in rows))


DEEP = map_of(
    ("corp", "10.1.0.0/16"),
    ("campus", "10.1.128.0/17"),
    ("web", "10.1.1.0/24"),
    ("kiosk", "10.1.1.128/25"),
    ("six", "fd00:1::/48"),
    ("six-web", "fd00:1:0:1::/64"),
)


@pytest.mark.parametrize("label", ["corp", "campus", "web", "kiosk", "six", "six-web", "10.2.3.0/24"])
def test_a_token_holds_its_own_addresses_and_no_other_labels(label: str) -> None:
    tokens = AddressTokens(DEEP)
    held = of_prefixes(
        parse_prefix(text) for text in tokens.prefixes([tokens.block_token(label)], 6 if "six" in label else 4)
    )
    for address in ("10.1.0.1", "10.1.1.4", "10.1.1.200", "10.1.200.9", "10.2.3.4", "fd00:1::7", "fd00:1:0:1::7"):
        packed = pack(address)
        assert packed is not None
        assert holds(held, int.from_bytes(packed, "big")) == (tokens.label(address) == label), address


def test_an_outer_label_is_a_space_and_no_subnet() -> None:
    tokens = AddressTokens(DEEP)
    assert [name for name in DEEP.names if tokens.is_subnet(name)] == ["campus", "kiosk", "six-web"]
    assert tokens.is_writable("corp")
    many = map_of(("all", "10.0.0.0/8"), *((f"s{n}", f"10.{n}.7.0/24") for n in range(20)))
    assert not AddressTokens(many).is_writable("all")
    assert tokens.prefixes(["#10.1.1.0/24", "@web"], 4) == ("10.1.1.0/25",), "the block's other part is named"


def test_hosts_and_their_own_label_are_the_label() -> None:
    tokens = AddressTokens(map_of(("one", "10.1.0.4"), ("two", "10.1.2.0/24")))
    assert tokens.prefixes(["@one", "10.1.0.4", "10.1.0.5"], 4) == ("10.1.0.4", "10.1.0.5")
    assert tokens.prefixes(["@two", "10.1.2.9", "10.1.3.0"], 4) == ("10.1.2.0/24", "10.1.3.0")


numbers = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 2**12)), max_size=4)


@settings(deadline=None, max_examples=30)
@given(numbers, st.booleans())
def test_spans_and_prefixes_say_the_same(drawn: list[tuple[int, int]], is_v4: bool) -> None:
    base = (0xFFFF << 32) + (10 << 24) if is_v4 else 0xFD << 120
    spans = union((base + first * 5000, base + first * 5000 + length) for first, length in drawn)
    prefixes = to_prefixes(spans)
    assert of_prefixes(prefixes) == spans
    assert covered(prefixes) is None
    assert sum(prefix.size for prefix in prefixes) == sum(last - first + 1 for first, last in spans)


NESTED = map_of(("corp", "10.1.0.0/16"), ("web", "10.1.1.0/24"), ("app", "10.9.0.0/24"))


def test_three_hosts_beside_a_nested_subnet_do_not_open_the_space_around_it(tmp_path: Path) -> None:
    rows = [r for net in (1, 2) for host in (4, 5, 6) for r in daily(f"10.1.{net}.{host}", "10.9.0.4", 443)]
    store = store_of(tmp_path / "f.duckdb", rows, NESTED)
    material = gather(store, FlowFilter(), Scope(subnet="app"), IN)
    for rung in RUNGS:
        made = compose(material, rung.exactness)
        assert refusals(made.rule_set.own_rules) == made.refused == ()
        sources = {term for rule in made.own_rules for term in rule.sources}
        assert "10.1.0.0/16" not in sources, rung.name
        assert {"10.1.2.4/31", "10.1.2.6"} <= sources, rung.name


estates = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 3), st.sampled_from([22, 443, 444, 445, 1433])),
    min_size=1,
    max_size=25,
)


@settings(deadline=None, max_examples=4)
@given(estates, st.booleans())
def test_azure_takes_whatever_is_drafted(tmp_path_factory, drawn, is_six) -> None:
    def address(net: int, host: int) -> str:
        return f"fd00:1:0:{net}::{host + 4:x}" if is_six else f"10.1.{net}.{host + 4}"

    rows = [
        r for net, host, server, port in drawn for r in daily(address(net, host), address(1, 200 + server), port, 2)
    ]
    subnets = map_of(
        *(("corp", "10.1.0.0/16"), ("web", "10.1.1.0/24"), ("low", "10.1.0.0/25")),
        *(("six", "fd00:1::/48"), ("six-web", "fd00:1:0:1::/64")),
    )
    store = store_of(tmp_path_factory.mktemp("drafts") / "f.duckdb", rows, subnets)
    material = gather(store, FlowFilter(), Scope(nsg="app-nsg"), IN)
    for rung in RUNGS:
        assert compose(material, rung.exactness).refused == (), rung.name
