"""The log is visible text, whoever writes it and whichever handler shows it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from nsgflow_core.intake.work import unexpected
from nsgflow_core.words.log_lines import log
from tests.conftest import ROOT

POISON = "\x1b]8;;http://192.0.2.1\x07x\x9b31m\u202e"


@pytest.fixture
def shown() -> Iterator[io.StringIO]:
    """What a handler that knows nothing of ours writes."""
    text, level = io.StringIO(), log.level
    handler = logging.StreamHandler(text)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield text
    log.removeHandler(handler)
    log.setLevel(level)


def test_words_and_exceptions_are_visible(shown: io.StringIO) -> None:
    log.info("import of %s", POISON)
    try:
        raise ValueError(POISON)
    except ValueError as failure:
        log.exception("Page failed")
        unexpected(failure)
    text = shown.getvalue()
    assert "192.0.2.1␇x" in text
    assert "Traceback" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_there_is_one_log() -> None:
    named = [
        path.name
        for path in (ROOT / "nsgflow_core").rglob("*.py")
        if 'getLogger("nsgflow' in path.read_text(encoding="utf-8")
    ]
    assert named == ["log_lines.py"]
