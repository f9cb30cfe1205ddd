"""A store whose disk is full, whatever is pressed: the page stays, says why nothing was kept, and nothing changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.analysis.views import SavedView, save_view
from nsgflow_core.inventory import kept
from nsgflow_core.sources.sample.source import sample_named_inventory
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.faults.harness.full import no_file_beyond
from tests.ui.reading import Opened, texts

ELSEWHERE = ("show_sample", "download_store", "dossier", "clear_all", "swap")
"""What writes nothing into the store that is shown."""
CHANGING: Mapping[str, set[str]] = {
    "flows": {"delete_view_0", "view_save"},
    "rules": {"rules_forget", "accept_all"},
    "connect": {"forget_network_0"},
}
"""Of each page some buttons that change the store: they are pressed at least, and say that they could not."""


@pytest.fixture(scope="module")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=3, kind="User")
    store = store_of(tmp_path_factory.mktemp("full") / "f.duckdb", rows, SUBNETS)
    kept.take_in(store, sample_named_inventory())
    save_view(store, SavedView("ssh", "flows", {"port": "22"}))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NSGFLOW_STORE", str(store.path))
        yield store


def held(store: LocalStore) -> tuple[str, Path, int]:
    return store.history().to_csv(), store.path, store.extent().tuples


@pytest.mark.parametrize("name", CHANGING)
def test_no_button_takes_the_page_with_it(name: str, full_store: LocalStore, opened: Opened) -> None:
    before, pressed = held(full_store), set[str]()
    keys = [str(each.key) for each in with_views(opened, name).button if not each.disabled]
    for key in (key for key in keys if key not in ELSEWHERE and not key.startswith(("quick_", "FormSubmitter"))):
        app = with_views(opened, name)
        app.session_state["view_name"] = "mondays"
        with no_file_beyond(0):
            app.button(key=key).click().run()
        assert not app.exception, key
        assert key not in CHANGING[name] or "cannot grow" in texts(app), key
        pressed.add(key)
    assert pressed >= CHANGING[name]
    assert held(full_store) == before


def with_views(opened: Opened, name: str) -> AppTest:
    """The page with its saved views open."""
    app = opened(name)
    app.session_state["views"] = True
    return app.run()
