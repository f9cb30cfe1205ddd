"""A question of one direction of a file with one kind of log spares a stage, and is answered as before."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.stores.local.answering import EXACT
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, keep, row, store_of

MEASURES = ("flows", "packets", "bytes", "first_seen", "last_seen", "dst_to_src_packets")
BY = (("src_ip", "dst_ip", "protocol", "port"), ("rule",), ("source", "port"), ())


def _rows(seed: int, kind: str) -> list[dict[str, object]]:
    rng = random.Random(seed)
    hosts = [f"10.0.{rng.randint(0, 2)}.{rng.randint(4, 7)}" for _ in range(8)]
    return [
        row(
            (rng.choice(hosts), rng.choice(hosts), "TCP", rng.choice([22, 443])),
            START,
            direction=rng.choice(["Inbound", "Outbound"]),
            rule=rng.choice(["one", "two"]),
            nsg=rng.choice(["a-nsg", "b-nsg"]),
        )
        | {"flow_state": rng.choice(["Begin", "Continuing", "End"]), "log_kind": kind}
        for _ in range(60)
    ]


def _questions() -> list[FlowQuery]:
    asked = [FlowFilter().where("direction", way) for way in ("Inbound", "Outbound")]
    asked += [each.where("decision", "Allowed") for each in asked] + [FlowFilter()]
    return [FlowQuery(each, by, MEASURES) for each in asked for by in BY]


@pytest.mark.usefixtures("tables_when_asked_for")
@pytest.mark.parametrize("seed", range(4))
def test_answers_with_one_kind_and_with_both_are_those_of_all_stages(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(EXACT, raising=False)
    store = store_of(tmp_path / "flows.duckdb", _rows(seed, "VNet"), SUBNETS)
    one = FlowQuery(FlowFilter().where("direction", "Inbound"), BY[0], MEASURES)
    assert "largest" not in store.explain(one)
    _compare(store, monkeypatch)
    keep(store, "nsg.json", pa.Table.from_pylist(_rows(seed, "NSG"), schema=FLOW_SCHEMA))
    assert "largest" in store.explain(one)
    _compare(store, monkeypatch)


def _compare(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for query in _questions():
        found = store.fetch(query)
        with monkeypatch.context() as context:
            context.setenv(EXACT, "1")
            pd.testing.assert_frame_equal(found, store.fetch(query))
