"""Every question compiles to KQL that Microsoft's own language service accepts against both tables' schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nsgflow_core.analysis.compared.changes import SUBJECTS
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.kinds import ENDPOINT, MAC, NSG, NSG_ID, PORT, PROTOCOL, TEXT
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.parts import KustoRows
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.stores.kusto.compared_kql import compared_query, counts_query
from nsgflow_core.stores.kusto.filters_kql import unknown_dimensions
from nsgflow_core.stores.kusto.flows_kql import KqlWriter, row_columns
from nsgflow_core.stores.kusto.literal import kql_literal
from nsgflow_core.stores.kusto.nsgs_kql import WorkspaceNsgs
from nsgflow_core.stores.kusto.tables import TABLES, table_text
from tests.estates.rows import VALUES
from tests.parts.kql.checker import Checked, check_queries
from tests.parts.workspace_schemas import SCHEMAS

HELD = {name: frozenset(schema) for name, schema in SCHEMAS.items()}
SUBNETS = read_subnet_map("name,prefix\nweb,10.1.1.0/24\nsix,fd00:1::/48\nodd,fd00:2::/61\nhost,10.9.9.9/32")
UNKNOWN = unknown_dimensions(KustoRows.ADDED_UP)
A_NAME = ("a 'name' | with \"marks\"", "/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/"
          "networkSecurityGroups/web-nsg")  # fmt: skip
SAMPLES = {
    ENDPOINT.key: ("10.1.2.3", "10.0.0.0/8", "web", "fd00:1::/61", "2001:db8::1", "::/0"),
    PORT.key: ("443", "8000-8100"),
    PROTOCOL.key: ("TCP", "132"),
    TEXT.key: A_NAME,
    NSG.key: A_NAME,
    NSG_ID.key: ("/subscriptions/s/resourceGroups/R/providers/Microsoft.Network/networkSecurityGroups/Web", "guid"),
    MAC.key: ("00:0d:3a:98:82:ce",),
    "interval": ("2026-11-24T10:00:00Z", "2026-11-24"),
}
WINDOW = {"since": "2026-11-01", "until": "2026-11-08"}


def samples(key, operator):
    """What a condition may ask for; nothing where the kind has no text to look into."""
    kind = DIMENSIONS[key].kind
    if OPERATORS[operator].reads_text:
        return ("ssh", 'a "part" %_ \\') if kind.texts else ()
    return kind.words or SAMPLES[kind.key]


def writers():
    one = {name: {name: columns} for name, columns in HELD.items()}
    yield from ((name, KqlWriter(held, SUBNETS)) for name, held in one.items())
    yield "both", KqlWriter(HELD)
    yield "named", KqlWriter(HELD, SUBNETS, nsgs=WorkspaceNsgs.of((), {"guid": "web-nsg"}))


def every_question():
    known = [key for key in DIMENSIONS if key not in UNKNOWN]
    for key in known:
        for operator in OPERATORS:
            for either_way in (False, True) if samples(key, operator) else ():
                made = FlowFilter.from_params(WINDOW | ({"either_way": "1"} if either_way else {}))
                made = made.where(key, *samples(key, operator), operator=operator)
                yield f"{key} {operator} {either_way}", FlowQuery(made, by=(key,))
        yield f"all by {key}", FlowQuery(by=(key,), measures=tuple(MEASURES), order=key, limit=10)
    for measure in MEASURES:
        yield f"{measure} of all", FlowQuery(measures=(measure,))
        yield f"{measure} by port", FlowQuery(by=("port",), measures=(measure,), order=measure, limit=10)
    yield "everything", FlowQuery(by=tuple(known), measures=tuple(MEASURES), order="flows", limit=5)


def test_every_dimension_operator_and_measure_is_accepted_by_microsofts_language_service():
    questions = dict(every_question())
    some = {name: query for name, query in questions.items() if name == "everything" or name.startswith("source is")}
    asked = {"NTANetAnalytics": questions, "both": some, "AzureNetworkAnalytics_CL": some, "named": some}
    queries = {
        f"{where}: {name}": writer.flow_query(query)
        for where, writer in writers()
        for name, query in asked[where].items()
    }
    for where, writer in writers():
        queries |= {
            f"{where}: rows by {order}": writer.rows_query(RowsQuery(order=order)) for order in row_columns(writer.told)
        }
        queries |= {
            f"{where}: values of {key}": writer.values_query(key, 9) for key in DIMENSIONS if key not in UNKNOWN
        }
        queries[f"{where}: extent"] = writer.extent_query()
    checked = check_from_the_rows_on(queries)
    assert len(checked) > 320
    assert {name: found.diagnostics for name, found in checked.items() if found.diagnostics} == {}
    expected = {f"{where}: {name}": list(query.columns) for where in asked for name, query in asked[where].items()}
    answered = {name: [column.split(":")[0] for column in checked[name].columns] for name in expected}
    assert answered == expected


def check_from_the_rows_on(queries: Mapping[str, str]) -> dict[str, Checked]:
    """What the service says of queries; the rows that they begin with are checked once for all that begin so.

    The beginning is most of their text: it is checked whole, and what follows over a table of the columns that the
    service finds in it. Those about everything are checked whole as well.
    """
    made: dict[str, Checked] = {}
    windows = (FlowFilter(), FlowFilter.from_params(WINDOW))
    for beginning in {writer._rows(window) for _, writer in writers() for window in windows}:
        alike = {name: text for name, text in queries.items() if text.startswith(f"{beginning}\n|")}
        if not alike:
            continue
        (rows,) = check_queries({"rows": beginning}).values()
        assert rows.diagnostics == []
        over = {"Rows": dict(column.rsplit(":", 1) for column in rows.columns)}
        made |= check_queries({name: "Rows" + text.removeprefix(beginning) for name, text in alike.items()}, over)
    assert made.keys() == queries.keys()
    whole = check_queries({name: text for name, text in queries.items() if name.endswith(": everything")})
    assert {name: found.columns for name, found in whole.items()} == {name: made[name].columns for name in whole}
    return made | whole


def test_what_changed_between_two_windows_is_accepted_too():
    was, now = FlowFilter.from_params(WINDOW), FlowFilter.from_params({"since": "2026-11-08", "until": "2026-11-10"})
    asked: dict[str, Any] = {name: each.asked(was, now, "subnet", 9).query for name, each in SUBJECTS.items()}
    writer = KqlWriter({"NTANetAnalytics": HELD["NTANetAnalytics"]}, SUBNETS)
    queries = {name: compared_query(writer, query) for name, query in asked.items()}
    queries["counts"] = counts_query(writer, asked["services"])
    queries["all of them"] = compared_query(writer, replace(asked["services"], limit=None))
    checked = check_queries(queries)
    assert {name: found.diagnostics for name, found in checked.items() if found.diagnostics} == {}
    columns = {name: [column.split(":")[0] for column in checked[name].columns] for name in asked}
    assert columns == {name: list(query.columns[:-1]) for name, query in asked.items()}


def test_the_language_service_does_see_a_wrong_column():
    found = check_queries({"bad": "NTANetAnalytics | where SrcIP == 'x'"})
    assert "SrcIP" in found["bad"].diagnostics[0]["message"]


def test_the_table_files_are_valid_kql_as_they_stand():
    checked = check_queries({table.name: table_text(table.file) for table in TABLES})
    assert {name: found.diagnostics for name, found in checked.items()} == {table.name: [] for table in TABLES}
    columns = {name: found.columns for name, found in checked.items()}
    assert columns["NTANetAnalytics"] == columns["AzureNetworkAnalytics_CL"]


def test_no_query_searches_in_part_of_an_address():
    written = [writer.flow_query(query) for _, writer in writers() for _, query in every_question()]
    exactly = [text for text in written if '"ssh"' not in text.lower()]
    assert 200 < len(exactly) < len(written)
    assert not any(" contains " in text for text in exactly)
    exact = KqlWriter(HELD).flow_query(FlowQuery(FlowFilter().where("source", "10.1.2.3")))
    assert '| where src_ip in~ ("10.1.2.3")' in exact


@pytest.mark.parametrize("key", sorted(UNKNOWN))
def test_what_traffic_analytics_drops_is_refused_by_name(key):
    writer = KqlWriter(HELD)
    with pytest.raises(UnsupportedDimension, match=re.escape(DIMENSIONS[key].spoken)):
        writer.flow_query(FlowQuery(by=(key,)))
    with pytest.raises(UnsupportedDimension, match=re.escape(DIMENSIONS[key].spoken)):
        writer.flow_query(FlowQuery(FlowFilter().where(key, VALUES[key][0])))


NASTY = st.text(
    st.sampled_from(["'", '"', "\\", "\n", "\r", "\t", "|", "/", ";", "`", "@", "é", "😀", "\u2028", "\x7f", "a", " "]),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip())
TEXT_KEYS = [key for key in DIMENSIONS if key not in UNKNOWN and DIMENSIONS[key].kind.texts]
ONE_OF_EACH_KIND = {DIMENSIONS[key].kind.key: key for key in TEXT_KEYS}.values()
BREAKING_OUT = ("// | take 1", '" or 1 == 1 | project x = "', "\\", '\\"')


def asked_for(key: str, words: Sequence[str]) -> dict[str, str]:
    """Queries for these words, and for a part of them; a slash makes an NSG's name an id, which is another test."""
    writer = KqlWriter({"NTANetAnalytics": HELD["NTANetAnalytics"]}, SUBNETS)
    names = [word.replace("/", "x") for word in words] if key == "nsg" else words
    made = {"is": (FlowFilter().where(key, *names)), "contains": FlowFilter().where(key, *words, operator="contains")}
    return {f"{key} {operator}": writer.flow_query(FlowQuery(asked)) for operator, asked in made.items()}


