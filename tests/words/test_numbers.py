"""Where text becomes a number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.words.numbers import change_in_words, counted, first_of, whole_number
from tests.conftest import ROOT

NONE = ["", " ", "²", "１２", "٣", "-1", "+1", "1.0", "1e3", "1e999", "NaN", "inf", "1_000", "0x1", "1\0", "9" * 5000]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert whole_number(text, 65535) is None


@settings(deadline=None)
@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(0, 6000))
def test_a_number_is_itself_up_to_the_most(number: int, most: int, zeros: int) -> None:
    assert whole_number("0" * zeros + str(number), most) == (number if number <= most else None)


def test_what_is_counted_is_one_or_many() -> None:
    assert [counted(count, "blob") for count in (0, 1, 2036)] == ["0 blobs", "1 blob", "2,036 blobs"]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (100, 112, "+12 %"),
        (1000, 996, "-0.4 %"),
        (100, 1, "-99 %"),
        (4, 30, "7.5 times"),
        (1, 1200, "1,200 times"),
        (0, 3, "none before"),
        (3, 0, "none now"),
        (0, 0, "as before"),
        (7, 7, "as before"),
    ],
)
def test_how_much_more_or_less(was: float, now: float, words: str) -> None:
    assert change_in_words(was, now) == words


_COUNT_BESIDE_NOUN = re.compile(
    r"(?<!of )\{[^{}]*:,\} (?:[a-z]+ ){0,2}(log entries|entries|rows|flows|blobs|flow tuples)\b"
)
_NEVER_ONE = ("ROW_LIMIT:,}", "{len(rows):,} rows are shown", "{shown:,} of", "{progress.blobs_done:,}/", "{done:,}/")


def test_no_sentence_counts_one_thing_as_several() -> None:
    sources = [*(ROOT / "nsgflow_core").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in sources
        for line in file.read_text(encoding="utf-8").splitlines()
        if _COUNT_BESIDE_NOUN.search(line) and not any(each in line for each in _NEVER_ONE)
    ]
    assert found == [], "a count beside its noun is said by counted()"


@pytest.mark.parametrize(
    ("names", "said"),
    [("", ""), ("a", "a"), ("abc", "a, b, c"), ("abcd", "a, b, c and 1 more"), ("abcdefgh", "a, b, c and 5 more")],
)
def test_a_list_names_the_first_few_and_counts_the_others(names: str, said: str) -> None:
    assert first_of(list(names), 3) == said
