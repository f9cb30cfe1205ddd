"""A store that cannot be opened, on every page: what is wrong with it, and no page that broke."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame.navigation import PAGES
from tests.ui.reading import Opened


def damaged(path: Path) -> None:
    LocalStore(path).save_setting("a", "b")
    with path.open("r+b") as file:
        file.seek(4100)
        file.write(b"\xff" * 8192)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def with_a_foreign_log(path: Path) -> None:
    LocalStore(path).save_setting("a", "b")
    path.with_name(f"{path.name}.wal").mkdir()


def a_loop_of_links(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
def test_every_page_says_what_is_wrong(row, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(damaged, row.name, opened, tmp_path, monkeypatch)


@pytest.mark.parametrize("hurt", [a_folder, a_pipe, with_a_foreign_log, a_loop_of_links])
def test_every_kind_is_said(hurt, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(hurt, "overview", opened, tmp_path, monkeypatch)


def check(
    hurt: Callable[[Path], None], page: str, opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "flows.duckdb"
    hurt(path)
    monkeypatch.setenv("NSGFLOW_STORE", str(path))
    app = opened(page)
    said = " ".join(f"{box.proto.title} {box.value}" for box in [*app.warning, *app.error]).replace("\\", "")
    assert "flows.duckdb" in said
    assert "Something went wrong" not in said
    assert [each.label for each in app.button] == ["Try again"]
    links = [each.proto.label for each in app.get("page_link")]
    assert ("Go to Connect" in links) == (page != "connect"), "no link to itself"


def test_the_sample_says_that_it_stands_in_for_a_file_that_is_not_there(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flovvs.duckdb"))
    said = [each.value.replace("\\", "") for each in opened("connect").caption]
    assert any("flovvs.duckdb is not there yet" in each for each in said)
