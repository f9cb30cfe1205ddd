"""What a page says where no flow meets its filter, or there is none to meet one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import session
from tests.estates.flows import START, row
from tests.ui.reading import Opened, sentence, texts


def test_nothing_matches(opened: Opened) -> None:
    app = opened(source="snet-shop-web", port="4444")
    assert "No flow meets these filters" in texts(app)
    app.button(key="would_find_port").click().run()
    assert sentence(app) == "Flows where source is snet-shop-web, over all time."


def test_a_store_without_a_denial_says_so_and_names_no_filter(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "allowed.duckdb")
    rows = [row(("10.0.0.4", "10.0.1.4", "TCP", 443), START)]
    blob = BlobInfo(name="a", location="a", size=1, etag="1")
    store.commit([Reading(blob, pa.Table.from_pylist(rows, schema=FLOW_SCHEMA), Cursor("1", 1, ""))])
    monkeypatch.setattr(session, "_default", lambda: session.ActiveStore(store))
    app = opened("denied")
    assert "The store holds no such flow" in texts(app)
    assert "filters" not in texts(app)
    assert not [each.key for each in app.button if each.key in ("clear_unmatched", "clear_all")]


def test_a_name_that_nobody_has_whole_is_offered_as_a_part(opened: Opened) -> None:
    app = opened(source="shop-web", port="443")
    assert "No source is called shop-web in the flows here. Did you mean snet-shop-web" in texts(app)
    app.button(key="would_find_part_source").click().run()
    assert sentence(app) == "Flows where source contains shop-web, and port is 443, over all time."
    assert app.query_params["source"] in ("~shop-web", ["~shop-web"])


def test_two_names_that_nobody_has_whole_are_offered_as_parts_together(opened: Opened) -> None:
    app = opened(source="app", destination="data", port="1433")
    app.button(key="would_find_part_source_destination").click().run()
    assert (
        sentence(app)
        == "Flows where source contains app, and destination contains data, and port is 1433, over all time."
    )


def test_a_link_without_a_filter_shows_all(opened: Opened) -> None:
    app = opened("flows", source="snet-shop-web")
    app.query_params.clear()
    app.query_params["ip"] = "10.20.1.4"  # as the search box goes there
    app.switch_page("pages/address.py").run()
    assert sentence(app) == "Flows where source address or destination address is 10.20.1.4, over all time."


def test_an_empty_store_says_what_to_do(opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = session.ActiveStore(LocalStore(home / "nothing.duckdb"))
    LocalStore(home / "nothing.duckdb").save_setting("a", "b")
    monkeypatch.setattr(session, "_default", lambda: empty)
    app = opened()
    assert not app.exception
    assert "holds no flows yet" in texts(app)


def test_the_search_is_there_where_the_page_ends_without_a_match(opened: Opened) -> None:
    app = opened("denied", source="snet-jump")
    assert "No flow meets these filters" in texts(app)
    assert "nsgflow.search" in [each.proto.component_name for each in app.get("bidi_component")]


def test_machines_asked_for_as_ends_are_found_by_their_names(opened: Opened) -> None:
    app = opened("denied", source="vm-erp-app-01", destination="shop-sql-01")
    assert (
        "No source is called vm-erp-app-01 in the flows here, but addresses are. Ask for source_name:vm-erp"
        in texts(app)
    )
    assert "Ask for destination_name:vm-shop-sql-01" in texts(app)
    app.button(key="would_find_machine_source_destination").click().run()
    assert sentence(app) == (
        "Flows where source name contains vm-erp-app-01, and destination name contains shop-sql-01, and decision is "
        "Denied, over all time."
    )
    assert len(app.dataframe)
    app = opened("denied", source="vm-erp-app-01", destination="snet-shop-data")
    app.button(key="would_find_machine_source").click().run()
    assert sentence(app).startswith("Flows where destination is snet-shop-data, and source name contains vm-erp-app-01")
