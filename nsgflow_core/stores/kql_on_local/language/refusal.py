"""A query refused in words of ours: what is wrong, and what is nearest to it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from duckdb_kql.errors import KqlError, KqlSchemaError, KqlSyntaxError, KqlUnsupportedError

from nsgflow_core.errors import InputError
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.visible import in_short

REWRITE = "Rewrite that step, or run the query in a workspace."
_OPERATORS = """
as consume count distinct evaluate extend fork getschema graph-match invoke join limit lookup make-graph make-series
mv-apply mv-expand mvexpand order parse parse-kv parse-where partition project project-away project-keep
project-rename project-reorder reduce render sample sample-distinct scan search serialize sort summarize take top
top-hitters top-nested union where filter facet find range print datatable externaldata
"""
OPERATORS = tuple(_OPERATORS.split())
_TOLD = {
    "statement": (
        "The query asks for no table: it is let alone, or a command.",
        "End let with ; and write behind it what to ask.",
    ),
    "mv-expand of an unnamed computed expression": (
        "What mv-expand makes of an expression has no name here.",
        "Give it one: mv-expand Part = split(...).",
    ),
}
"""What duckdb-kql calls it -> a sentence, and what to do."""
_WHERE = re.compile(r"at (\d+):(\d+)")


class QueryRefused(KqlError):
    """What the query says cannot be; `message` is a sentence, `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word that was meant, or ""."""
    known = list(known)
    same = [each for each in known if each.casefold() == word.casefold()]
    part = [each for each in known if len(word) > 3 and each.casefold().startswith(word.casefold())]
    return next(iter([*same, *part, *nearest(word, known, 1, 0.5)]), "")


class UnknownTable(KqlSchemaError):
    """A table that is not there; a fuzzy union passes it over."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def unknown(what: str, word: str, known: Iterable[str], hint: str) -> QueryRefused:
    """`{what} {word}; nearest: Y.`"""
    meant = nearest_word(word, known)
    return QueryRefused(f"{what} {in_short(word)}{f'; nearest: {meant}' if meant else ''}.", hint)


def unknown_table(word: str, tables: Iterable[str]) -> UnknownTable:
    """`There is no table X; nearest: Y.`"""
    tables = sorted(tables)
    found = unknown("There is no table", word, tables, f"The tables are {', '.join(tables)}.")
    return UnknownTable(found.message, found.hint)


def said(refused: KqlError, query: str) -> InputError:
    """What duckdb-kql or a check of ours refused, as one sentence."""
    if isinstance(refused, QueryRefused | UnknownTable):
        return InputError(refused.message, refused.hint or REWRITE)
    if isinstance(refused, KqlSyntaxError):
        return _syntax(refused, query)
    if isinstance(refused, KqlUnsupportedError) and "whole microseconds" in str(refused):
        return InputError("Times are kept to the microsecond here, and a tick is less.", "Write 1microsecond.")
    if isinstance(refused, KqlUnsupportedError) and refused.construct in _TOLD:
        return InputError(*_TOLD[refused.construct])
    if isinstance(refused, KqlUnsupportedError):
        return InputError(f"The query uses {_words(refused.construct)}, which is not answered here.", REWRITE)
    if isinstance(refused, KqlSchemaError):
        return InputError(f"The query names '{in_short(refused.name)}', which cannot be resolved here.", REWRITE)
    return InputError(f"The query is not valid KQL: {in_short(str(refused))}", REWRITE)


def _words(construct: str) -> str:
    """`MvapplyOperator`, `function:foo`, `source:ExternalDataExpression` as what was written."""
    kind, colon, name = construct.rpartition(":")
    if " " in kind:  # a word and what is wrong with it
        return in_short(construct.partition(":")[0])
    if colon and kind in ("function", "aggregate"):
        return f"the function {in_short(name)}()"
    plain = re.sub(r"(Operator|Expression|Statement)$", "", name)
    kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", plain).lower() if plain != name else name
    return in_short({"external-data": "externaldata", "reduce-by": "reduce"}.get(kebab, kebab))


def _syntax(refused: KqlSyntaxError, query: str) -> InputError:
    found = _WHERE.search(str(refused))
    line, column = (int(found[1]), int(found[2])) if found else (1, 0)
    lines = query.splitlines() or [""]
    rest = lines[min(line, len(lines)) - 1][column:]
    word = re.match(r"\|\s*([A-Za-z-]+)", rest)
    if word and word[1] not in OPERATORS:
        meant = nearest_word(word[1], OPERATORS)
        return InputError(
            f"There is no operator {in_short(word[1])}{f'; nearest: {meant}' if meant else ''}.", "Correct it."
        )
    if word:
        return InputError(f"The query is not valid KQL at line {line}, in or before {word[1]}.", "Correct it there.")
    near = f", near '{in_short(rest.strip())}'" if rest.strip() else ", at its end"
    return InputError(f"The query is not valid KQL at line {line}, column {column + 1}{near}.", "Correct it there.")
