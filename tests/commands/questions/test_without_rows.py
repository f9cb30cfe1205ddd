"""What is said where no flow meets what was asked: names that nobody has, and windows outside of the logs."""

from __future__ import annotations

import pytest

from nsgflow_core.commands import questions
from nsgflow_core.stores.local.store import LocalStore
from tests.commands.test_cli import DENIED, rows
from tests.commands.test_cli import store as store


def test_an_answer_without_a_row_says_so(store, run):
    status, printed, said = run("denied", "--port", "9", "--store", store)
    assert (status, printed, said) == (0, f"{DENIED}\n", "nsgflow: note: no rows: nothing meets what was asked.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("denied",),
        ("denied", "--by", "story"),
        ("flows",),
        ("required-ports",),
        ("summarize", "--by", "nsg", "--measure", "flows"),
    ],
)
def test_names_that_nobody_has_are_said_with_what_is_nearly_so(words, store, run):
    listed = run("summarize", "--by", "nsg,rule,source", "--measure", "flows", "--store", store)[1]
    names = rows(listed)[0]
    for option, column, kind in (("--nsg", "nsg", "NSG"), ("--rule", "rule", "rule"), ("--src", "source", "source")):
        name = names[column]
        slip = f"{name[:-1]}#"
        status, _, said = run(*words, option, slip, "--store", store)
        assert status == 0
        assert f"No {kind} is called {slip} in the flows here. Did you mean " in said, said
        assert "is called" not in run(*words, option, name.upper(), "--store", store)[2]
    assert "is called" not in run(*words, "--src", "192.0.2.77", "--dst", "192.0.2.0/28", "--store", store)[2]


@pytest.mark.parametrize("words", [("denied",), ("denied", "--by", "story"), ("flows",), ("required-ports",)])
def test_a_window_that_lies_outside_of_the_logs_is_answered_with_where_they_end(words, store, run):
    """`--since -1d` over logs that ended the week before read like a calm day."""
    flows = rows(run("summarize", "--by", "hour", "--measure", "first_seen,last_seen", "--store", store)[1])
    first, last = min(row["first_seen"] for row in flows), max(row["last_seen"] for row in flows)
    for window, told in (
        ("--since=2031-01-01", f"newest flow is of {last}"),
        ("--until=2001-01-01", f"first flow is of {first}"),
    ):
        said = run(*words, window, "--store", store)[2]
        assert f"note: The {told[:-4].replace('T', ' ')} UTC." in said, said
    assert "flow is of" not in run(*words, "--port", 9, "--store", store)[2]


@pytest.mark.parametrize(
    "words",
    [
        ("chart", "denied", "-o", "denied.svg"),
        ("report", "-o", "report.html"),
        ("export", "lake"),
        ("rules", "dial", "--nsg", "data-nsg", "--direction", "Inbound"),
    ],
)
def test_so_is_one_that_writes_a_file_or_drafts(words, store, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "note: The newest flow is of" in run(*words, "--since=2031-01-01", "--store", store)[2]
    assert "flow is of" not in run(*words, "--store", store)[2]


@pytest.mark.parametrize("limit", [(), ("--limit", "999999999")])
def test_more_single_rows_than_memory_holds_are_refused_before_they_are_asked_for(
    limit, store, run, monkeypatch, tmp_path
):
    """Ten million of them took 4 GB, and then there was no answer: of formats that have to be made whole."""
    whole = ("-o", tmp_path / "rows.parquet")
    every = len(rows(run("flows", "--store", store)[1]))
    monkeypatch.setattr(questions, "MOST_SINGLE_ROWS", every - 1)
    monkeypatch.setattr(LocalStore, "rows", None)
    status, printed, said = run("flows", *limit, *whole, "--store", store)
    assert (status, printed) == (2, "")
    assert f"{every:,} log entries meet this; more than {every - 1:,} are not written at once." in said
    monkeypatch.undo()
    monkeypatch.setattr(questions, "MOST_SINGLE_ROWS", every - 1)
    for few in (("--limit", every - 1), ("--port", 443)):
        assert run("flows", *few, *whole, "--store", store)[0] == 0


QUESTIONS = [("summarize", "--by", "src_ip,dst_ip,port"), ("required-ports", "--by", "address"), ("denied",)]


@pytest.mark.parametrize("words", QUESTIONS)
def test_more_groups_than_memory_holds_are_refused(words, store, run, monkeypatch):
    """Eight million of them took 3.4 GB; nothing bounded forty."""
    whole = run(*words, "--store", store)
    every = len(rows(whole[1]))
    monkeypatch.setattr(questions, "MOST_GROUPS", every - 1)
    for limit in ((), ("--limit", every), ("--limit", 999_999_999)):
        status, printed, said = run(*words, *limit, "--store", store)
        assert (status, printed) == (2, "")
        assert f"The answer has more than {every - 1:,} rows: so many are not written at once." in said
        assert "--limit N" in said
    assert len(rows(run(*words, "--limit", every - 1, "--store", store)[1])) == every - 1
    monkeypatch.setattr(questions, "MOST_GROUPS", every)
    assert run(*words, "--store", store) == whole
