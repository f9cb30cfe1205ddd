"""A sign-in that ends, or a role that is taken away, between what a page shows and the next thing its browser sends."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame.navigation import PAGES
from nsgflow_core.watch.connections import Connection, load, save
from tests.conftest import ROOT
from tests.ui.frame.test_access import lists, opened
from tests.watch.logs import NOW, write_hour

__all__ = ["lists"]


def as_role(app: AppTest, role: str, since: float = 0.0) -> AppTest:
    app.user = {"is_logged_in": True, "sub": "7", "roles": [role], "iat": time.time() - since}
    return app


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
def test_no_button_of_a_page_that_is_still_open_does_or_shows_anything(row, home: Path) -> None:
    """Each button, pressed after the sign-in lapsed: the way in, and no word of the network beside it."""
    app = opened("changes")
    if row.name != PAGES[0].name:
        app.switch_page(f"pages/{row.name}.py").run()
    assert press_each_too_late(app) or row.name in ("overview", "address")
    assert not (home / "flows.duckdb").exists()


@pytest.mark.parametrize("place", ["sample", "folder", "workspace"])
def test_nor_does_one_of_connect_with_a_store_and_what_it_remembers(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    write_hour(tmp_path / "logs", NOW, allowed=("10.0.2.1:443",))
    store = LocalStore(tmp_path / "flows.duckdb")
    import_flows(FolderSource(tmp_path / "logs"), store)
    url = "https://acc1.blob.core.windows.net"
    save(store, [Connection("Prod", url, "key"), Connection("Lab", str(tmp_path / "logs"), "")])
    before = (store.identity, store.history().to_csv(), load(store))
    app = opened("changes")
    app.switch_page("pages/connect.py").run()
    app.segmented_control(key="from").set_value(place).run()
    pressed = press_each_too_late(app)
    assert {"remembered_import_0", "remembered_remove_1", "remembered_open_0"} <= set(pressed)
    if place == "sample":
        assert "show_sample" in pressed
    assert (store.identity, store.history().to_csv(), load(store)) == before


def press_each_too_late(app: AppTest) -> list[str]:
    """The keys of the buttons that were pressed."""
    pressed = []
    keys = [button.key for button in app.button if button.key not in ("sign_out",)]
    for key in keys:
        as_role(app, "changes").run()
        found = [button for button in app.button if button.key == key]
        if found:
            as_role(app, "changes", since=13 * 3600)
            found[0].proto.disabled = False
            pressed.append(str(key))
            found[0].click().run()
            assert not app.exception, (key, [each.value for each in app.exception])
            assert [button.label for button in app.button] == ["Sign in"], key
            assert not [*app.error, *app.warning, *app.dataframe, *app.metric], key
    return pressed


def test_a_fragment_is_drawn_by_the_one_function_that_asks_who_looks() -> None:
    """Streamlit runs a fragment without the page's guard, each second, for as long as the tab is open."""
    found = set()
    for path in (*(ROOT / "nsgflow_core" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("fragment", "dialog"):
                found.add(path.name)
    assert found == {"access.py"}
