"""What nobody foresaw is logged by one function: where it happened, and nothing that it said."""

from __future__ import annotations

import pytest

from nsgflow_core.words.unforeseen import reference_to
from tests.conftest import ROOT


def test_where_it_happened_with_its_causes_and_no_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    try:
        try:
            raise OSError(28, "sig=secret")
        except OSError as cause:
            raise ValueError("https://acct.example/?sig=secret") from cause
    except ValueError as failure:
        reference = reference_to(failure, "in a test")
    assert f"ValueError in a test, reference {reference}" in caplog.text
    assert "builtins.OSError, errno 28" in caplog.text
    assert "test_unforeseen.py" in caplog.text
    assert "secret" not in caplog.text


def test_nobody_else_makes_references_or_logs_what_an_exception_said() -> None:
    others = [
        path.name
        for path in (ROOT / "nsgflow_core").rglob("*.py")
        if any(words in path.read_text(encoding="utf-8") for words in ("token_hex", "log.exception", "format_tb"))
    ]
    assert others == ["unforeseen.py"]
