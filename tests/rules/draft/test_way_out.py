"""Whether the way out stays open: not where the log shows a default route inside VirtualNetwork."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.estates.daily import daily
from tests.rules.draft.drafts import OUT, made_of


@pytest.mark.parametrize(
    ("rule", "says"),
    [("AllowVNetOutBound", "closes the way out too"), ("AllowInternetOutBound", "leaves every way out open")],
)
def test_the_closing_words_say_what_the_log_shows(tmp_path: Path, rule: str, says: str) -> None:
    rows = daily("10.0.2.4", "203.0.113.9", 443, direction="Outbound", rule=rule)
    made = made_of(tmp_path, rows, OUT)
    (question,) = (each.words for each in made.decisions_to_make if each.kind == "close-internet")
    assert says in question
