"""What a store must hold after anything went wrong: what an undisturbed import brings, neither more nor less."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from nsgflow_core.analysis import denied, required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.store import LocalStore


@dataclass(frozen=True)
class Held:
    """Tuples of each blob, and the answers of three questions."""

    blobs: tuple[tuple[str, int, int], ...]
    answers: tuple[Any, ...]


_SUMS = "SELECT part, code, sum(tuples)::BIGINT FROM {lines} GROUP BY ALL HAVING sum(tuples) <> 0 ORDER BY ALL"


def check_tally(store: LocalStore) -> int:
    """The lines of the tally add up to what the rows say; how many lines there are."""
    with store.asking() as connection:
        counted = connection.execute(_SUMS.format(lines="tally")).fetchall()
        rows = f"({tally.OF_FLOWS.format(flows='flows', sign='')})"
        assert counted == connection.execute(_SUMS.format(lines=rows)).fetchall()
        return int(connection.execute("SELECT count(*) FROM tally").fetchall()[0][0])


def held_by(store: LocalStore) -> Held:
    """What a store holds; its ledger and its rows must agree."""
    ledger = tuple(store.blobs()[["name", "tuples", "rejected"]].itertuples(index=False, name=None))
    with duckdb.connect(str(store.path), read_only=True) as connection:
        rows = connection.execute(
            "SELECT b.name, count(*) FROM flows f JOIN blobs b ON b.id = f.blob GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        (total,) = connection.execute("SELECT count(*) FROM flows").fetchall()[0]
    assert rows == [(name, tuples) for name, tuples, _ in ledger if tuples], "every blob's rows are those of its ledger"
    assert total == sum(tuples for _, tuples, _ in ledger)
    check_tally(store)
    questions = (required_ports.services(FlowFilter()), denied.by_rule_and_port(FlowFilter()))
    answers = [question.ask(store).to_csv() for question in questions]
    answers.append(store.fetch(FlowQuery(by=("src", "dst", "port", "rule", "hour"), measures=("tuples",))).to_csv())
    return Held(ledger, tuple(answers))


def leftovers(store: Path) -> list[str]:
    """Files beside a store that are not its own log."""
    allowed = {store.name, f"{store.name}.wal"}
    return sorted(each.name for each in store.parent.iterdir() if each.is_file() and each.name not in allowed)
