"""Databases of addresses in MaxMind's format: told by content, of several makers, damaged, kept and read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.addressed.databases import AddressDatabase, Whereabouts, atlas
from nsgflow_core.sources.sample.address_database import write_database
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix

COUNTRIES = write_database(
    "GeoLite2-Country",
    1_763_000_000,
    [
        (parse_prefix("203.0.113.0/25"), {"country": {"iso_code": "de", "names": {"en": "Germany"}}}),
        (parse_prefix("198.51.100.7"), {"registered_country": {"iso_code": "PT"}}),
        (parse_prefix("2001:db8::/32"), {"country_code": "FR"}),
    ],
)
NETWORKS = write_database(
    "Networks",
    0,
    [
        (
            parse_prefix("203.0.113.0/24"),
            {"autonomous_system_number": 64496, "autonomous_system_organization": "Low\nland <b>" + "x" * 300},
        ),
        (parse_prefix("198.51.100.0/24"), {"asn": "AS4200000000", "as_name": "Big"}),
        (parse_prefix("192.0.2.0/24"), {"asn": "no number", "country": "Germany"}),
    ],
)


def databases(*contents: bytes) -> tuple[AddressDatabase, ...]:
    return read((f"{at}.bin", content) for at, content in enumerate(contents)).of(AddressDatabase)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("203.0.113.200", Whereabouts("", "AS64496 Low land <b>" + "x" * 188)),
        ("198.51.100.7", Whereabouts("PT", "AS4200000000 Big")),
        ("2001:db8::9", Whereabouts("FR", "")),
        ("192.0.2.1", Whereabouts("", "")),
        ("10.0.0.1", Whereabouts("", "")),
    ],
)
def test_makers_spell_it_differently(address: str, told: Whereabouts) -> None:
    assert atlas(databases(COUNTRIES, NETWORKS)).of(address) == told


def test_told_by_content_and_kept_as_one_thing() -> None:
    found = read([("whatever.txt", COUNTRIES), ("names.csv", b"name,prefix\nweb,10.0.0.0/24\n")])
    assert found.findings == ()
    assert found.told("whatever.txt") == [("database of addresses", 1)]
    (database,) = found.of(AddressDatabase)
    assert (database.name, database.built) == ("GeoLite2-Country", "2025-11-13")
    again = Inventory.from_json(found.to_json())
    assert again == found
    assert again.of(AddressDatabase)[0].content() == COUNTRIES
    newer = read([("newer.mmdb", write_database("GeoLite2-Country", 1_764_000_000, []))])
    assert len(found.merged(newer).of(AddressDatabase)) == 1


@pytest.mark.parametrize("kept_bytes", [slice(40, None), slice(400, None)])
def test_a_damaged_one_is_said_in_a_sentence(kept_bytes: slice) -> None:
    found = read([("broken.mmdb", COUNTRIES[kept_bytes])])
    assert not found
    assert [each.sentence for each in found.findings] == [
        "The file is in MaxMind's format, but damaged. "
        "Download it again, or take another maker's file in MaxMind's format (.mmdb)."
    ]


def test_a_damaged_kept_text_is_an_error_of_ours(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    kept.keep(store, read([("a.mmdb", COUNTRIES)]))
    assert kept.load(store).of(AddressDatabase)
    assert store.address_names.databases == kept.load(store).of(AddressDatabase)
    assert json.loads(store.settings()["inventory"])["entries"][0]["item"]["name"] == "GeoLite2-Country"
