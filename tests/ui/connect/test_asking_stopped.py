"""*Stop* beside a place that does not answer, and asking for another one, end what was asked of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.ui.connect.state import ConnectState
from nsgflow_core.ui.connect.work import Work
from tests.parts.stub_cluster import StubCluster
from tests.parts.stub_workspace import StubWorkspace
from tests.stores.kusto.test_slots import TABLES, holding
from tests.ui.connect.test_connect import press
from tests.ui.opening import open_page

PLACES: dict[str, tuple[type[StubWorkspace], Callable[[str], dict[str, str]], str, str]] = {
    "workspace": (
        StubWorkspace,
        lambda _: {"connect_workspace_id": "6f1d4c1e-5b3a-4a55-9a53-2c8c1f0c7a10"},
        "asking",
        "stop_asking",
    ),
    "cluster": (
        StubCluster,
        lambda url: {"connect_cluster": url, "connect_database": "net"},
        "asking_cluster",
        "stop_asking_cluster",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_was_asked_ends(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub, fields, held, stop = PLACES[place]
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setenv("NSGFLOW_ALLOW_IDENTITY", "1")
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")

    def asked(page: AppTest) -> Work[object]:
        press(page, "See what is there")
        state: ConnectState = page.session_state["_connect"]
        work: Work[object] = getattr(state, held)
        return work

    with stub(TABLES) as running, holding(running):
        monkeypatch.setenv("NSGFLOW_LOGS_ENDPOINT", running.url)
        page = open_page("connect")
        page.segmented_control(key="from").set_value(place).run()
        for key, text in fields(running.url).items():
            page.text_input(key=key).set_value(text)
        first, second = asked(page), asked(page)
        assert first.wait(15), "another question took its place"
        assert not second.is_done
        page.button(key=stop).click().run()
        assert second.wait(15), "it was stopped"
