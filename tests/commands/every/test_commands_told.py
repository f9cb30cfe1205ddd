"""A command that is told to be typed begins as this installation starts one: a checkout has no `nsgflow`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nsgflow_core
from nsgflow_core.__main__ import COMMANDS

ROOT = Path(nsgflow_core.__file__).parent
WRITTEN_OUT = re.compile(rf"(nsgflow|nsgflow_core) ({'|'.join(sorted({each.name.split()[0] for each in COMMANDS}))})\b")


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line, but its docstrings."""
    told = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in told:
            yield each.lineno, each.value


def test_no_command_is_written_out() -> None:
    files = [*ROOT.rglob("*.py"), *(ROOT.parent / "pages").glob("*.py")]
    written = [(file, text) for file in files if WRITTEN_OUT.search(text := file.read_text())]
    found = [
        f"{file.relative_to(ROOT.parent)}:{line}: {told}"
        for file, text in written
        for line, told in texts(ast.parse(text))
        if WRITTEN_OUT.search(told)
    ]
    assert not found, "say {COMMAND} of nsgflow_core"
