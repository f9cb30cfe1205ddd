"""One row is all: a dimension and an operator added in memory work in bar, link, sentence, table, page and engines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.fragments import Fragment
from nsgflow_core.ask.kinds import TEXT, interval, one_of
from nsgflow_core.ask.operators import OPERATORS, Operator
from nsgflow_core.ask.parts import Bar, CellFormat, Ending, Held, Kql, Option, Screen, Sql, Unknown
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.stores.local.store import LocalStore
from tests.parts.kql.checker import check_queries
from tests.stores.log_analytics.test_log_analytics_same_estate import kept, same, stores  # noqa: F401

SIZES = {0: "well-known", 1: "registered", 2: "dynamic"}
PORT_SIZE = Column(
    key="port_size",
    aliases=(),
    label="Port size",
    help="IANA's ranges of ports.",
    kind=one_of(tuple(SIZES.values()), SIZES, is_ranked=True),
    sql=Sql(
        Held.FLOWS,
        "({row}.dst_port >= 1024)::INTEGER + ({row}.dst_port >= 49152)::INTEGER",
        "CASE {made} WHEN 0 THEN 'well-known' WHEN 1 THEN 'registered' ELSE 'dynamic' END",
    ),
    kql=Kql('case(dst_port < 1024, "well-known", dst_port < 49152, "registered", "dynamic")'),
    single=None,
    is_dimension=True,
    end=None,
    screen=Screen(CellFormat.TEXT, 123),
    bar=Bar(99, "Any size", (), is_first=False, width="stretch"),
    option=Option(99, "--port-size", "WORD", "size of the port"),
)
STARTS_WITH = Operator(
    key="starts_with",
    mark="^",
    words="starts with",
    test=Fragment(sql="starts_with(lower({text}), lower({part}))", kql="{text} startswith {part}"),
    excludes=False,
)


def like(key: str, kind, sql: Sql, kql: Kql | Unknown, end: Ending | None = None) -> Column:
    return Column(
        key=key, aliases=(), label=key.capitalize(), help="", kind=kind, sql=sql, kql=kql, single=None,
        is_dimension=True, end=end, screen=Screen(CellFormat.TEXT, None), bar=None, option=None,
    )  # fmt: skip


OF_EVERY_TABLE = (
    PORT_SIZE,
    like(
        "six_hours",
        interval(timedelta(hours=6)),
        Sql(Held.FLOWS, "time_bucket(INTERVAL '6 hours', {row}.time)", "{made}"),
        Kql("bin(interval, 6h)"),
    ),
    like(
        "nsg_start", TEXT, Sql(Held.CONTEXTS, "lower({row}.nsg[1:3])", "{made}"), Kql("tolower(substring(nsg, 0, 3))")
    ),
    like(
        "source_network",
        TEXT,
        Sql(Held.PLACES, "split_part({row}.text, '.', 1)", "{made}"),
        Kql('tostring(split(src_ip, ".")[0])'),
        Ending("src", opposite="source_network"),
    ),
)


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in OF_EVERY_TABLE:
        monkeypatch.setitem(COLUMNS, row.key, row)
    monkeypatch.setitem(OPERATORS, STARTS_WITH.key, STARTS_WITH)


def test_link_and_sentence() -> None:
    made = FlowFilter.from_params({"port_size": "!Dynamic", "rule": "^Allow,=^x"})
    assert made.to_params() == {"rule": "=^x,^Allow", "port_size": "!dynamic"}
    assert FlowFilter.from_params(made.to_params()) == made
    assert made.describe() == (
        "Flows where rule is ^x, and rule starts with Allow, and port size is not dynamic, over all time."
    )


@pytest.mark.parametrize("key", [row.key for row in OF_EVERY_TABLE])
def test_both_engines_group_and_filter_by_the_dimension(stores, key: str) -> None:  # noqa: F811
    local, workspace = stores
    by_it = FlowQuery(kept(), by=(key, "decision"), measures=("flows", "bytes", "sources", "rules"))
    same(*(store.fetch(by_it) for store in stores))
    assert list(local.fetch(by_it)[key]) == list(workspace.fetch(by_it)[key])
    value = COLUMNS[key].kind.write(local.fetch(by_it)[key].iloc[-1])
    assert value in local.values(key)
    part = FlowQuery(kept().where(key, value), by=("port", "source"), measures=("flows",))
    same(*(store.fetch(part) for store in stores))
    whole, only = (local.fetch(FlowQuery(f, measures=("tuples",))) for f in (kept(), kept().where(key, value)))
    without = local.fetch(FlowQuery(kept().where(key, value, operator="is_not"), measures=("tuples",)))
    assert whole["tuples"].sum() == only["tuples"].sum() + without["tuples"].sum()
    assert only["tuples"].sum() > 0
    found = check_queries({key: workspace.explain(by_it)})
    assert found[key].diagnostics == []


def test_both_engines_compare_with_the_operator(stores) -> None:  # noqa: F811
    query = FlowQuery(kept().where("rule", "ALLOW", operator="starts_with"), by=("rule", "port"))
    same(*(store.fetch(query) for store in stores))
    assert set(stores[0].fetch(query)["rule"].str.lower().str[:5]) == {"allow"}
    assert check_queries({"starts": stores[1].explain(query)})["starts"].diagnostics == []


def test_what_kusto_cannot_know_is_refused_with_the_rows_own_reason(stores, monkeypatch) -> None:  # noqa: F811
    unknown = like("half", TEXT, PORT_SIZE.sql, Unknown("half of it is missing"))
    monkeypatch.setitem(COLUMNS, "half", unknown)
    assert "half" in stores[1].unsupported
    with pytest.raises(UnsupportedDimension, match="half of it is missing"):
        stores[1].fetch(FlowQuery(by=("half",)))


def test_bar_page_and_link(opened: Callable[..., AppTest], home: Path) -> None:
    app = opened("overview", rule="^allow")
    everything = app.metric[0].value
    bar = app.multiselect(key="port_size")
    assert (bar.label, bar.options) == ("Port size", ["well-known", "registered", "dynamic"])
    bar.set_value(["!well-known"]).run()
    assert not app.exception
    assert (app.query_params["port_size"], app.query_params["rule"]) == ("!well-known", "^allow")
    shown = next(text.value for text in app.markdown if text.value.startswith("**Flows where"))
    assert "rule starts with allow, and port size is not well" in shown.replace("\\", "")
    store = LocalStore(sample_path(home))
    asked = FlowFilter.from_params({"rule": "^allow", "port_size": "!well-known"})
    flows = int(store.fetch(FlowQuery(asked))["flows"].sum())
    assert app.metric[0].value == f"{flows:,}" != everything


def sample_path(home: Path) -> Path:
    return next((home / "cache").rglob("sample.duckdb"))


def _table() -> None:
    import pandas as pd

    from nsgflow_core.ui.parts import tables

    frame = pd.DataFrame({"port_size": ["dynamic"], "flows": [5]})
    tables.show(frame, tables.TableView("Sizes", "sizes"))


def test_table() -> None:
    app = AppTest.from_function(_table).run()
    assert not app.exception
    shown = json.loads(app.dataframe[0].proto.columns)["port_size"]
    assert (shown["label"], shown["width"], shown["help"]) == (PORT_SIZE.label, 123, PORT_SIZE.help)


def test_command_line(home: Path, capfdbinary: pytest.CaptureFixture[bytes], opened: Callable[..., AppTest]) -> None:
    opened("overview")
    words = ["--by", "port_size", "--port-size", "!dynamic", "--rule", "^allow"]
    assert main(["summarize", "--store", str(sample_path(home)), *words]) == 0
    table = pd.read_csv(io.BytesIO(capfdbinary.readouterr().out))
    assert list(table["port_size"]) == ["well-known", "registered"]
