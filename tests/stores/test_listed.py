"""A listed answer is the fetched one in any order, its texts as categories in the order of their texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.base import listed
from nsgflow_core.stores.categories import above_one_another, all_alike, category_places, in_common, numbered, respelled
from nsgflow_core.stores.local import frame
from nsgflow_core.stores.local.answering import EXACT
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, row, store_of


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    ends = [("10.0.1.4", "10.0.2.4"), ("10.0.2.4", "192.0.2.9"), ("2001:db8::1", "10.0.1.4")]
    rows = [row((*pair, "TCP", port), START) for pair in ends for port in (443, 53)]
    made = store_of(tmp_path_factory.mktemp("listed") / "flows.duckdb", rows, SUBNETS)
    made.work_out_ahead(least=0)
    return made


class Bare:
    """A store that cannot list."""

    def __init__(self, store: LocalStore) -> None:
        self.fetch = store.fetch


@pytest.mark.parametrize("few", [0, 2_000])
@pytest.mark.parametrize("exact", ["", "1"])
def test_every_dimension_is_listed_as_it_is_fetched(
    store: LocalStore, exact: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EXACT, exact)
    monkeypatch.setattr(frame, "_FEW", few)
    for name in DIMENSIONS:
        by = ("src_ip", "port") if name in ("src_ip", "port") else (name, "src_ip", "port")
        query = FlowQuery(FlowFilter(), by, ("flows", "tuples", "first_seen"))
        fetched = store.fetch(query)
        for found in (store.listed(query), listed(Bare(store), query)):  # type: ignore[arg-type]
            texts = [each for each in by if isinstance(found[each].dtype, pd.CategoricalDtype)]
            assert texts == [each for each in by if fetched[each].dtype == "str"]
            assert all(list(found[each].cat.categories) == sorted(set(fetched[each])) for each in texts)
            spelled = found.astype(dict.fromkeys(texts, "str"))
            one, other = (frame.sort_values(list(by), ignore_index=True) for frame in (spelled, fetched))
            pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_words_that_are_told_by_one_number_are_asked_for_together_and_those_of_nothing_never(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each took a statement of its own, which reads all contexts: 4 of the 6 of a question of Coverage."""
    asked, answer = list[Statement](), LocalStore.table

    def noted(self: LocalStore, statement: Statement) -> pa.Table:
        asked.append(statement)
        return answer(self, statement)

    monkeypatch.setattr(LocalStore, "table", noted)
    query = FlowQuery(by=("src_ip", "dst_ip", "protocol", "direction", "decision", "nsg", "rule", "mac"))
    assert not store.listed(query).empty
    assert len(asked) == 3, "the groups, their addresses and their words"
    asked.clear()
    nothing = store.listed(FlowQuery(FlowFilter().where("source", "no such subnet"), query.by))
    assert (len(asked), nothing.empty, tuple(nothing.columns)) == (1, True, query.columns)


def test_what_is_cut_is_listed_cut(store: LocalStore) -> None:
    query = FlowQuery(by=("src_ip",), order="flows", limit=1)
    assert store.listed(query)["src_ip"].tolist() == store.fetch(query)["src_ip"].tolist()


def test_categories_are_joined_named_and_numbered() -> None:
    one, two = (pd.Series(pd.Categorical(list(texts))) for texts in ("bab", "ca"))
    assert [list(each.cat.categories) for each in in_common(one, two)] == [["a", "b", "c"]] * 2
    every = above_one_another(one, two)
    assert every.tolist() == list("babca")
    assert category_places(every).tolist() == [1, 0, 1, 2, 0]
    alike = respelled(every, lambda text: "x" if text in "ac" else text)
    assert alike.tolist() == list("bxbxx")
    assert list(alike.cat.categories) == ["b", "x"]
    assert respelled(one[:0], str.upper).tolist() == []
    assert all_alike("b", 2, ["a", "b"]).cat.codes.tolist() == [1, 1]


def test_rows_of_many_wide_columns_are_told_apart() -> None:
    dice = np.random.default_rng(7)
    wide = [np.append(dice.integers(0, 1 << 40, 50), [5, 5, 1 << 40]).astype(np.int64) for _ in range(4)]
    wide[3][-2] = 6
    found, rows = numbered(wide), list(zip(*wide, strict=True))
    assert len(set(found.tolist())) == len(set(rows)) == 53
    wide[3][-2] = 5
    found = numbered(wide)
    assert found[-2] == found[-3]
