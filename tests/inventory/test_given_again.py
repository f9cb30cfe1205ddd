"""What is given again or in another form of the same: no file and no thing goes without a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nsgflow_core.coverage.cost.prices import known_prices, read_prices
from nsgflow_core.errors import BadInventory, InputError
from nsgflow_core.inventory.files import forgotten_words, read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes.delimited import named_rows
from nsgflow_core.rules.draft.grouping.groups import read_groups
from tests.inventory.described import NOW, vnet


def inventory_of(file: str, *vnets: dict[str, Any]) -> Inventory:
    return read([(file, json.dumps(vnets))], NOW)


def names(held: Inventory) -> list[str]:
    return [each.name for each in held.vnets]


def test_one_file_name_for_two_subscriptions_keeps_both() -> None:
    kept = inventory_of("vnets.json", vnet("hub", "10.0.0.0/16"), vnet("old", "10.1.0.0/16"))
    other = inventory_of("vnets.json", vnet("far", "10.9.0.0/16", "B"))
    assert names(kept.updated(other)) == ["hub", "old", "far"]
    assert forgotten_words(kept, other) == []


def test_what_a_file_tells_no_more_is_forgotten_and_said() -> None:
    kept = inventory_of("vnets.json", vnet("hub", "10.0.0.0/16"), vnet("old", "10.1.0.0/16"))
    kept = kept.updated(inventory_of("vnets.json", vnet("far", "10.9.0.0/16", "B")))
    fresh = inventory_of("vnets.json", vnet("hub", "10.0.0.0/15"))
    assert names(kept.updated(fresh)) == ["far", "hub"]
    (said,) = forgotten_words(kept, fresh)
    assert said.startswith("vnets.json tells no more of 1 VNet that it told before (old)")
    assert forgotten_words(kept, inventory_of("new.json", vnet("hub", "10.0.0.0/15"))) == []


def test_of_a_thing_in_two_files_the_later_counts_and_the_other_file_says_so() -> None:
    texts = [(f"{at}.json", json.dumps([vnet("hub", f"10.{at}.0.0/16")])) for at in (1, 2)]
    found = read(texts, NOW)
    assert [space.text for each in found.vnets for space in each.address_space] == ["10.2.0.0/16"]
    assert found.files == ("2.json", "1.json")
    (said,) = found.findings
    assert (said.file, "described again" in said.sentence) == ("1.json", True)


LINES = 'name{0}prefix\napp{0}10.0.1.0/24\n"two{0} words"{0} fd00::/64\n'


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_csv_is_read_as_spreadsheets_and_shells_write_it(mark: str, encoding: str, end: str) -> None:
    def written(text: str) -> bytes:
        return text.replace(",", mark).replace("\n", end).encode(encoding)

    found = read([("map.csv", LINES.format(mark).replace("\n", end).encode(encoding))], NOW)
    assert [subnet.name for each in found.vnets for subnet in each.subnets] == ["app", f"two{mark} words"]
    assert found.findings == ()
    groups = written("Group,Address,subnet,ports\nweb,10.0.0.4,x,\n\nweb,10.0.0.5,x,\n")
    assert read_groups(groups) == (("web", ("10.0.0.4", "10.0.0.5")),)
    prices = read_prices(written("key,price\nstorage_gb_month,0.5\n".replace("storage_gb_month", KEY)), "own.csv")
    assert prices[KEY] == 0.5


KEY = next(iter(known_prices().rows))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\x1f\x8b\x08", b"PK\x03\x04", b"a\0b", b'group,address\n"x'])
def test_what_is_no_csv_is_said_by_each_that_reads_one(content: bytes) -> None:
    assert read([("x.csv", content)], NOW).findings
    with pytest.raises(InputError):
        read_prices(content, "own.csv")
    with pytest.raises(BadInventory):
        read_groups(content)


def test_lines_end_where_they_end() -> None:
    assert named_rows("A,b\n1\n\n1,2,3\n") == [{"a": "1", "b": ""}, {"a": "", "b": ""}, {"a": "1", "b": "2"}]


def test_a_terraform_state_file_is_what_terraform_show_says_of_it() -> None:
    attributes = {"id": vnet("tf", "10.3.0.0/16")["id"], "name": "tf", "address_space": ["10.3.0.0/16"],
                  "subnet": [{"name": "q", "address_prefixes": ["10.3.1.0/24"]}]}  # fmt: skip
    of = {"mode": "managed", "type": "azurerm_virtual_network", "name": "v"}
    held = [{**of, "module": "module.net", "instances": [{"attributes": attributes}]}, {"mode": "data"}]
    state = {"version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "x", "resources": held}
    shown = {"format_version": "1.0", "values": {"root_module": {"resources": [{**of, "values": attributes}]}}}
    written, told = (read([("f", json.dumps(each))], NOW) for each in (state, shown))
    assert written == told
    assert [subnet.name for each in written.vnets for subnet in each.subnets] == ["q"]
