"""A whole filter as one line of text, as people type it: `src:web port:443,8443 !src:10.0.9.0/24 rule~deny since:-2h`.

A term is a column, a mark and values: `:` or `=` is, and every mark of `operators.py` (`rule~deny`, `!rule~old`, or
`rule:!~old` for one value of several); `!` in front of the column leaves out what fits. Values are separated by commas;
one with a blank or a comma stands in quotation marks. Terms must all hold; a column that is named twice takes either.
`since:` and `until:` are the window, `either_way` the switch. The page and `--where` read the same text with the same
words about what is wrong in it, and where.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from nsgflow_core.ask.columns import DIMENSIONS, dimension
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import (
    ENDS_THE_MARK,
    OPERATORS,
    Operator,
    marked_operator,
    read_value,
    starts_like_a_mark,
)
from nsgflow_core.ask.text.quoting import QUOTE, quoted, read_quoted
from nsgflow_core.ask.text.times import format_time, parse_time
from nsgflow_core.errors import BadFilter, BadLine
from nsgflow_core.words.visible import in_short

IS, NOT, EITHER_WAY = ":", "!", "either_way"
WINDOW = ("since", "until")
LONGEST_LINE = 20_000
_NAME, _BLANKS = re.compile(r"[A-Za-z_][\w-]*"), re.compile(r"\s*")
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a term: its operator, its text without marks, and where it stands in the line."""

    operator: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Term:
    """A column as it was named, and its values."""

    name: str
    start: int
    values: tuple[Value, ...]


def read_line(text: str, zone: tzinfo = UTC, left_out: Container[str] = ()) -> FlowFilter:
    """The filter of a line; times that name no zone are in `zone`.

    Raises BadLine, which names the column of what is wrong (1 is the first letter), also for a dimension that is left
    out where the line stands: decided there, or not known.
    """
    if len(text) > LONGEST_LINE:
        raise BadLine("The line goes on and on.", f"Write up to {LONGEST_LINE:,} letters.", LONGEST_LINE)
    made, window = FlowFilter(), dict[str, tuple[datetime | None, int]]()
    asked: dict[tuple[str, str], list[str]] = {}
    for term in terms_of(text):
        if term.name in WINDOW:
            if term.name in window:
                raise BadLine(f"{term.name} is given twice.", "Say it once.", term.start)
            window[term.name] = (_moment(term, zone), term.start)
        elif term.name == EITHER_WAY:
            made = replace(made, either_way=_is_yes(term))
        else:
            with _placed(term.start):
                key = dimension(term.name).key
                if key in left_out:
                    hint = "This page decides it itself, or its store does not know it."
                    raise BadFilter(f"The {DIMENSIONS[key].spoken} cannot be asked for here.", hint)
            for value in term.values:
                with _placed(value.start):
                    FlowFilter().where(key, value.text, operator=value.operator)
                asked.setdefault((key, value.operator), []).append(value.text)
    for (key, operator), values in asked.items():
        made = made.where(key, *values, operator=operator)
    since, until = (window.get(name, (None, 0)) for name in WINDOW)
    with _placed(until[1]):
        return made.within(since[0], until[0])


def write_line(flow_filter: FlowFilter, zone: tzinfo = UTC) -> str:
    """The line that `read_line` makes the same filter of, but for what is fixed."""
    terms = [
        _written(key, row, values) for key in DIMENSIONS for row in OPERATORS.values()
        if (values := flow_filter.values_of(key, row.key))
    ]  # fmt: skip
    moments = {"since": flow_filter.since, "until": flow_filter.until}
    terms += [f"{name}:{write_moment(moment, zone)}" for name, moment in moments.items() if moment]
    return " ".join([*terms, *([EITHER_WAY] if flow_filter.either_way else [])])


def write_moment(moment: datetime, zone: tzinfo = UTC) -> str:
    """ISO 8601 with its zone, without seconds where there are none."""
    if zone is UTC:
        return format_time(moment).replace(":00Z", "Z")
    return re.sub(r"(T\d\d:\d\d):00(?=[+-])", r"\1", moment.astimezone(zone).isoformat())


def terms_of(text: str) -> Iterator[Term]:
    """The terms of a line, in its order. Raises BadLine where a word is none."""
    at = _skip(text, 0)
    while at < len(text):
        term, at = _Reader(text, at).term()
        yield term
        at = _skip(text, at)


def _written(name: str, row: Operator, values: tuple[str, ...]) -> str:
    is_not = row.mark.startswith(NOT)
    mark = row.mark.removeprefix(NOT) or IS
    return f"{NOT if is_not else ''}{name}{mark}{','.join(map(_written_value, values))}"


def _written_value(value: str) -> str:
    is_plain = not any(letter.isspace() or letter in f",{QUOTE}" for letter in value)
    return value if is_plain and not starts_like_a_mark(value) else quoted(value)


