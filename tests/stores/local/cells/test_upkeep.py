"""The tables beside the flows are right or not used: whatever was stored, replaced, renamed, retired or killed."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local import answering
from nsgflow_core.stores.local.cells import making
from nsgflow_core.stores.local.cells.tables import CELL_TABLES as TABLES
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.backup import back_up
from tests.conftest import ROOT
from tests.estates.rows import NAMES, START, SUBNETS, Logged
from tests.stores.local.cells.test_same_answers import exact, grow

pytestmark = pytest.mark.usefixtures("tables_when_asked_for")

PAIRS = FlowQuery(
    FlowFilter(), ("src_ip", "dst_ip", "port", "decision", "nsg"), ("flows", "bytes", "rules", "first_seen", "sources")
)
HOURLY = FlowQuery(FlowFilter(), ("hour", "source"), ("flows", "packets", "tuples"))


def logged(seconds: int, version: int = 4, **told: object) -> Logged:
    """A tuple of web-nsg to 10.0.2.4:443."""
    is_vnet = version == 4
    return {
        "version": version, "seconds": seconds, "src": "10.0.1.4", "dst": "10.0.2.4", "src_port": 50_000, "port": 443,
        "protocol": 6, "direction": "I", "denied": False, "state": "B", "counters": None, "nsg": "web-nsg",
        "rule": "UserRule_allow-web", "mac": "00005E005301" if is_vnet else "00005E005302",
    } | told  # fmt: skip


ESTATE = [
    *(logged(seconds, version) for seconds in (10, 700, 3_900) for version in (2, 4)),
    *(logged(20 + place, src=f"192.0.2.{place}", denied=True, state="D") for place in range(1, 9)),
    logged(7_300, src="10.0.1.200", direction="O", rule="DefaultRule_DenyAllInBound"),
    logged(7_301, src="10.0.1.200"),
]


def is_ahead(store: LocalStore) -> bool:
    return "once_rows" in store.explain(PAIRS)


def agree(store: LocalStore) -> None:
    for query in (PAIRS, HOURLY):
        assert store.fetch(query).equals(exact(store, query)), query


def held(store: LocalStore, table: str) -> int:
    with store.asking() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    made = LocalStore(tmp_path / "flows.duckdb")
    grow(tmp_path, made, ESTATE)
    assert is_ahead(made)
    assert held(made, "once") > 8
    assert held(made, "hours") > 0
    return made


def test_a_small_store_has_none_and_a_store_that_is_missing_stays_so(tmp_path: Path) -> None:
    made = LocalStore(tmp_path / "flows.duckdb")
    assert made.work_out_ahead(0) == 0
    assert not made.path.exists()
    grow(tmp_path, made, ESTATE[:4], least=1_000)
    assert not is_ahead(made)


def test_only_a_cut_hour_is_read_from_the_flows(store: LocalStore) -> None:
    """An end behind the last flow, or before the first, cuts none."""
    extent = store.extent()
    assert extent.first
    assert extent.last
    behind = extent.last + timedelta(seconds=9)
    since = extent.first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    cut = {(None, None): 0, (extent.first, behind): 0, (since, behind): 0, (since, extent.last): 1}
    cut |= {(since - timedelta(minutes=50), behind): 1, (since - timedelta(minutes=50), extent.last): 2}
    for window, edges in cut.items():
        asked = HOURLY.narrowed(FlowFilter(*window))
        _, _, edge = store.explain(asked).partition("edge AS")
        assert edge.partition("GROUP BY")[0].count("f.time >=") == edges
        assert store.fetch(asked).equals(exact(store, asked))


def test_what_comes_is_taken_in_where_it_belongs(tmp_path: Path, store: LocalStore) -> None:
    """A key of one hour that comes again in another, in its own, and in one that the tables know already."""
    keys = held(store, "keys")
    more = [*ESTATE, logged(9_000, src="192.0.2.3", denied=True, state="D"), logged(40, src="192.0.2.4"), logged(3_950)]
    grow(tmp_path, store, more)
    assert is_ahead(store)
    assert held(store, "keys") == keys + 1
    agree(store)


def test_a_replaced_blob_has_them_made_anew(tmp_path: Path, store: LocalStore) -> None:
    for path in (tmp_path / "logs").rglob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"443", b"444"))
    import_flows(FolderSource(tmp_path / "logs"), store)
    assert not is_ahead(store)
    agree(store)
    assert store.work_out_ahead(0) == len(ESTATE)
    assert is_ahead(store)
    agree(store)


def test_names_that_merge_nsgs_and_split_them_again(store: LocalStore) -> None:
    """Their groups are worked out until the tables are made anew; nothing else has to be."""
    for names in (NAMES, dict.fromkeys(NAMES, "one"), {}):
        store.save_nsg_names(names)
        assert is_ahead(store)
        agree(store)
        store.work_out_ahead(0)
        agree(store)
        other = LocalStore(store.path, nsg_names=dict.fromkeys(NAMES, "other"))
        agree(other)


def test_subnets_label_what_is_there(store: LocalStore) -> None:
    store.save_subnets(SUBNETS)
    assert is_ahead(store)
    agree(store)


def test_a_backup_has_them_and_goes_on(tmp_path: Path, store: LocalStore) -> None:
    copy = LocalStore(tmp_path / "copy.duckdb")
    back_up(store, copy.path)
    assert is_ahead(copy)
    agree(copy)
    grow(tmp_path, copy, [*ESTATE, logged(11_000)])
    agree(copy)


def test_they_are_turned_off(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(answering.EXACT, "1")
    assert not is_ahead(store)


def test_a_kill_between_a_commit_and_its_tables(
    tmp_path: Path, store: LocalStore, caplog: pytest.LogCaptureFixture
) -> None:
    """What was stored is answered from the flows, the next opening says so, and the next import brings them in step."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom nsgflow_core.stores.local.store import LocalStore\n"
        "from tests.stores.local.cells.test_upkeep import ESTATE, logged\n"
        "from tests.stores.local.cells.test_same_answers import grow\n"
        "LocalStore.work_out_ahead = lambda *_: os.kill(os.getpid(), 9)\n"
        "grow(Path(sys.argv[1]), LocalStore(Path(sys.argv[2])), [*ESTATE, logged(12_000), logged(12_001, 2)])\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(store.path)], cwd=ROOT, check=False, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr
    assert store.extent().tuples == len(ESTATE) + 2
    answering._ASKED.clear()
    assert not is_ahead(store)
    agree(store)
    (told,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert f"lack 2 of {len(ESTATE) + 2:,} log entries" in told
    assert store.work_out_ahead(0) == 2
    assert is_ahead(store)
    agree(store)
    answering._ASKED.clear()
    agree(store)
    assert len([each for each in caplog.records if each.levelname == "WARNING"]) == 1


def test_a_kill_within_a_step_leaves_the_tables_as_they_were(tmp_path: Path, store: LocalStore) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom nsgflow_core.stores.local.cells import making\n"
        "from nsgflow_core.stores.local.store import LocalStore\n"
        "from tests.stores.local.cells.test_upkeep import ESTATE, logged\n"
        "from tests.stores.local.cells.test_same_answers import grow\n"
        "making._add_hours = lambda *_, **__: os.kill(os.getpid(), 9)\n"
        "grow(Path(sys.argv[1]), LocalStore(Path(sys.argv[2])), [*ESTATE, logged(12_000)])\n"
    )
    before = [held(store, table) for table in TABLES]
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(store.path)], cwd=ROOT, check=False, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr
    assert [held(store, table) for table in TABLES] == before
    agree(store)
    assert store.work_out_ahead(0) == 1
    agree(store)


