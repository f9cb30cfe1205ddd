"""The commands that prove a draft, on one NSG whose traffic is known day by day."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.commands.test_rules import DRAFT, table
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SSH on four days, web on the last of them alone."""
    file = tmp_path_factory.mktemp("flows") / "flows.duckdb"
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4) + daily("10.0.3.4", "10.0.2.8", 443, days=4)[3:]
    store_of(file, rows, SUBNETS)
    return file


def test_a_row_for_each_day_and_what_it_taught(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "proof", "--store", store, *DRAFT)
    assert status == 0
    rows = table(printed)
    assert [(row["day"], row["cut_flows"], row["new_services"], row["new_rules"]) for row in rows] == [
        ("2026-11-01", "0", "1", "1"),
        ("2026-11-02", "0", "0", "0"),
        ("2026-11-03", "0", "0", "0"),
        ("2026-11-04", "1", "1", "1"),
    ]
    assert "Each of 4 days left out in turn" in said
    assert "still brought 1 new service" in said
    assert "no end of a month" in said


def test_each_held_out_day_shows_what_would_change(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "held-out", "--store", store, *DRAFT, "--day", "Each")
    assert status == 0
    assert [(row["day"], row["port"], row["outcome"]) for row in table(printed)] == [
        ("2026-11-04", "443", "newly-denied")
    ]
    assert said.count("Without ") == 5, "a sentence a day, and the worst again in the headline"


def test_one_day_proves_nothing_and_is_no_error(store: Path, run: Run) -> None:
    words = ("rules", "proof", "--store", store, *DRAFT, "--since", "2026-11-02", "--until", "2026-11-03")
    status, printed, said = run(*words)
    assert (status, table(printed)) == (0, [])
    assert "only Monday 2026-11-02 holds traffic here" in said
    assert "A window of one day has no learning curve" in said
