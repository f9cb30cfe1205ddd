"""What arrived is asked side by side, and who stops waiting for one half stops the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage import arrived
from nsgflow_core.errors import Cancelled
from nsgflow_core.rules.proof.hours import Hours, ask_hours
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.stopping import Stop
from tests.coverage.estate import estate


def test_a_stop_ends_what_is_asked_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, stop, ended = estate(2).store(tmp_path / "flows.duckdb"), Stop(), list[str]()

    def stopped_at_its_first(store: FlowStore, window: FlowFilter) -> Hours:
        stop.wish()
        try:
            return ask_hours(store, window)
        except Cancelled:
            ended.append("beside")
            raise

    monkeypatch.setattr(arrived, "ask_hours", stopped_at_its_first)
    with stop.minded(), pytest.raises(Cancelled):
        arrived.ask_arrived(store, FlowFilter())
    assert ended == ["beside"]
