"""A store that cannot be opened, on every page: what is wrong with it, and no page that broke."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.stores.local.disk import opening
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
    assert [each.label for each in app.button] == ["Try again", "Show the sample estate"]
    links = [each.proto.label for each in app.get("page_link")]
    assert ("Go to Connect" in links) == (page != "connect"), "no link to itself"


@pytest.mark.parametrize(("is_there", "lacks"), [(False, "is not there yet"), (True, "holds no flows yet")])
@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
def test_the_sample_says_for_which_store_it_stands_in_and_what_to_do(
    row, is_there, lacks, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flovvs.duckdb"
    if is_there:
        LocalStore(path).save_setting("a", "b")
    monkeypatch.setenv("NSGFLOW_STORE", str(path))
    app = opened(row.name)
    said = [each.value.replace("\\", "") for each in app.markdown]
    assert any(f"flovvs.duckdb {lacks}: what you see is the sample estate" in each for each in said)
    links = [each.proto.label for each in app.get("page_link")]
    assert ("Import flow logs or connect" in links) == (row.name != "connect"), "no link to itself"
    assert "Use your own" not in links, "one way, said once"


def test_connect_says_how_to_reach_another_store_where_this_one_is_damaged(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged(tmp_path / "flows.duckdb")
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    app = opened("connect")
    assert any("the way to a workspace" in each.value for each in app.caption)
    app.button(key="leave").click().run()
    assert any("Log Analytics workspace" in str(each.proto) for each in app.get("button_group"))


def test_a_store_that_somebody_has_open_is_waited_for_once_in_words(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flows.duckdb"
    LocalStore(path).save_setting("made", "yes")
    monkeypatch.setenv("NSGFLOW_STORE", str(path))
    monkeypatch.setattr(opening, "PATIENCE", 1.5)
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        assert it.stdout
        it.stdout.readline()
        app = opened("overview")
        (said,) = app.warning
        assert "flows.duckdb" in said.proto.title
        assert [each.value for each in app.header] == ["Overview"]
        assert app.session_state["_waits"] == 1, "said while it was waited for, and waited for once"
        it.communicate()
    app.button(key="try_again").click().run()
    assert not app.warning
