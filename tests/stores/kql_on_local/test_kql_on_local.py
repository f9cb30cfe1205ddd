# ruff: noqa: E501, SIM905
"""KQL over local logs: the article's own queries run, and a query reaches nothing but the two tables."""

from __future__ import annotations

import re
import tempfile

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import Cancelled, InputError, NsgflowError
from nsgflow_core.stores.kql_on_local import asking
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.examples import EXAMPLES
from nsgflow_core.stores.kql_on_local.tables.writing import measure_store
from nsgflow_core.stores.stopping import Stop
from tests.parts.workspace_schemas import SCHEMAS

BASE = """AzureNetworkAnalytics_CL
| where SubType_s == "FlowLog"
"""
BETWEEN = (
    BASE
    + """| extend Direction = case(FlowDirection_s == 'O', 'Outbound', FlowDirection_s == 'I','Inbound', FlowDirection_s)
| extend Access = case(FlowStatus_s == 'A', 'Allowed', FlowStatus_s == 'D', 'Denied', FlowStatus_s )
| extend Protocol = case(L4Protocol_s == 'T', "TCP", L4Protocol_s == 'U', "UDP", L4Protocol_s)
| project TimeGenerated, Direction, Access, SrcIP_s, DestIP_s, DestPort_d, Protocol, L7Protocol_s, NSGRule_s
| where SrcIP_s contains "{0}" and DestIP_s contains "{1}"
"""
)


@pytest.fixture(scope="module")
def engine(three_hours):
    return KqlOnLocal(three_hours)


def test_the_articles_queries_run_on_raw_blobs(engine):
    everything = engine.run(EXAMPLES["All flows"])
    assert (
        list(everything.columns)
        == "FlowType_s FlowEndTime_t SrcIP_s DestIP_s DestPort_d L4Protocol_s L7Protocol_s".split()
    )
    pair = everything.loc[0, ["SrcIP_s", "DestIP_s"]]
    found = engine.run(BETWEEN.format(*pair))
    assert len(found) > 0
    assert set(found["Direction"]) <= {"Inbound", "Outbound"}
    assert set(found["Access"]) <= {"Allowed", "Denied"}
    assert set(found["Protocol"]) <= {"TCP", "UDP"}


def test_columns_and_types_are_those_of_the_tables(engine):
    for name, documented in SCHEMAS.items():
        held = engine.run(f"{name} | take 1")
        assert set(held.columns) <= set(documented)
        assert len(held) == 1


def test_denied_flows_are_those_of_the_store(engine, three_hours):
    kql = engine.run(
        "NTANetAnalytics | where FlowStatus == 'Denied' | summarize n = sum(DeniedInFlows + DeniedOutFlows)"
    )
    asked = FlowFilter().where("decision", "Denied").where("log_kind", "VNet")
    counted = three_hours.fetch(FlowQuery(asked, by=("direction",), measures=("flows",)))
    assert int(kql["n"][0]) == int(counted["flows"].sum())


ATTACKS = [
    "['/etc/passwd'] | take 1",
    "['/etc/passwd.csv'] | take 1",
    "['{csv}'] | take 1",
    "['read_csv(''/etc/passwd'')'] | take 1",
    "read_csv('/etc/passwd') | take 1",
    "read_text('/etc/passwd') | take 1",
    "glob('/etc/*') | take 1",
    "print x = getenv('HOME')",
    "print x = read_text('/etc/passwd')",
    "externaldata(x: string) ['file:///etc/passwd']",
    "ATTACH '/tmp/x.duckdb' AS x",
    "COPY NTANetAnalytics TO '/tmp/nsgflow-copied.csv'",
    "print 1; COPY NTANetAnalytics TO '/tmp/nsgflow-copied.csv'",
    ".drop table NTANetAnalytics",
    ".set-or-replace NTANetAnalytics <| print x = 1",
    "SET enable_external_access = true",
    "engine | take 1",
    "rows | take 1",
    "cluster('x').database('y').NTANetAnalytics | take 1",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_query_reaches_a_file_the_network_a_setting_or_python(engine, tmp_path, attack):
    secret = tmp_path / "secret.csv"
    secret.write_text("word\nopen sesame\n")
    with pytest.raises(NsgflowError) as refused:
        engine.run(attack.replace("{csv}", str(secret)))
    assert "sesame" not in str(refused.value)
    assert len(engine.run("NTANetAnalytics | take 1")) == 1


@pytest.mark.parametrize(
    "sql",
    ["ATTACH '/tmp/x.duckdb'", "COPY (SELECT 1) TO '/tmp/nsgflow-copied.csv'", "SELECT * FROM read_text('/etc/passwd')",
     "SELECT * FROM glob('/etc/*')", "SELECT * FROM '/etc/passwd.csv'", "SELECT getenv('HOME')", "INSTALL httpfs",
     "SET enable_external_access = true", "RESET lock_configuration", "SELECT * FROM tmp_path"],
)  # fmt: skip
def test_even_sql_could_not_leave_the_locked_database(engine, sql):
    tmp_path = pd.DataFrame({"a": [1]})  # a Python variable that DuckDB would find by name
    assert len(tmp_path) == 1
    with pytest.raises(Exception, match=re.compile("disabled|locked|does not exist|Cannot|permission", re.I)):
        asking.open_locked(engine.tables).execute(sql).fetchall()


def test_an_operator_that_is_missing_is_named_and_bad_kql_is_explained(engine):
    with pytest.raises(InputError, match="scan"):
        engine.run("NTANetAnalytics | scan with (step a: true;)")
    with pytest.raises(InputError, match="nearest: where"):
        engine.run("NTANetAnalytics | wherex SrcIp == 'a'")
    with pytest.raises(InputError, match="There is no table Nowhere"):
        engine.run("Nowhere | take 1")
    with pytest.raises(InputError, match="NTANetAnalytics has no column SrcIP; nearest: SrcIp"):
        engine.run("NTANetAnalytics | where SrcIP == 'a'")


def test_the_chart_that_is_asked_for_is_said(engine):
    assert engine.run("NTANetAnalytics | count | render piechart with (title='x')").attrs["render"] == "piechart"
    assert "render" not in engine.run("NTANetAnalytics | count").attrs


def test_the_making_of_tables_ends_when_nobody_waits_and_leaves_no_file(three_hours, tmp_path, monkeypatch):
    stop = Stop()

    def read_and_wish(*asked):
        measured = measure_store(*asked)
        stop.wish()
        return measured

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("nsgflow_core.stores.kql_on_local.engine.measure_store", read_and_wish)
    for _ in ("while tables are written", "while the store is read"):
        with stop.minded(), pytest.raises(Cancelled):
            KqlOnLocal(three_hours)
    assert list(tmp_path.iterdir()) == []
