"""The ways to compare, ONE row each, and the text form of a value with its operator in front.

A new operator is a row here, and nothing elsewhere: links, the bar, the command line, the sentence and both engines
read the table at use. In text, an operator's mark stands in front of the value: `web` is, `!web` is not, `~ssh`
contains, `!~ssh` does not contain; the longest mark wins. A `=` behind the mark ends it: what follows is the value,
whatever it starts with. So a rule named `~x` is `=~x`, and any other rule is `!=~x`. A value with a comma stands in
quotation marks.
"""

from __future__ import annotations

from dataclasses import dataclass

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.fragments import Fragment, Test, placeholders
from nsgflow_core.ask.text.quoting import QUOTE, quoted, read_quoted
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.visible import in_short

ENDS_THE_MARK = "="
LONGEST_VALUE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One way to compare a column with values, of which any one may fit."""

    key: str
    mark: str
    """In front of the value in the text form; "" for the one that is meant when none is there."""
    words: str
    """In the sentence, between the column and the values."""
    test: Fragment
    """Of one value. `{same}` stands for the kind's own comparison with values (`Kind.same`); `{text}` for each text of
    the column (`Kind.texts`), and `{part}` then for the value."""
    excludes: bool
    """True when a flow that fits is dropped, false when it is kept."""

    @property
    def reads_text(self) -> bool:
        """True when it looks into the text of a column, which not every kind has."""
        return "text" in placeholders(self.test.sql)


_SAME = Fragment(sql="{same}", kql="{same}")
_CONTAINS = Fragment(sql="contains(lower({text}), lower({part}))", kql="{text} contains {part}")

OPERATORS: dict[str, Operator] = {
    operator.key: operator
    for operator in (
        Operator(key="is", mark="", words="is", test=_SAME, excludes=False),
        Operator(key="is_not", mark="!", words="is not", test=_SAME, excludes=True),
        Operator(key="contains", mark="~", words="contains", test=_CONTAINS, excludes=False),
        Operator(key="contains_not", mark="!~", words="does not contain", test=_CONTAINS, excludes=True),
    )
}
"""Every operator by its key, in the order of the text form. Looked up at use, never copied."""


def operator_row(key: str) -> Operator:
    """The operator of that key. Raises BadFilter, naming the ones there are."""
    if key not in OPERATORS:
        raise BadFilter(f"There is no operator '{key}'.", f"Choose from: {', '.join(OPERATORS)}.")
    return OPERATORS[key]


def read_value(text: str) -> tuple[Operator, str]:
    """The operator that a value of the text form is marked with, and the value."""
    marked = text.strip()
    found = marked_operator(marked)
    value = marked[len(found.mark) :].strip().removeprefix(ENDS_THE_MARK).strip()
    inside = read_quoted(value)
    return found, inside[0] if inside and inside[1] == len(value) else value


def marked_operator(text: str, at: int = 0) -> Operator:
    """The operator whose mark stands at this place of a text; the longest, and the one without a mark if none does."""
    return max((row for row in OPERATORS.values() if text.startswith(row.mark, at)), key=lambda row: len(row.mark))


def write_value(key: str, value: str) -> str:
    """A value with its mark, as `read_value` reads it back."""
    if any(letter in value for letter in f",{QUOTE}"):
        return OPERATORS[key].mark + quoted(value)
    return OPERATORS[key].mark + (ENDS_THE_MARK if starts_like_a_mark(value) else "") + value


def starts_like_a_mark(value: str) -> bool:
    """True for a value that would be read as an operator and another value."""
    return value.startswith((*(row.mark for row in OPERATORS.values() if row.mark), ENDS_THE_MARK))


def split_values(text: str) -> list[str]:
    """The values of a text, each with its mark, separated by commas outside of quotation marks; empty ones left out."""
    found, at = [], 0
    while at < len(text):
        opens = _value_start(text, at)
        inside = read_quoted(text, opens)
        comma = text.find(",", inside[1] if inside else opens)
        end = len(text) if comma < 0 else comma
        if inside and text[inside[1] : end].strip():  # a quotation mark inside of a value ends nothing
            end = text.find(",", at) if "," in text[at:] else len(text)
        found.append(text[at:end].strip())
        at = end + 1
    return list(filter(None, found))


def _value_start(text: str, at: int) -> int:
    """Where the value behind a mark begins."""
    start = _skip_blanks(text, at)
    start = _skip_blanks(text, start + len(marked_operator(text, start).mark))
    return _skip_blanks(text, start + text.startswith(ENDS_THE_MARK, start))


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def parse_value(column: Column, text: str, key: str = "is") -> str:
    """One value for an operator, in canonical text. Raises BadFilter, saying what would be right."""
    value = text.strip()
    if not value:
        raise BadFilter(f"A value for {column.spoken} is empty.", "Leave the field out to see all.")
    if len(value) > LONGEST_VALUE:
        hint = f"Names and ids in Azure are shorter than {LONGEST_VALUE:,} letters."
        raise BadFilter(f"The value '{in_short(value, 40)}' for {column.spoken} is too long.", hint)
    if "\0" in value or not _is_text(value):
        raise BadFilter(f"The value '{in_short(value)}' for {column.spoken} is not text.", "Write it in UTF-8.")
    parse = column.kind.parse_part if operator_row(key).reads_text else column.kind.parse
    return parse(column.spoken, value)


def _is_text(value: str) -> bool:
    """False for half characters, which a command line makes of bytes that are not UTF-8: no engine takes them."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def tests_of(column: Column, key: str, values: tuple[str, ...]) -> tuple[Test, ...]:
    """The tests of a condition, of which one must hold (or none, where the operator excludes)."""
    row = OPERATORS[key]
    if not row.reads_text:
        return tuple(Test(_put(row.test, "same", test.fragment), test.values) for test in column.kind.same(values))
    return tuple(Test(_put(row.test, "text", text), {"part": value}) for value in values for text in column.kind.texts)


def _put(into: Fragment, name: str, part: Fragment) -> Fragment:
    hole = "{" + name + "}"
    return Fragment(sql=into.sql.replace(hole, part.sql), kql=into.kql.replace(hole, part.kql))
