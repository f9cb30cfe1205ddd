"""What is kept with a store beside subnets that no inventory holds, as the sample estate's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix

OWN = SubnetMap((Subnet("web", parse_prefix("10.1.0.0/24"), "hub"),))
TAGS = json.dumps({"values": [{"id": "X", "name": "X", "properties": {"addressPrefixes": ["20.0.0.0/8"]}}]}).encode()


@pytest.mark.parametrize("note", [None, Inventory().to_json(), read([("tags.json", TAGS)]).to_json()])
def test_what_is_kept_beside_a_stores_own_subnets_does_not_take_them_away(tmp_path: Path, note: str | None) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    store.save_subnets(OWN)
    if note is not None:
        store.save_setting(kept.INVENTORY_SETTING, note)
    kept.keep(store, kept.load(store).updated(read([("tags.json", TAGS)])))
    assert store.subnets.names == OWN.names


def test_the_findings_of_a_file_go_with_the_last_thing_of_it() -> None:
    nsg = {"name": "n", "type": "Microsoft.Network/networkSecurityGroups", "securityRules": [{"name": "odd"}]}
    found = read([("nsgs.json", json.dumps([nsg]).encode())])
    assert found.findings
    assert not found.without_kinds(kinds.NSG).findings
    assert found.without_kinds(kinds.VNET).findings == found.findings


def test_what_is_kept_is_read_once_however_many_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    kept.keep(store, read([("tags.json", TAGS.replace(b"20.0.0.0/8", b"21.0.0.0/8"))]))
    texts: list[str] = []
    whole = Inventory.from_json

    def counting(text: str) -> Inventory:
        texts.append(text)
        return whole(text)

    monkeypatch.setattr(Inventory, "from_json", counting)
    assert kept.load(store) is not kept.load(LocalStore(store.path))
    assert len(texts) == 1
    kept.keep(store, read([("tags.json", TAGS)]))
    assert kept.load(store).entries[0].item.prefixes == (parse_prefix("20.0.0.0/8"),)
    assert len(texts) == 2, "another text is read anew"
