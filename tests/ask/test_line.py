"""One line of text is a whole filter, and back; what is wrong in it is named with its column."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import NO_PROBE, FlowFilter
from nsgflow_core.ask.operators import OPERATORS, read_value, split_values, write_value
from nsgflow_core.ask.text.line import LONGEST_LINE, read_line, write_line
from nsgflow_core.errors import BadFilter, BadLine
from tests.ask.test_filters import FILTERS
from tests.hostile import VALUES, any_value

NAMES = st.text(min_size=1, max_size=12).filter(str.strip)


@settings(deadline=None)
@given(FILTERS)
def test_a_filter_is_a_line_and_a_line_a_filter(flow_filter: FlowFilter) -> None:
    line = write_line(flow_filter)
    assert read_line(line) == flow_filter
    assert write_line(read_line(line)) == line


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(OPERATORS)), st.lists(any_value | NAMES, min_size=1, max_size=3)))
def test_any_name_travels_in_line_and_link(asked: dict[str, list[str]]) -> None:
    made = FlowFilter()
    for operator, values in asked.items():
        for value in values:
            try:
                made = made.where("rule", *made.values_of("rule", operator), value, operator=operator)
            except BadFilter:
                continue
    assert read_line(write_line(made)) == made
    assert FlowFilter.from_params(made.to_params()) == made


@settings(deadline=None)
@given(st.lists(NAMES.map(str.strip), max_size=4))
def test_values_travel_in_one_text(values: list[str]) -> None:
    text = ",".join(write_value("is", value) for value in values)
    assert [read_value(each)[1] for each in split_values(text)] == values


def test_the_example_of_the_help() -> None:
    made = read_line('src:web dst_port:443,8443 !src:10.0.9.0/24 rule~deny since:"2026-11-19 03:00"')
    asked = FlowFilter().where("source", "web").where("source", "10.0.9.0/24", operator="is_not")
    asked = asked.where("port", "443", "8443").where("rule", "deny", operator="contains")
    assert replace(made, since=None) == asked
    line = "source:web !source:10.0.9.0/24 port:443,8443 rule~deny since:2026-11-19T03:00Z"
    assert write_line(made) == line


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("", ""),
        ("  port:443 ,  8000-8100,", "port:443,8000-8100"),
        ("src: web", "source:web"),
        ("SRC:web src:db", "source:web,db"),
        ("src:web,!db,~app", "source:web !source:db source~app"),
        ("src!=web", "!source:web"),
        ("!rule~old rule!~x", "!rule~old,x"),
        ('rule:"~x"', 'rule:"~x"'),
        ("rule:=~x", 'rule:"~x"'),
        ('source:"web, prod",db', 'source:"web, prod",db'),
        ('rule:"a ""b"" c"', 'rule:"a ""b"" c"'),
        ("src:fd00:20::1 mac:00-0d-3a-98-82-ce", "source:fd00:20::1 mac:000D3A9882CE"),
        ("either_way port:22", "port:22 either_way"),
        ("either-way:no", ""),
        (
            "until:2026-11-19 04:00 since:2026-11-19 src:web",
            "source:web since:2026-11-19T00:00Z until:2026-11-19T04:00Z",
        ),
    ],
)  # fmt: skip
def test_what_people_type(line: str, written: str) -> None:
    assert write_line(read_line(line)) == written


@pytest.mark.parametrize("line", ["log_kind=VNet", "rule=~ssh,!old", "nsg=App NSG", "rule==~x", "asn=64500"])
def test_what_where_always_took(line: str) -> None:
    name, _, value = line.partition("=")
    assert read_line(line) == FlowFilter.from_params({name: value})
    assert write_line(read_line(f"{line} port:22")) == f"{write_line(read_line(f'port:22 {line}'))}"


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("src:web port:http", "Column 14: 'http' is not a port.", "65535"),
        ("src:web  443", "Column 10: '443' is not a condition.", "port:443"),
        ("10.20.1.4", "Column 1: '10.20.1.4' is not a condition.", "source:10.20.1.4"),
        ("src:web prot:17", "Column 9: There is no dimension 'prot'.", "Did you mean protocol?"),
        ("port:443,90-80", "Column 10: The port range 90-80 ends before it starts.", "80-90"),
        ("port~44", "Column 6: There is no text to look for in a port.", ""),
        ("src:", "Column 5: src has no value.", "src:web"),
        ("src:  port:443", "Column 7: src has no value.", ""),
        ('rule:"a', "Column 6: A quotation mark is not closed.", ""),
        ('rule:"a"b', "Column 9: A value goes on behind its quotation mark.", ""),
        ("!rule!x", "Column 1: '!!' is no way to compare.", "rule~web"),
        ("since:noon-ish", "Column 7: 'noon-ish' is not a time.", ""),
        ("since:2026-11-19 since:2026-11-20", "Column 18: since is given twice.", ""),
        ("since~2026-11-19", "Column 1: since takes one moment.", ""),
        ("since:2026-11-20 until:2026-11-19", "Column 18: The window ends before it starts.", ""),
        ("either_way:perhaps", "Column 1: either_way is yes or no.", ""),
        ("x" * (LONGEST_LINE + 1), f"Column {LONGEST_LINE + 1}: The line goes on and on.", ""),
    ],
)
def test_what_is_wrong_has_a_column_and_a_way_on(line: str, message: str, hint: str) -> None:
    with pytest.raises(BadLine) as caught:
        read_line(line)
    assert caught.value.message == message
    assert caught.value.hint
    assert hint in caught.value.hint


def is_read_or_placed(line: str) -> bool:
    """True for a line that is read and written again, or refused with its place in a short sentence."""
    try:
        made = read_line(line)
    except BadFilter as error:
        return error.message.startswith("Column ") and len(error.message) < 400
    return read_line(write_line(made)) == made


@settings(deadline=None)
@given(st.lists(any_value | st.sampled_from([f"{name}:" for name in DIMENSIONS]), max_size=5).map(" ".join))
def test_any_line_is_a_filter_or_a_short_sentence(line: str) -> None:
    assert is_read_or_placed(line)


@pytest.mark.parametrize("value", VALUES)
def test_hostile_values_in_a_term(value: str) -> None:
    assert is_read_or_placed(f"rule:{value} port:22")


def test_a_long_line_of_blanks_is_read_at_once() -> None:
    assert is_read_or_placed("rule=a" + " " * (LONGEST_LINE - 20) + "b")


def test_what_a_question_adds_is_in_no_line_and_is_not_exchanged() -> None:
    made = FlowFilter(either_way=True).where("source", "web").meeting(NO_PROBE)
    assert write_line(made) == "source:web either_way"
    assert NO_PROBE in made.swapped().conditions
    assert made.describe() == (
        "Flows where source or destination is web, load balancer probes left out, over all time."
    )
