"""Where stores lie when the home cannot be used, and what a half-written sample leaves: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.errors import StoreError, StoreFull
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.disk import location
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.backup import back_up
from nsgflow_core.ui.frame import session
from tests.estates.flows import START, row, store_of


@pytest.mark.parametrize("home", ["a file", "a missing folder below it"])
def test_a_cache_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked / "below" if "below" in home else blocked))
    used = location.cache_folder()
    assert used.is_dir()
    assert used == location.cache_folder()
    assert not used.is_relative_to(blocked)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "fine"))
    assert location.cache_folder().is_relative_to(tmp_path / "fine")


def test_no_place_at_all_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    location._temporary.cache_clear()
    with pytest.raises(StoreError, match="TMPDIR"):
        location.cache_folder()


def test_a_sample_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sample.duckdb"

    def full(_source: object, store: object) -> None:
        raise StoreFull("The disk is full.", "Free some space.")

    monkeypatch.setattr(session, "import_flows", full)
    with pytest.raises(StoreFull):
        session._fill(path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(session, "import_flows", lambda _source, _store: None)
    path.with_name("sample.duckdb.wal").write_bytes(b"of an older file")
    session._fill(path)
    assert session._is_filled(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="folder"):
        session._fill(path)
    assert [each.name for each in tmp_path.iterdir()] == ["sample.duckdb"]


def test_a_path_that_duckdb_reads_otherwise_is_refused_before_anything_is_lost(tmp_path: Path) -> None:
    """What follows a question mark were options to it: an import said that it stored flows, in a store that was not."""
    (tmp_path / "a?b").mkdir()
    store = LocalStore(tmp_path / "a?b" / "f.duckdb")
    for ask in (store.extent, lambda: store.save_setting("a", "b")):
        with pytest.raises(StoreError, match="no question mark"):
            ask()
    held = store_of(tmp_path / "f [1] *.duckdb", [row(("10.0.0.4", "10.0.0.5", "TCP", 443), START)], SubnetMap())
    with pytest.raises(StoreError, match="no question mark"):
        back_up(held, tmp_path / "a?b" / "copy.duckdb")
    assert list((tmp_path / "a?b").iterdir()) == []
    assert back_up(held, tmp_path / "copy [*].duckdb").holds.tuples == 1
