"""The page on coverage lists every kind of gap as the table has it."""

from __future__ import annotations

from nsgflow_core.coverage.kinds import GAP_KINDS
from tests.conftest import ROOT


def test_every_kind_is_on_the_page() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{row.key}` | {row.weight} | {row.closing or '-'} |" for row in GAP_KINDS.values()]
