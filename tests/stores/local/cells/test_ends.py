"""Hours of each end, and flows of one kind of log, are the same asked of the tables beside the flows and of these."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.coverage import parity
from nsgflow_core.coverage.arrived import LOGGED, ask_arrived
from nsgflow_core.coverage.parity import FLOW, ONLY, _of_questions, ask_parity
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.proof.hours import MET_COLUMNS, OWN
from nsgflow_core.stores.local import answering, versions
from nsgflow_core.stores.local.cells.tables import ENDS
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.naming import spelled
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.rows import START, SUBNETS, Logged
from tests.stores.local.cells.test_same_answers import exact, grow
from tests.stores.local.cells.test_upkeep import logged

MINUTE = timedelta(minutes=1)
STRANGER = "192.0.2.77"


def estate() -> list[Logged]:
    """Both ends, both kinds of log, edges of hours, IPv6, platform rows, denials, the Internet."""
    chance = random.Random(3)
    made = []
    for at in range(160):
        version, denied = chance.choice((2, 4)), chance.random() < 0.2
        state = "D" if denied and version == 4 else "B" if denied else chance.choice("BCE")
        counters = [chance.randint(0, 2) for _ in range(4)] if state in "CE" else None
        hosts = ("10.0.1.4", "10.0.2.4", "fd00::4", STRANGER)
        seconds = 3_600 * chance.randint(0, 5) + chance.choice((0, 3, 59, 60, 1_800, 3_539, 3_540, 3_599))
        told = {"denied": denied, "state": state, "counters": counters, "direction": chance.choice("IO")}
        made.append(
            logged(seconds, version, src=chance.choice(hosts), dst=chance.choice(hosts), **told,
                   rule=chance.choice(("UserRule_allow-web", "PlatformRule")), mac=f"00005E00530{at % 3}")
        )  # fmt: skip
    return made


ESTATE = estate()
ALL = FlowFilter()
CUT = FlowFilter(START + 30 * MINUTE, START + 181 * MINUTE)
OPEN = FlowFilter(START + 90 * MINUTE, None)
WITHIN_AN_HOUR = FlowFilter(START + 61 * MINUTE, START + 100 * MINUTE)


def told(store: LocalStore, window: FlowFilter) -> list[pd.DataFrame]:
    arrived = ask_arrived(store, window)
    frames = zip((arrived.logged, arrived.hours.own, arrived.hours.met), (LOGGED, OWN, MET_COLUMNS), strict=True)
    texts = {"log_kind": "str", "target": "str", "mac": "str", "nic": "str", "address": "str", "direction": "str"}
    return [
        frame.astype({name: kind for name, kind in texts.items() if name in frame})
        .sort_values(list(columns), ignore_index=True)[list(columns)]
        for frame, columns in frames
    ]  # fmt: skip


def agree(store: LocalStore, *windows: FlowFilter) -> None:
    """Each window is answered by lines, as by the flows."""
    with store_file(store.path).reading():
        for window in windows:
            assert store.ends_by_hour(window), window.describe()
            found = told(store, window)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(answering.EXACT, "1")
                assert store.ends_by_hour(window) is None
                wanted = told(store, window)
            for one, other in zip(found, wanted, strict=True):
                pd.testing.assert_frame_equal(one, other, obj=window.describe())
            assert all(map(len, wanted))


def test_stores_that_grow_and_subnets_that_name_a_stranger(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    for size, step in ((60, 25), (len(ESTATE), 1_000)):
        grow(tmp_path, store, ESTATE[:size], step)
        agree(store, ALL, CUT)
    agree(store, OPEN)
    assert store.ends_by_hour(WITHIN_AN_HOUR) is None
    named = SubnetMap((Subnet("leased", parse_prefix(f"{STRANGER}/32")),))
    assert LocalStore(store.path, subnets=named).ends_by_hour(ALL) is None
    store.save_subnets(named)
    assert store.ends_by_hour(ALL) is None, "the lines left this address out as one of the Internet"
    store.save_subnets(SUBNETS)
    agree(store, CUT)


def test_log_entries_counted_by_lines(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    grow(tmp_path, store, ESTATE, 70)
    parts = (CUT, ALL.where("direction", "Inbound"), OPEN.where("mac", "00005E005300").where("weekday", "Monday"))
    for by in (("hour", "log_kind"), ("target", "mac"), ("day", "direction"), ()):
        for part in parts:
            query = FlowQuery(part, by, ("tuples",))
            assert "FROM own_hours" in store.explain(query)
            assert store.fetch(query).equals(exact(store, query)), query
    assert "own_hours" not in store.explain(FlowQuery(CUT, ("nsg",), ("tuples",)))


def test_flows_of_both_kinds_of_log_are_counted_for_each_nic(tmp_path: Path) -> None:
    """In the rows of the same statement, where a NIC may have no others."""
    store = LocalStore(tmp_path / "f.duckdb")
    grow(tmp_path, store, ESTATE, 70)
    window, macs = (START, START + timedelta(hours=2)), sorted(store.values("mac", 100))
    found = store.kinds_compared(dict.fromkeys(macs, window))
    assert found
    both, alone = found
    wanted, wanted_alone = _of_questions(store, *window, frozenset(macs))
    pd.testing.assert_series_equal(both, wanted.sort_index(), check_names=False, check_index_type=False)
    assert alone["log_kind"].value_counts().to_dict() == wanted_alone["log_kind"].value_counts().to_dict()
    assert both.sum()
    assert len(alone)


def test_flows_that_one_kind_of_log_alone_has(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    grow(tmp_path, store, ESTATE, 70)
    assert store.kinds_compared({"00005E005300": (START, START + timedelta(hours=2))})
    assert store.kinds_compared({"00005E005300": (START, START + 90 * MINUTE)}) is None
    some = 0
    for window in (ALL, CUT):
        arrived = ask_arrived(store, window)
        found = ask_parity(store, window, arrived)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(answering.EXACT, "1")
            wanted = ask_parity(store, window, arrived)
        pd.testing.assert_frame_equal(found.logs, wanted.logs)
        pd.testing.assert_frame_equal(in_order(found.only), in_order(wanted.only))
        assert found.only["nsg_log"].is_monotonic_increasing
        some += len(wanted.only) * int(wanted.logs["both"].sum())
    assert some


def in_order(only: pd.DataFrame) -> pd.DataFrame:
    """Flows with their texts as such, in an order of their own."""
    texts = dict.fromkeys(("nsg_log", "only_in", *(name for name in FLOW if name != "port")), "str")
    return only.astype(texts).sort_values(list(ONLY), ignore_index=True)


def quiet_nics() -> list[Logged]:
    """NICs that both kinds of log hold in some hours, each in others; some flows are in one kind alone."""
    made = []
    for at, hours in enumerate(itertools.combinations(range(8), 2)):
        for number, (version, hour) in enumerate(itertools.product((2, 4), hours)):
            made.append(
                logged(3_600 * hour + 600, version, src=f"10.0.2.{at + 4}", dst="10.0.1.4", state="B", denied=False,
                       direction="O", rule="UserRule_allow-web", mac=f"00005E0053{at:02X}",
                       port=443 + (at % 3 == 0) * number)
            )  # fmt: skip
    return made


def test_nics_with_a_window_each_are_compared_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    grow(tmp_path, store, quiet_nics())
    arrived = ask_arrived(store, ALL)
    found = ask_parity(store, ALL, arrived)
    assert found.left_out == 0
    assert (int(found.logs["nics"].sum()), int(found.logs["both"].sum())) == (28, 18)
    assert len(found.only) == 40
    monkeypatch.setenv(answering.EXACT, "1")
    some = ask_parity(store, ALL, arrived)
    assert (some.left_out, int(some.logs["nics"].sum())) == (28 - parity.MOST_WINDOWS, parity.MOST_WINDOWS)
    monkeypatch.setattr(parity, "MOST_WINDOWS", 28)
    wanted = ask_parity(store, ALL, arrived)
    pd.testing.assert_frame_equal(found.logs, wanted.logs)
    pd.testing.assert_frame_equal(in_order(found.only), in_order(wanted.only))


def test_a_file_of_the_version_before_gets_its_lines(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    grow(tmp_path, store, ESTATE[:60])
    (before,) = [at for at, step in enumerate(versions.STEPS, 1) if step.sql == ENDS]
    with store._changing("Test") as change:
        for name in ("own_hours", "met_hours", "outside"):
            change.connection.execute(f"DROP TABLE {name}")
        for logged in spelled.LOGGED.values():  # a later step brings them
            change.connection.execute(f"ALTER TABLE contexts DROP COLUMN {logged}")
        change.connection.execute("UPDATE meta SET value = $v WHERE key = 'schema'", {"v": str(before)})
    agree(LocalStore(store.path), CUT)
