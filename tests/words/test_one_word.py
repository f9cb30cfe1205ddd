"""One word, one thing: people review rules, a *decision* is what a log or a rule did with a flow; and in the code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
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


def of_the_core() -> Iterator[tuple[str, str]]:
    """Each module's name and text."""
    for path in (ROOT / "nsgflow_core").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path.read_text(encoding="utf-8")


DEFINED = re.compile(r"^(?:class |def )?(\w+)(?:\(|\[|:| = )", re.MULTILINE)
IMPORTED = re.compile(r"^ *from (nsgflow_core[\w.]*) import (\([^)]*\)|.*)$", re.MULTILINE)


def test_what_is_imported_by_its_name_alone_has_one_home() -> None:
    """`Seen` was six classes and `KIND` three tables: a reader of `Seen` had to look up which."""
    texts = dict(of_the_core())
    defined = {module: set(DEFINED.findall(text)) for module, text in texts.items()}
    homes: dict[str, set[str]] = defaultdict(set)
    for text in texts.values():
        for module, names in IMPORTED.findall(text):
            for name in re.findall(r"\w+", re.sub(r"\bas \w+|#.*", "", names)):
                if name in defined.get(module, ()) and f"{module}.{name}" not in texts:
                    homes[name].add(module)
    assert len(homes) > 1000
    assert {name: sorted(modules) for name, modules in homes.items() if len(modules) > 1} == {}
