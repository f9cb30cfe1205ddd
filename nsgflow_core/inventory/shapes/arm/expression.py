"""Expressions of ARM templates as trees: `[format('{0}-nsg', variables('names')[copyIndex()])]`.

Source: Microsoft Learn, "Syntax and expressions in ARM templates".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeGuard

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?\d+)|([A-Za-z_]\w*)|(.))", re.DOTALL)


class UnknownValue(ValueError):
    """What an expression stands for is not to be worked out from the file alone."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or whole number that stands in the expression."""

    value: str | int


@dataclass(frozen=True, slots=True)
class Call:
    """A function, what it is called with, and the steps into its value: `.name` and `[index]`."""

    function: str
    arguments: tuple[Term, ...]
    steps: tuple[Term, ...] = ()


Term = Literal | Call


def is_expression(value: Any) -> TypeGuard[str]:
    """True for `[…]`; a text that begins with `[[` is one that begins with a bracket."""
    return isinstance(value, str) and value.startswith("[") and value.endswith("]") and not value.startswith("[[")


@lru_cache(maxsize=4096)
def parsed(written: str) -> Term:
    """The tree of an expression, its brackets included. Raises UnknownValue where it is none."""
    reader = _Reader([found for found in _TOKEN.finditer(written[1:-1]) if found[0].strip()])
    term = reader.term()
    if reader.at < len(reader.tokens):
        raise UnknownValue("more than one term")
    return term


@dataclass
class _Reader:
    tokens: list[re.Match[str]]
    at: int = 0

    def term(self) -> Term:
        token = self._take()
        if token[1] is not None:
            return Literal(token[1].replace("''", "'"))
        if token[2] is not None:
            return Literal(int(token[2]))
        if token[3] is None or self._take()[4] != "(":
            raise UnknownValue("no function")
        return Call(token[3].casefold(), tuple(self._arguments()), tuple(self._steps()))

    def _arguments(self) -> list[Term]:
        arguments: list[Term] = []
        while self._mark() != ")":  # at the end of the text `term` fails
            arguments.append(self.term())
            if self._mark() == ",":
                self.at += 1
        self.at += 1
        return arguments

    def _steps(self) -> list[Term]:
        steps: list[Term] = []
        while (mark := self._mark()) in (".", "["):
            self.at += 1
            if mark == ".":
                steps.append(Literal(self._take()[3] or ""))
                continue
            steps.append(self.term())
            if self._take()[4] != "]":
                raise UnknownValue("an index that does not end")
        return steps

    def _take(self) -> re.Match[str]:
        if self.at >= len(self.tokens):
            raise UnknownValue("ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _mark(self) -> str | None:
        return self.tokens[self.at][4] if self.at < len(self.tokens) else None
