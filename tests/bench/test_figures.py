"""`make bench` measures what it says and writes it between the marks of docs/performance.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures.__main__ import _PAGE
from bench.figures.measured import ALL_PAGES, Figure, questions
from bench.figures.written import BEGIN, END, put, section
from bench.questions.asked import QUESTIONS
from nsgflow_core.ui.frame.navigation import PAGES


def test_the_page_has_a_place_for_figures_and_keeps_the_rest() -> None:
    page = _PAGE.read_text()
    once = put(page, "figures")
    assert once.partition(BEGIN)[0] == page.partition(BEGIN)[0]
    assert once.partition(END)[2] == page.partition(END)[2]
    assert put(once, "figures") == once
    with pytest.raises(ValueError, match="no place"):
        put("# another page", "figures")


def test_ratios_and_growth() -> None:
    figures = [Figure("totals", 1_000, 0.1, "raw", 0.2), Figure("totals", 10_000, 0.5, "raw", 0.25),
               Figure("import", 5_000, 1.0, "json", 4.0)]  # fmt: skip
    lines = section(figures, "here").splitlines()
    assert "| totals | 10,000 | 0.500 | raw | 0.250 | 2.00 |" in lines
    assert "| import | 5,000 | 1.000 | json | 4.000 | 0.25 |" in lines
    assert "| totals | 100 | 500 | 0.50 |" in lines
    assert not any(line.startswith("| import | 1,000") for line in lines)


def test_what_grew_by_other_sizes_has_a_table_of_its_own() -> None:
    figures = [Figure("totals", 1_000, 0.1, "raw", 1), Figure("totals", 10_000, 0.5, "raw", 1),
               Figure("import", 2_000_000, 1.0, "json", 1), Figure("import", 20_000_000, 9.0, "json", 1)]  # fmt: skip
    lines = section(figures, "here").splitlines()
    assert "| totals | 100 | 500 | 0.50 |" in lines
    assert lines[-4:-2] == ["", "| growth, ms | 2.0 M | 20.0 M | last to first, a tuple |"]
    assert lines[-1] == "| import | 1,000 | 9,000 | 0.90 |"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a server's processor seconds are read from /proc")
def test_every_question_coverage_and_pages_are_measured() -> None:
    assert set(ALL_PAGES) == {page.name for page in PAGES}
    found = list(questions([20_000], times=1, pages=("overview",)))
    assert [each.what for each in found] == [*QUESTIONS, "Coverage, all of it", "page overview, cold"]
    assert all(each.seconds > 0 and each.floor_seconds > 0 and each.tuples > 10_000 for each in found)
