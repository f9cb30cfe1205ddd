"""One word, one thing: people review rules; a *decision* is what a log or a rule did with a flow. And one quote."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

ROOMS = ("ui/rules", "ui/connect", "rules/dossier", "rules/review", "commands/rules")
OF_FLOWS = ("keeps every decision of the log", "--decision")
"""Words on screen in which it is that of a flow."""


def told() -> Iterator[tuple[str, str]]:
    """Every text of these rooms that people read: what looks like words, outside of docstrings."""
    for room in ROOMS:
        yield from texts_of(ROOT / "nsgflow_core" / room)


def texts_of(room: Path) -> Iterator[tuple[str, str]]:
    """Where each text stands that is no docstring, from the top of the package, and what it says."""
    for path in room.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
                yield f"{path.relative_to(ROOT / 'nsgflow_core').as_posix()}:{node.lineno}", node.value


def test_people_review_and_logs_decide() -> None:
    read = {where: text for where, text in told() if " " in text or text[:1].isupper() or text.startswith("-")}
    assert len(read) > 500
    wrong = {
        where: text for where, text in read.items()
        if "ecision" in text and text != "--decisions" and not any(words in text for words in OF_FLOWS)
    }  # fmt: skip
    assert not wrong


MARKED = ("ui/", "ask/fragments.py", "exports/as_markdown.py", "rules/export/terraform.py")
"""Rooms that write Markdown, or read it; and a remark in a file of Terraform."""


def test_a_command_is_quoted_as_a_terminal_shows_it() -> None:
    """Pages show what is told as it reads, so a backtick stood there as a backtick: 'az login' reads well in both."""
    told = texts_of(ROOT / "nsgflow_core")
    wrong = {where: text for where, text in told if "`" in text and not where.startswith(MARKED)}
    assert not wrong
