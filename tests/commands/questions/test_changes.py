"""`changes` on the sample: Sunday against Saturday without options, other things and windows with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def told(run: Any, sample_file: Path) -> Any:
    """The rows and what was said beside them."""

    def ask(*options: str) -> tuple[list[dict[str, str]], str]:
        status, printed, said = run("changes", "--store", sample_file, *options)
        assert status == 0
        return list(csv.DictReader(io.StringIO(printed))), said

    return ask


def test_without_options_the_newest_day_against_the_day_before(told: Any) -> None:
    rows, said = told("--by", "subnet", "--names")
    assert [row["change"] for row in rows] == ["new"] * 9 + ["gone"] * 2
    assert {name: rows[0][name] for name in ("source", "destination", "port", "service", "flows_after")} == {
        "source": "snet-shop-app", "destination": "snet-shop-queue", "port": "5671", "service": "amqps",
        "flows_after": "96",
    }  # fmt: skip
    assert "2026-11-22 00:00 to 2026-11-23 00:00 UTC against 2026-11-21 00:00 to 2026-11-22 00:00 UTC." in said
    assert "of" not in rows[0]


def test_a_limit_is_of_each_change(told: Any) -> None:
    rows, _ = told("--by", "subnet", "--limit", "1")
    assert [row["change"] for row in rows] == ["new", "gone"]


def test_flow_logs_and_nics_that_fell_silent(told: Any) -> None:
    """The ERP's NSG flow logs end on Thursday, dev's machines are off on Saturday."""
    logs, _ = told("--of", "logs", "--after", "2026-11-20/2026-11-21")
    assert [(row["change"], row["target"].rpartition("/")[2]) for row in logs] == [
        ("gone", "NSG-ERP-APP"),
        ("gone", "NSG-ERP-DATA"),
    ]
    nics, _ = told("--of", "nics", "--after", "2026-11-21/2026-11-22", "--before", "2026-11-20/2026-11-21")
    assert [(row["change"], row["mac"]) for row in nics] == [("gone", "00005E005371"), ("gone", "00005E005372")]


def test_denied_by_decision_is_the_same_as_of_denials(told: Any) -> None:
    assert told("--decision", "Denied")[0] == told("--of", "denials")[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--before", "week"), "no logs before 2026-11-16"),
        (("--before", "yesterday"), "for the earlier one: just, week, all"),
        (("--decision", "Denied,Allowed"), "Give --decision once"),
    ],
)
def test_what_cannot_be_compared_is_one_line(options: tuple[str, ...], said: str, run: Any, sample_file: Path) -> None:
    status, printed, complaint = run("changes", "--store", sample_file, *options)
    assert (status, printed) == (2, "")
    assert said in complaint
