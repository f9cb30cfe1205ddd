"""One filter, one text form: the bar, a link and the command line mean the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.ask.columns import DIMENSIONS, dimension
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.operators import OPERATORS, parse_value, read_value, write_value
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.ask.text.times import format_time, parse_time
from nsgflow_core.errors import BadFilter

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
VALUES = {
    "protocol": st.sampled_from(["tcp", "UDP", "17", "icmp", "200"]),
    "port": st.sampled_from(["443", "8000-8100", "0", "65535"]),
    "source": st.sampled_from(["web", "10.0.0.4", "10.0.0.9/24", "fd00::/64", "Internet"]),
    "destination": st.sampled_from(["db", "10.0.0.4"]),
    "nsg": st.sampled_from(["web-nsg", "App NSG"]),
    "direction": st.sampled_from(["inbound", "Outbound"]),
    "rule": st.text(st.sampled_from("~!=^ab-"), min_size=1, max_size=4),
    "week": st.sampled_from(["2026-11-24", "2026-11-29T23:59:59Z"]),
    "weekday": st.sampled_from(["monday", "Sunday"]),
}
CONDITIONS = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.lists(VALUES[name], min_size=1, max_size=3),
            st.sampled_from(
                [key for key, row in OPERATORS.items() if dimension(name).kind.texts or not row.reads_text]
            ),
        )
    ),
    max_size=5,
)


def build(conditions, since=None, length=None, either_way=False) -> FlowFilter:
    made = FlowFilter(either_way=either_way).within(since, since + length if since and length else None)
    for name, values, operator in conditions:
        made = made.where(name, *values, operator=operator)
    return made


FILTERS = st.builds(
    build, CONDITIONS, st.none() | MOMENTS, st.timedeltas(timedelta(seconds=1), timedelta(days=900)), st.booleans()
)


@given(FILTERS)
def test_a_link_carries_the_whole_filter(flow_filter):
    assert FlowFilter.from_params(flow_filter.to_params()) == flow_filter


@given(FILTERS)
def test_swapping_twice_changes_nothing(flow_filter):
    assert flow_filter.swapped().swapped() == flow_filter
    assert flow_filter.swapped().values_of("source") == flow_filter.values_of("destination")


def test_limiting_to_a_value_keeps_it_or_nothing():
    denied = FlowFilter().where("decision", "Denied")
    assert FlowFilter().limited_to("decision", "denied") == denied
    assert denied.where("decision", "Denied", "Allowed").limited_to("decision", "Denied") == denied
    nothing = denied.limited_to("decision", "Allowed")
    assert nothing.values_of("decision") == nothing.values_of("decision", "is_not") == ("Allowed",)


@given(FILTERS)
def test_every_filter_is_one_sentence(flow_filter):
    sentence = flow_filter.describe()
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_the_order_in_which_conditions_are_added_does_not_matter():
    one = FlowFilter().where("port", "443").where("source", "web")
    other = FlowFilter().where("source", "web").where("port", "443")
    assert one == other
    assert hash(one) == hash(other)


def test_values_take_their_canonical_spelling():
    assert parse_value(dimension("protocol"), "t") == "TCP"
    assert parse_value(dimension("port"), "0443") == "443"
    assert parse_value(dimension("port"), "80-80") == "80"
    assert parse_value(dimension("src"), "10.0.0.9/24") == "10.0.0.0/24"
    assert parse_value(dimension("decision"), "denied") == "Denied"
    assert parse_value(dimension("mac"), "00-0d-3a-98-82-ce") == "000D3A9882CE"
    assert parse_value(dimension("mac"), "3a:98", "contains") == "3A98"
    assert parse_value(dimension("hour"), "2026-11-24T10:59:59Z") == "2026-11-24T10:00:00Z"


@pytest.mark.parametrize("moment", ["2026-11-23", "2026-11-25T12:00:00Z", "2026-11-29T23:59:59.999999Z"])
def test_any_moment_of_an_iso_week_is_its_monday(moment):
    assert parse_value(dimension("week"), moment) == "2026-11-23T00:00:00Z"
    assert FlowFilter().where("week", moment).describe() == "Flows where week (UTC) is 2026-11-23, over all time."


def test_days_of_the_week_sort_as_the_calendar_does():
    kind = dimension("weekday").kind
    assert sorted(["Sunday", "Monday", "Friday"], key=kind.order) == ["Monday", "Friday", "Sunday"]
    assert parse_value(dimension("weekday"), "friday") == "Friday"


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("web", "is", "web"),
        ("!web", "is_not", "web"),
        ("! web", "is_not", "web"),
        ("~ssh", "contains", "ssh"),
        ("!~ssh", "contains_not", "ssh"),
        ("=~ssh", "is", "~ssh"),
        ("!=~ssh", "is_not", "~ssh"),
        ("~=!ssh", "contains", "!ssh"),
        ("==a", "is", "=a"),
    ],
)
def test_a_mark_in_front_is_an_operator_and_an_equals_sign_ends_it(text, operator, value):
    row, bare = read_value(text)
    assert (row.key, bare) == (operator, value)
    assert read_value(write_value(operator, value)) == (row, value)


def test_a_part_is_looked_for_where_there_is_text():
    made = FlowFilter.from_params({"rule": "~ssh,!~old,web", "nsg": "!~test"})
    assert made.values_of("rule", "contains") == ("ssh",)
    assert made.describe() == (
        "Flows where NSG does not contain test, and rule contains ssh, and rule does not contain old, and rule is web, "
        "over all time."
    )
    for name, value in (("port", "~44"), ("hour", "~10"), ("decision", "!~all"), ("protocol", "~t")):
        with pytest.raises(BadFilter, match=f"no text to look for in a {name}"):
            FlowFilter.from_params({name: value})
    with pytest.raises(BadFilter, match="no operator"):
        FlowFilter().where("rule", "a", operator="like")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "http"),
        ("port", "90-80"),
        ("port", "65536"),
        ("port", "٣"),
        ("protocol", "tcpx"),
        ("protocol", "256"),
        ("direction", "up"),
        ("hour", "noonish"),
        ("source", " "),
        ("colour", "red"),
    ],
)
def test_a_value_without_meaning_says_what_would_be_right(name, value):
    with pytest.raises(BadFilter) as caught:
        FlowFilter().where(name, value)
    assert caught.value.hint


def test_times():
    assert parse_time("2026-11-24") == datetime(2026, 11, 24, tzinfo=UTC)
    assert parse_time("2026-11-24T10:00:00+02:00") == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert parse_time("2026-11-24T10:00") == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert parse_time("") is None
    week_ago = parse_time("-7d")
    assert week_ago is not None
    assert timedelta(days=7) - timedelta(minutes=2) < datetime.now(UTC) - week_ago < timedelta(days=7, minutes=2)
    for text in ("soon", "-7y", "--1d", "2026-13-01", "-9999999d"):
        with pytest.raises(BadFilter):
            parse_time(text)


@given(MOMENTS)
def test_a_time_survives_being_written(moment):
    assert parse_time(format_time(moment)) == moment


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(BadFilter, match="ends before"):
        FlowFilter.from_params({"since": "2026-11-24", "until": "2026-11-23"})


def test_the_tables_name_each_other():
    assert all(row.label for row in DIMENSIONS.values())
    assert all(measure.label for measure in MEASURES.values())
    ends = {key: row.end for key, row in DIMENSIONS.items() if row.end}
    assert all(ends[end.opposite].opposite == key for key, end in ends.items())
    names = [name for row in DIMENSIONS.values() for name in (row.key, *row.aliases)]
    assert len(names) == len(set(names))


def test_a_question_is_a_cache_key():
    one = FlowQuery(by=("src", "dst_port"), measures=("flows", "bytes"), order="dst_port")
    assert one == FlowQuery(by=("source", "port"), measures=("flows", "bytes"), order="port")
    assert one.columns == ("source", "port", "flows", "bytes")
    assert hash(one) == hash(FlowQuery(by=("source", "port"), measures=("flows", "bytes"), order="port"))


@pytest.mark.parametrize(
    "asked",
    [
        {"by": ("colour",)},
        {"measures": ("weight",)},
        {"by": ("port", "dst_port")},
        {"by": ("port",), "order": "bytes"},
        {"limit": 0},
        {"by": (), "measures": ()},
    ],
)
def test_a_question_without_meaning_is_refused(asked):
    with pytest.raises(BadFilter):
        FlowQuery(**asked)


@pytest.mark.parametrize("asked", [{"order": "colour"}, {"limit": 0}, {"offset": -1}])
def test_a_page_that_does_not_exist_is_refused(asked):
    with pytest.raises(BadFilter):
        RowsQuery(**asked)


def test_a_row_of_an_answer_is_a_part_of_what_was_asked() -> None:
    asked = FlowFilter().where("source", "10.0.0.0/8").where("port", "8000-8100")
    cell = asked.of_row({"source": "web", "destination": "db", "port": "8080", "rule": ""})
    assert cell == asked.where("src_ip", "web").where("destination", "db").where("port", "8080")
    assert cell.of_row({"source": "web", "destination": "db"}) == cell, "opened again"
    ends = {"src_ip": "10.1.0.4", "dst_ip": "10.2.0.4"}
    pair = FlowFilter().where("source", ends["src_ip"]).where("destination", ends["dst_ip"])
    for before in (asked, cell, asked.where("source", "web", operator="is_not")):
        assert before.without("port").of_row({"source": "web", "destination": "db", **ends}) == pair
    other = FlowFilter().where("source", "web").where("source_name", "vm", operator="contains")
    assert other.of_row({"source": "web"}) == other
    hosts = FlowFilter().where("source", "10.1.0.4")
    assert hosts.of_row({"source": "web"}) == hosts.where("src_ip", "web"), "not all of the subnet"
    kept = other.of_row({"src_ip": "10.1.0.4"}, replaces=False)
    assert kept == other.where("src_ip", "10.1.0.4"), "which way round it met the filter is seen by what this finds"
