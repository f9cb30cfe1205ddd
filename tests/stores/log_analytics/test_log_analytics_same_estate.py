"""One estate, written as blobs and as Traffic Analytics rows: both engines give the same answers.

Allowed differences, each undone before comparing:
- case: Traffic Analytics writes rule names in lower case, so `rule` and `rules` are compared without it;
- aggregation: rows are hourly, so windows start and end on the hour, and `tuples` (rows here) is not compared;
- platform and encryption-drop rows have words of their own for the rule there: those rules are left out;
- packed addresses: one row's first and last time serve all public addresses packed in it, so for a single public
  address they enclose the true ones (checked), and are equal everywhere else (checked);
- NSG ids: the rows have a subscription of their own, so NSGs are named by guid and name only;
- version 1 and 2 NSG tuples in one viewpoint: there counted together before the larger of started and ended is taken.
"""

from __future__ import annotations

import pandas as pd
import pytest

from nsgflow_core.analysis import denied, required_ports
from nsgflow_core.analysis.compared import changes
from nsgflow_core.ask.compared import Notable
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.sources.sample.source import SampleSource, sample_named_inventory, sample_nsg_names, sample_subnets
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.words.vocabulary import Decision, protocol_number
from tests.estates.traffic_analytics import is_public, rows_of
from tests.parts.stub_workspace import StubWorkspace

INSIDE = AddressNames(sample_named_inventory().address_names.behind)
"""What Azure knows: its own resources, nothing of public addresses."""
NAMED = {"source_name": "~SHOP"}
DROPPED = ("Platform", "Unspecified")


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    subnets, names = sample_subnets(), {key: name for key, name in sample_nsg_names().items() if "/" not in key}
    local = LocalStore(
        tmp_path_factory.mktemp("estate") / "flows.duckdb", subnets=subnets, nsg_names=names, names=INSIDE
    )
    source = SampleSource()
    hours = sorted({blob.hour for blob in source.blobs() if blob.hour})
    middle = hours[len(hours) // 2].replace(hour=8)
    import_flows(source, local, since=middle, until=middle + pd.Timedelta(hours=6))
    tuples = local.rows(RowsQuery(limit=None, descending=False))
    tuples["nsg_id"] = tuples["nsg"]
    tuples["protocol"] = [protocol_number(name) for name in tuples["protocol"]]
    public = tuples.loc[tuples["decision"] == "Denied", "src_ip"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NSGFLOW_LOGS_TOKEN", "stub")
        rows = rows_of(tuples, {}, malicious=public.head(1), address_names=INSIDE)
        with StubWorkspace(rows) as stub:
            yield local, LogAnalyticsStore("ws", endpoint=stub.url, subnets=subnets, nsg_names=names)


def kept(**params):
    return FlowFilter.from_params(params).where("rule_kind", *DROPPED, operator="is_not")


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    made = []
    for frame in (left, right):
        frame = frame.copy()
        for name in ("rule", "nsg"):
            if name in frame:
                frame[name] = frame[name].str.lower()
        if "rules" in frame:
            frame["rules"] = ["; ".join(sorted(str(rule).lower() for rule in rules)) for rules in frame["rules"]]
        for name in frame.columns:
            if pd.api.types.is_numeric_dtype(frame[name]):
                frame[name] = frame[name].astype("int64")
        keys = [name for name in frame.columns if name not in ("first_seen", "last_seen")]
        made.append(frame.sort_values(keys).reset_index(drop=True))
    local, workspace = made
    if "first_seen" in local:
        ends = [name for name in ("src_ip", "source", "destination") if name in local]
        packed = local[ends].map(is_public).any(axis=1)
        assert (workspace["first_seen"] <= local["first_seen"]).all()
        assert (workspace["last_seen"] >= local["last_seen"]).all()
        for name in ("first_seen", "last_seen"):
            workspace[name] = workspace[name].where(~packed, local[name])
    pd.testing.assert_frame_equal(local, workspace, check_dtype=False)
    assert len(left) > 0


@pytest.mark.parametrize("by", ["subnet", "address"])
def test_required_ports(stores, by):
    same(*(required_ports.services(kept(), by).ask(store) for store in stores))


def test_denied(stores):
    same(*(denied.by_rule_and_port(kept()).ask(store) for store in stores))


@pytest.mark.parametrize(
    ("by", "measures"),
    [
        (("source", "destination", "decision"), ("flows", "bytes", "ports")),
        (("hour", "decision"), ("flows", "packets")),
        (("direction", "log_kind"), ("flows", "src_to_dst_bytes", "dst_to_src_packets", "days")),
        (("week", "weekday"), ("flows", "bytes", "days")),
        (("rule", "rule_kind"), ("flows",)),
        (("src_ip", "dst_ip", "protocol", "port", "day", "rule"), ()),
        (("src_ip", "source"), ("flows", "destinations", "first_seen", "last_seen")),
        (("source_name", "destination_name"), ("flows", "bytes", "destinations")),
        ((), ("flows", "bytes", "sources", "destinations", "ports")),
    ],
)
def test_summarize(stores, by, measures):
    same(*(store.fetch(FlowQuery(kept(), by=by, measures=measures)) for store in stores))


@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("decision", list(Decision))
def test_what_changed(stores, decision, limit):
    """The second half of the hours against the first."""
    first, last = (pd.Timestamp(end) for end in (stores[0].extent().first, stores[0].extent().last))
    middle, end = first.floor("h") + pd.Timedelta(hours=3), last.ceil("h")
    was, now = kept().within(first.floor("h"), middle), kept().within(middle, end)
    asked = changes.compare(was, now, "address", decision, Notable(1.2, 1), limit)
    local, workspace = (asked.ask(store) for store in stores)
    same(local, workspace)
    assert local["change"].tolist() == workspace["change"].tolist()
    assert len(set(local["change"])) > 1


@pytest.mark.parametrize(
    "params",
    [
        {"weekday": "!Sunday"},
        {"src": "~10.", "dst": "!~9"},
        {"rule": "~WEB,~sql"},
        {"nsg": "!~e"},
        {"mac": "!~ff-ff"},
        {"source_name": "~SHOP"},
    ],
)
def test_filters(stores, params):
    query = FlowQuery(kept(**params), by=("src_ip", "port", "decision"))
    same(*(store.fetch(query) for store in stores))
