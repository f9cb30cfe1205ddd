"""The one place where a value becomes KQL text.

Source of the syntax: Microsoft Learn, "The string data type", "The datetime data type" (Kusto query language).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def kql_literal(value: str | int | datetime) -> str:
    """One value as a KQL literal: a quoted string, a whole number or a UTC datetime.

    Anything else raises TypeError, so that no text reaches a query by another way.
    """
    if isinstance(value, bool):
        raise TypeError("A truth value has no place in a flow query.")
    if isinstance(value, str):
        return '"' + "".join(_character(character) for character in value) + '"'
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return f"datetime({moment.replace(tzinfo=None).isoformat()}Z)"
    raise TypeError(f"No KQL literal for a {type(value).__name__}.")


def kql_literals(values: Iterable[str | int | datetime]) -> str:
    """Several values as the right side of `in`: ("a", "b")."""
    return "(" + ", ".join(kql_literal(value) for value in values) + ")"


def _character(character: str) -> str:
    """A character inside a quoted string; what could end a line is written as its code point."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    if ord(character) < 0x20 or ord(character) in (0x7F, 0x85, 0x2028, 0x2029):
        return f"\\u{ord(character):04x}"
    return character
