"""Connect says what goes before it goes, asks twice, and then the file is smaller."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.ui.connect import keeping as card
from tests.faults.harness.logs import DAYS, tuples_at, write_days
from tests.ui.connect.test_connect import press, words
from tests.ui.opening import open_page


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    held = LocalStore(tmp_path / "flows.duckdb")
    import_flows(FolderSource(write_days(tmp_path / "logs")), held)
    return held


@pytest.fixture
def page(store: LocalStore) -> AppTest:
    return open_page("connect")


def labels(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def test_it_says_what_would_go_sets_it_and_lets_go_at_the_second_click(page: AppTest, store: LocalStore) -> None:
    whole = store.extent().tuples
    page.number_input(key="keep_days").set_value(7).run()
    gone = f"{(DAYS - 8) * tuples_at(1):,} log entries of {DAYS - 8} blobs, logged on {DAYS - 8} days"
    assert f"**Would go:** {gone}" in words(page)
    assert keeping.days_kept(store) is None
    press(page, "Set")
    assert (keeping.days_kept(store), store.extent().tuples) == (7, whole)
    assert "Goes with the next import" in words(page)
    press(page, "Let it go now")
    assert store.extent().tuples == whole
    press(page, "No")
    press(page, "Let it go now")
    press(page, f"Yes, let {(DAYS - 8) * tuples_at(1):,} log entries go")
    assert store.extent().tuples == 8 * tuples_at(1)
    assert f"Gone: {gone}" in words(page)
    assert "Let it go now" not in labels(page)


@pytest.mark.parametrize("days", [1, None])
def test_what_another_session_changed_since_the_question_is_not_agreed_to(
    page: AppTest, store: LocalStore, days: int | None
) -> None:
    whole = store.extent().tuples
    page.number_input(key="keep_days").set_value(7).run()
    press(page, "Set")
    press(page, "Let it go now")
    keeping.keep_days(store, days)
    press(page, f"Yes, let {(DAYS - 8) * tuples_at(1):,} log entries go")
    assert store.extent().tuples == whole
    assert "Nothing went: it is not what you agreed to any more." in words(page)


def test_emptied_it_keeps_everything(page: AppTest, store: LocalStore) -> None:
    page.number_input(key="keep_days").set_value(3).run()
    press(page, "Set")
    assert keeping.days_kept(store) == 3
    page.number_input(key="keep_days").set_value(None).run()
    assert "Nothing goes" in words(page)
    press(page, "Set")
    assert keeping.days_kept(store) is None


def test_the_copy_for_the_browser_is_a_store(store: LocalStore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(card._copy_of(store))
    assert LocalStore(copy).extent() == store.extent()


def test_it_is_made_anew_from_the_opened_source(
    page: AppTest, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSGFLOW_ALLOW_FOLDERS", "1")
    store.save_setting("review", "kept")
    identity = store.identity
    page.segmented_control(key="from").set_value("folder").run()
    page.text_input(key="connect_folder").set_value(str(tmp_path / "logs"))
    press(page, "See what is there")
    for _ in range(300):
        if any(each.key == "start_import" for each in page.button):
            break
        time.sleep(0.1)
        page.run()
    page.button(key="rebuild_store").click().run()
    for _ in range(300):
        if store.identity != identity and f"{DAYS * tuples_at(1)} new log entries" in words(page):
            break
        time.sleep(0.1)
        page.run()
    assert f"{DAYS * tuples_at(1)} new log entries" in words(page)
    assert store.identity != identity
    assert store.setting("review") == "kept"


def test_nothing_is_offered_while_nothing_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "none.duckdb"))
    page = open_page("connect")
    assert "keep_days" not in [each.key for each in page.number_input]