class _Reader:
    """Reads one term from a place of a line."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.start, self.at = text, at, at

    def term(self) -> tuple[Term, int]:
        """The term and the place behind it."""
        negation = NOT if self._takes(NOT) else ""
        named = _NAME.match(self.text, self.at)
        if not named:
            raise self._no_condition()
        name, self.at = named[0].lower().replace("-", "_"), named.end()
        if name == EITHER_WAY and not negation and self._is_end():
            return Term(name, self.start, ()), self.at
        mark = marked_operator(self.text, self.at).mark
        self.at += len(mark)
        is_loose = self._takes(ENDS_THE_MARK)
        if not (mark or is_loose or self._takes(IS)):
            raise self._no_condition()
        marks = negation + mark
        if marks not in {row.mark for row in OPERATORS.values()}:
            raise BadLine(f"'{marks}' is no way to compare.", _ways(), self.start)
        is_loose = is_loose or name in WINDOW
        values = tuple(self._values(marks, is_loose))
        if not values:
            raise BadLine(f"{name} has no value.", f"Write one behind it, like {name}:web.", self.at)
        return Term(name, self.start, values), self.at

    def _values(self, marks: str, is_loose: bool) -> Iterator[Value]:
        while True:
            before, self.at = self.at, _skip(self.text, self.at)
            if self._is_end() or (self.at > before and _starts_term(self.text, self.at)):
                return
            if value := self._value(marks, is_loose):
                yield value
            after = _skip(self.text, self.at)
            if not self.text.startswith(",", after):
                return
            self.at = after + 1

    def _value(self, marks: str, is_loose: bool) -> Value | None:
        start = self.at
        own = marked_operator(self.text, start).mark
        opens = start + len(own) + self.text.startswith(ENDS_THE_MARK, start + len(own))
        if self.text.startswith(QUOTE, opens):
            inside = read_quoted(self.text, opens)
            if inside is None:
                raise BadLine("A quotation mark is not closed.", 'Close it with another ", or write "" for one.', opens)
            self.at = inside[1]
            if not (self._is_end() or self.text[self.at] == ","):
                raise BadLine("A value goes on behind its quotation mark.", "Put a blank or a comma there.", self.at)
            row = next((each for each in OPERATORS.values() if each.mark == marks + own), None)
            if row is None:
                raise BadLine(f"'{marks}{own}' is no way to compare.", _ways(), start)
            return Value(row.key, inside[0], opens)
        while self.at < len(self.text) and self.text[self.at] != "," and not self._ends_here(is_loose):
            self.at = max(self.at + 1, _skip(self.text, self.at))
        raw = self.text[start : self.at].strip()
        if not raw:
            return None
        row, bare = read_value(marks + raw)
        return Value(row.key, bare, start)

    def _ends_here(self, is_loose: bool) -> bool:
        """True at a blank, but for one inside the words of a time or behind `=`, which go on to the next term."""
        if not self.text[self.at].isspace():
            return False
        after = _skip(self.text, self.at)
        return not is_loose or after == len(self.text) or _starts_term(self.text, after)

    def _takes(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) * found
        return found

    def _is_end(self) -> bool:
        return self.at >= len(self.text) or self.text[self.at].isspace()

    def _no_condition(self) -> BadLine:
        word = re.match(r"\S+", self.text[self.start :])
        told = in_short(word[0] if word else "", 40)
        like = "port" if told.isdigit() else "source"
        hint = f"Write a column in front, like {like}{IS}{told}." if told[:1].isalnum() else _ways()
        return BadLine(f"'{told}' is not a condition.", hint, self.start)


def _starts_term(text: str, at: int) -> bool:
    """True where a column and a mark begin, or the word of the switch."""
    at += text.startswith(NOT, at)
    named = _NAME.match(text, at)
    if not named:
        return False
    end, name = named.end(), named[0].lower().replace("-", "_")
    if name == EITHER_WAY:
        return True
    return bool(text.startswith((IS, ENDS_THE_MARK), end) or marked_operator(text, end).mark) and _is_known(name)


def _is_known(name: str) -> bool:
    names = {each for row in DIMENSIONS.values() for each in (row.key, *row.aliases)}
    return name in names or name in WINDOW


def _moment(term: Term, zone: tzinfo) -> datetime | None:
    value = term.values[0]
    if len(term.values) > 1 or value.operator != "is":
        raise BadLine(f"{term.name} takes one moment.", f"Write it like {term.name}:-2h.", term.start)
    with _placed(value.start):
        return parse_time(value.text, zone)


def _is_yes(term: Term) -> bool:
    texts = [value.text.lower() for value in term.values if value.operator == "is"]
    if texts and (len(texts) > 1 or texts[0] not in _YES + _NO):
        raise BadLine(f"{EITHER_WAY} is yes or no.", f"Write {EITHER_WAY}, or leave it out.", term.start)
    return not texts or texts[0] in _YES


def _ways() -> str:
    marks = " ".join(f"rule{row.mark or IS}web" for row in OPERATORS.values())
    return f"Write it like {marks}."


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


@contextmanager
def _placed(start: int) -> Iterator[None]:
    """What is refused inside, with its place in the line."""
    try:
        yield
    except BadFilter as error:
        raise BadLine(error.message, error.hint, start) from None
