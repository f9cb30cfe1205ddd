"""One word, one thing: people review rules; a *decision* is what a log or a rule did with a flow."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.conftest import ROOT

ROOMS = ("ui/rules", "ui/connect", "rules/dossier", "rules/review", "commands/rules")
OF_FLOWS = ("keeps every decision of the log", "--decision")
"""Words on screen in which it is that of a flow."""


def told() -> Iterator[tuple[str, str]]:
    """Every text of these rooms that people read: what looks like words, outside of docstrings."""
    for room in ROOMS:
        for path in (ROOT / "nsgflow_core" / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
                    yield f"{path.name}:{node.lineno}", node.value


def test_people_review_and_logs_decide() -> None:
    read = {where: text for where, text in told() if " " in text or text[:1].isupper() or text.startswith("-")}
    assert len(read) > 500
    wrong = {
        where: text for where, text in read.items()
        if "ecision" in text and text != "--decisions" and not any(words in text for words in OF_FLOWS)
    }  # fmt: skip
    assert not wrong