def assert_words_stay_words(queries: Mapping[str, str], plain: Mapping[str, str]) -> None:
    """Each query has the shape of that about plain words of the same name."""
    checked = check_from_the_rows_on({**queries, **{f"plain {name}": text for name, text in plain.items()}})
    for name, text in queries.items():
        found, as_plain = checked[name], checked[f"plain {name.split(' of ')[0]}"]
        assert (found.pipes, found.tokens, found.diagnostics) == (as_plain.pipes, as_plain.tokens, []), text


def test_no_word_that_breaks_out_adds_an_operator():
    plain: dict[str, str] = {}
    queries: dict[str, str] = {}
    for key in TEXT_KEYS:
        plain |= asked_for(key, ["plain"])
        for at, word in enumerate(BREAKING_OUT):
            queries |= {f"{name} of {at}": text for name, text in asked_for(key, [word]).items()}
    assert_words_stay_words(queries, plain)


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(NASTY, min_size=10, max_size=10, unique_by=lambda word: word.strip().casefold()))
def test_no_value_of_a_text_filter_adds_an_operator(words):
    plain: dict[str, str] = {}
    queries: dict[str, str] = {}
    for key in ONE_OF_EACH_KIND:
        queries |= asked_for(key, words)
        plain |= asked_for(key, [f"plain{at}" for at in range(len(words))])
    assert_words_stay_words(queries, plain)


def test_only_texts_whole_numbers_and_times_become_literals():
    others: tuple[Any, ...] = (True, 1.5, None, ["a"], b"a")
    for value in others:
        with pytest.raises(TypeError):
            kql_literal(value)
