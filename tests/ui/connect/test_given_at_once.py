"""Two people who give files of the network at once: both are kept, and what labels is what is kept."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from nsgflow_core.inventory import kept
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import known

FILES = {
    "nets.csv": b"name,prefix\nweb,10.0.1.0/24\n",
    "names.csv": b"acl_id,name\n11111111-1111-4111-8111-111111111111,web-nsg\n",
    "tags.json": json.dumps(
        {"values": [{"id": "X", "name": "X", "properties": {"addressPrefixes": ["20.0.0.0/8"]}}]}
    ).encode(),
}


def test_files_that_are_given_at_once_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, together = LocalStore(tmp_path / "f.duckdb"), threading.Barrier(len(FILES))

    def read_together(settings: kept.Settings) -> Inventory:
        held = kept.load(settings)
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        return held

    monkeypatch.setattr(known, "_own", read_together)
    monkeypatch.setattr(known, "_is_sample", lambda _: False)
    people = [threading.Thread(target=known.take_in, args=(store, [each])) for each in FILES.items()]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert sorted(kept.load(store).files) == sorted(FILES)
    assert store.subnets.names == ("web",)
    assert list(store.nsg_names.values()) == ["web-nsg"]
