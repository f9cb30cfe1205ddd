"""One filter, one text form: the bar, a link and the command line mean the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.ask.filters import ENDPOINTS, WORDS, FlowFilter, format_time, parse_time, parse_value
from nsgflow_core.ask.measures import DIMENSIONS, MEASURES, dimension
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import BadFilter

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
VALUES = {
    "protocol": st.sampled_from(["tcp", "UDP", "17", "icmp", "200"]),
    "port": st.sampled_from(["443", "8000-8100", "0", "65535"]),
    "source": st.sampled_from(["web", "10.0.0.4", "10.0.0.9/24", "fd00::/64", "Internet"]),
    "destination": st.sampled_from(["db", "10.0.0.4"]),
    "nsg": st.sampled_from(["web-nsg", "App NSG"]),
    "direction": st.sampled_from(["inbound", "Outbound"]),
}
CONDITIONS = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: st.tuples(
            st.just(name), st.lists(VALUES[name], min_size=1, max_size=3), st.sampled_from(["is", "is_not"])
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
        ("hour", "noon"),
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
    for text in ("yesterday", "-7y", "--1d", "2026-13-01", "-9999999d"):
        with pytest.raises(BadFilter):
            parse_time(text)


@given(MOMENTS)
def test_a_time_survives_being_written(moment):
    assert parse_time(format_time(moment)) == moment


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(BadFilter, match="ends before"):
        FlowFilter.from_params({"since": "2026-11-24", "until": "2026-11-23"})


def test_the_tables_name_each_other():
    assert all(row.label for row in (*DIMENSIONS.values(), *MEASURES.values()))
    assert set(WORDS) <= set(DIMENSIONS)
    assert set(DIMENSIONS) >= ENDPOINTS
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
