"""A reader of Bicep: the grammar of what we write, from the language's published specification.

It is not Microsoft's compiler, a .NET program (NuGet `Azure.Bicep.CommandLine`) that these tests cannot count on: it
knows declarations of resources, objects, arrays, text, numbers and symbols, and refuses everything else, interpolation
in a text too. It does not know types, so a property that Azure lacks passes here; the ARM test looks at those.
Source: Microsoft Learn, "Bicep file structure and syntax" and "Data types in Bicep".
"""

from __future__ import annotations

import re
from typing import Any

from lark import Lark, Token, Transformer

_GRAMMAR = r"""
start: NL* (resource NL*)*
resource: "resource" NAME TEXT EXISTING? "=" object NL
object: "{" NL* (pair (("," | NL+) pair)* NL*)? "}"
pair: NAME ":" value
array: "[" NL* (value (NL+ value)* NL*)? "]"
?value: object | array | TEXT -> text | INT -> number | NAME -> symbol
EXISTING.2: "existing"
NAME: /[A-Za-z_][A-Za-z0-9_]*/
INT: /-?[0-9]+/
TEXT: /'(?:[^'\\\n\r$]|\$(?!\{)|\\(?:['\\nrt$]|u\{[0-9a-fA-F]+\}))*'/
NL: /\r?\n/
COMMENT: /\/\/[^\n\r]*/
%ignore /[ \t]+/
%ignore COMMENT
"""
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class _Values(Transformer[Token, Any]):
    """What was read as Python has it."""

    def text(self, items: list[Token]) -> str:
        return unquoted(str(items[0]))

    def number(self, items: list[Token]) -> int:
        return int(items[0])

    def symbol(self, items: list[Token]) -> str:
        return f"@{items[0]}"

    def pair(self, items: list[Any]) -> tuple[str, Any]:
        return str(items[0]), items[1]

    def object(self, items: list[Any]) -> dict[str, Any]:
        pairs = [item for item in items if isinstance(item, tuple)]
        assert len({name for name, _ in pairs}) == len(pairs), "a property stands twice"
        return dict(pairs)

    def array(self, items: list[Any]) -> list[Any]:
        return [item for item in items if not (isinstance(item, Token) and item.type == "NL")]

    def resource(self, items: list[Any]) -> tuple[str, str, bool, dict[str, Any]]:
        is_existing = any(isinstance(item, Token) and item.type == "EXISTING" for item in items)
        return str(items[0]), unquoted(str(items[1])), is_existing, next(i for i in items if isinstance(i, dict))

    def start(self, items: list[Any]) -> list[tuple[str, str, bool, dict[str, Any]]]:
        return [item for item in items if isinstance(item, tuple)]


def unquoted(text: str) -> str:
    """What a Bicep text stands for."""
    return re.sub(
        r"\\(?:u\{([0-9a-fA-F]+)\}|(.))",
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]),
        text[1:-1],
    )


_READER = Lark(_GRAMMAR, parser="lalr", transformer=_Values())


def read_bicep(content: str) -> list[tuple[str, str, bool, dict[str, Any]]]:
    """The resources of a file: symbol, type, whether it is existing, body; a symbol as a value is "@symbol".

    Raises lark's UnexpectedInput for what is no Bicep.
    """
    return _READER.parse(content)  # type: ignore[return-value]