def test_no_tables_are_made_of_flows_that_hardly_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_SAMPLE", 1)
    store = LocalStore(tmp_path / "flows.duckdb")
    monkeypatch.setattr(making, "MOST_CELLS", 0.9)
    grow(tmp_path, store, ESTATE, least=1)
    assert not is_ahead(store), "one flow is one cell"
    monkeypatch.setattr(making, "MOST_CELLS", 1.0)
    assert store.work_out_ahead(1) == len(ESTATE)
    assert is_ahead(store)


@pytest.mark.parametrize("by", [(), ("decision",), ("hour", "decision"), ("src_ip", "port")])
def test_nothing_is_worked_out_where_every_share_holds(store: LocalStore, by: tuple[str, ...]) -> None:
    denied = FlowFilter().where("decision", "Denied")
    for part in (FlowFilter(), denied, FlowFilter().where("port", "443")):
        asked = FlowQuery(part, by, ("flows", "bytes", "sources"))
        assert "_seen AS" not in store.explain(asked), "it would look through all cells to find none"
        assert store.fetch(asked).equals(exact(store, asked))
    for asked in (FlowQuery(denied, (*by, "nsg"), ("flows",)), FlowQuery(CUT, by, ("flows",))):
        assert "_seen AS" in store.explain(asked)
        assert store.fetch(asked).equals(exact(store, asked))


CUT = FlowFilter(since=START + timedelta(seconds=500))
