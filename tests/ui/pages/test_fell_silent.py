"""Flow logs that fall silent inside a window: counted by hand, and told alike by pages and command line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.analysis.compared import ended
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import session
from tests.estates.flows import START, row, store_of
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened, texts

HOURS = {"vnet-[early](x)": (0, 30), "vnet-late": (0, 45.5), "vnet-on": (0, 48)}
"""From when to when each logs; 45:30 is less than three hours before the newest entry of all."""
SAID = "vnet-[early](x): its last entry is of 2026-11-02 05:30 UTC"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    rows = []
    for target, (start, end) in HOURS.items():
        for half in range(int(2 * start), int(2 * end)):
            made = row(("10.0.1.4", "10.0.2.8", "TCP", 443), START + timedelta(minutes=30 * half))
            rows.append(made | {"target": target, "log_kind": "VNet"})
    return store_of(tmp_path / "f.duckdb", rows, SubnetMap(()))


@pytest.mark.parametrize(("until", "silent"), [(48, 1), (34, 1), (33, 0), (24, 0)])
def test_a_log_is_silent_three_hours_before_the_newest_entry(store: LocalStore, until: float, silent: int) -> None:
    asked = ended.last_entries(FlowFilter(START, START + timedelta(hours=until)))
    assert ended.ended(asked.ask(store))["target"].tolist() == [*HOURS][:silent]


def test_in_a_window_without_any_entry_none_is_silent(store: LocalStore) -> None:
    asked = ended.last_entries(FlowFilter(START - timedelta(days=2), START - timedelta(days=1)))
    assert ended.in_words(ended.ended(asked.ask(store))) == []


def test_the_command_line_says_so(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", "--of", "logs", "--store", str(store.path)]) == 0
    assert SAID in capsys.readouterr().err


def test_overview_and_changes_say_so(store: LocalStore, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_default", lambda: session.ActiveStore(store))
    said = [as_it_reads(each.value) for each in opened().markdown if "silent" in each.value]
    assert said == ["1 silent since 2026-11-02 05:30 UTC", "none fell silent or began"], "logs, and NICs"
    for of in ("all", "logs"):
        page = opened("changes", of=of)
        told = texts(page)
        assert "1 flow log silent while others went on" in told
        assert SAID in told
        notes = [as_it_reads(each.value) for each in page.caption if "1 silent since" in each.value]
        assert notes == ["0 rows · 1 silent since 2026-11-02 05:30 UTC"], "not beside that none fell silent"
