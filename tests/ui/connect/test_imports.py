"""Imports belong to the server: every session sees them, and what was chosen on Connect survives other pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.errors import SourceDenied
from nsgflow_core.intake.job import ImportDesk, ImportJob, ImportWindow, desk_of
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.ui.connect.places import folder
from nsgflow_core.ui.connect.places.choose import FIELDS, PLACES
from tests.ui.connect.test_connect import press, wait_for, words, write_folder
from tests.ui.opening import open_page

SOON = 30.0


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportDesk:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setenv(folder.FOLDERS_VARIABLE, "1")
    return desk_of(tmp_path / "flows.duckdb")


def session(page: str = "connect") -> AppTest:
    return open_page(page)


@contextmanager
def holding(desk: ImportDesk) -> Iterator[Callable[[ImportReport | Exception], ImportJob]]:
    """An import that stands half way until it is told how to end."""
    let, ends = threading.Event(), [ImportReport()]

    def task(job: ImportJob) -> ImportReport:
        job.tell(Progress(40, 12, 2_000_000, 500_000, 7_000, 0, 2.0))
        assert let.wait(SOON)
        (end,) = ends
        if isinstance(end, Exception):
            raise end
        end.cancelled = job.is_cancelled
        return end

    job = desk.start("Folder <b>logs</b> *x*", ImportWindow(), task)

    def end(how: ImportReport | Exception) -> ImportJob:
        ends[:] = [how]  # type: ignore[list-item]
        let.set()
        assert job.wait(SOON)
        return job

    yield end
    end(ImportReport())


@pytest.fixture
def held(desk: ImportDesk) -> Iterator[Callable[[ImportReport | Exception], ImportJob]]:
    with holding(desk) as end:
        yield end


def bar(page: AppTest) -> list[str]:
    return [each.value for each in page.text]


def test_every_session_and_page_shows_the_import_that_runs(held: Callable[..., ImportJob]) -> None:
    for page in (session(), session("denied"), session("query")):
        (line,) = bar(page)
        assert line == (
            "Importing Folder <b>logs</b> *x*: 12 of 40 blobs · 500KB of 2MB · 7,000 log entries · 3,500 a second"
        )
        assert page.button(key="cancel_import")


def test_another_session_cancels_and_each_sees_once_that_it_ended(held: Callable[..., ImportJob]) -> None:
    one, other = session(), session("denied")
    other.button(key="cancel_import").click().run()
    assert "stopping; what is read is being stored" in bar(other)[0]
    assert other.button(key="cancel_import").disabled
    held(ImportReport(blobs_seen=40, blobs_read=1, tuples=1, rejected=1))
    other.run()
    assert bar(other) == ["Folder <b>logs</b> *x*: stopped after 1 new log entry; 1 log entry rejected."]
    other.button(key="close_imported").click().run()
    assert bar(other) == []
    one.run()
    assert bar(one) == [], "Connect shows the report itself"
    assert "Stopped after 1 log entry" in words(one)
    assert "1 of 40 blobs had been read" in words(one), "nobody looked whether the others had something new"
    assert not any("badge[3]" in each.value for each in one.subheader), "no step 2 stands before it"
    one.switch_page("pages/denied.py").run()
    assert bar(one) == [], "it was seen there"
    assert "Stopped after 1 log entry" in words(session()), "a new session finds the report on Connect"


def test_a_failed_import_says_why_to_all(held: Callable[..., ImportJob]) -> None:
    page = session("denied")
    held(SourceDenied("The role is missing.", "Ask for it."))
    page.run()
    assert bar(page) == ["Folder <b>logs</b> *x*: The role is missing. Ask for it."]
    assert "The role is missing." in words(session())


def test_an_import_that_took_nothing_of_some_blobs_is_no_plain_success(held: Callable[..., ImportJob]) -> None:
    held(ImportReport(blobs_seen=4, blobs_read=2, tuples=5, blobs_failed=1, blobs_rejected=1))
    page = session()
    assert not page.success
    assert "5 new log entries; nothing was taken of 2 blobs" in words(page)


def see_folder(page: AppTest, tmp_path: Path) -> AppTest:
    logs = write_folder(tmp_path / "logs")
    page.segmented_control(key="from").set_value("folder").run()
    page.text_input(key="connect_folder").set_value(str(logs))
    press(page, "See what is there")
    wait_for(page, "What is there")
    return page


def test_a_second_import_is_refused_in_a_sentence(desk: ImportDesk, tmp_path: Path) -> None:
    page = see_folder(session(), tmp_path)
    with holding(desk):
        page.button(key="start_import").click().run()  # before this page knew of the other one
        assert "An import of Folder <b>logs</b> *x* is running" in words(page)
        assert page.button(key="start_import").disabled
    page.run()
    assert "is running" not in words(page), "it has ended"
    page.button(key="start_import").click().run()
    assert "new log entries" in wait_for(page, "new log entries")
    assert "is running" not in words(page)


def leave_and_come_back(page: AppTest) -> AppTest:
    for name in ("denied", "query", "denied", "connect"):
        page.switch_page(f"pages/{name}.py").run()
    return page


def test_what_was_chosen_is_there_again_and_all_of_it_is_imported(desk: ImportDesk, tmp_path: Path) -> None:
    page = see_folder(session(), tmp_path)
    page.segmented_control(key="connect_window").set_value("all").run()
    leave_and_come_back(page)
    assert page.segmented_control(key="from").value == "folder"
    assert page.text_input(key="connect_folder").value == str(tmp_path / "logs")
    assert page.segmented_control(key="connect_window").value == "all"
    page.button(key="start_import").click().run()
    job = desk.running or desk.ended
    assert job
    assert job.wait(SOON)
    assert job.window == ImportWindow()


def test_a_date_chosen_for_another_source_is_no_choice(desk: ImportDesk, tmp_path: Path) -> None:
    page = see_folder(session(), tmp_path)
    page.segmented_control(key="connect_window").set_value("choose").run()
    since = page.session_state["connect_since"]
    leave_and_come_back(page)
    assert page.session_state["connect_since"] == since
    page.session_state["connect_since"] = since.replace(year=2001)
    page.run()
    assert not page.exception
    assert page.session_state["connect_since"] == since


def test_every_field_is_kept_or_a_secret(desk: ImportDesk, tmp_path: Path) -> None:
    """Walks the page, so that a new field cannot be forgotten, and no secret is kept."""
    page = see_folder(session(), tmp_path)
    kept: set[str] = set()
    secret: set[str] = set()
    for place in PLACES:
        page.segmented_control(key="from").set_value(place).run()
        ways = [each for each in page.selectbox if each.key == "connect_way"]
        options = ways[0].options if ways else [None]
        for number in range(len(options)):
            if ways:
                page.selectbox(key="connect_way").select_index(number).run()
            assert not page.error
            for field in (*page.text_input, *page.selectbox, *page.segmented_control):
                if field.key not in ("from", "connect_endpoint") and not str(field.key).startswith("remember_"):
                    is_secret = getattr(field.proto, "type", 0) == 1 and field.type == "text_input"
                    (secret if is_secret else kept).add(str(field.key))
    assert {"connect_key", "connect_sas", "connect_string"} <= secret
    assert kept <= set(FIELDS)
    assert not secret & set(FIELDS)
