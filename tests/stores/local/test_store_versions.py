"""A store of an older version is brought to today's at its first opening, whole or not at all.

`golden/store-version-1.duckdb.gz` was written by the code of that version: the three golden blobs imported from
/tmp/base/tests/golden, a subnet map, a name of an NSG and a rule set kept.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import StoreError, StoreIncompatible
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.kept import load
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local import versions
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.duckdb"
    path.write_bytes(gzip.decompress((GOLDEN / "store-version-1.duckdb.gz").read_bytes()))
    assert version(path) == "1"
    return path


def version(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        return str(connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchall()[0][0])


def tables(path: Path) -> list[tuple[str, str, str]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        ).fetchall()


def fresh_import(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path / "new.duckdb")
    for name in ("nsg-v1.json", "nsg-v2.json", "vnet-v4.json"):
        import_flows(FolderSource(GOLDEN / name), store)
    return store


def test_a_question_brings_it_up_and_answers_as_a_new_import_does(old, tmp_path):
    store, new = LocalStore(old), fresh_import(tmp_path)
    new.save_subnets(store.subnets)
    new.save_nsg_names(store.nsg_names)
    assert version(old) == str(versions.VERSION)
    assert tables(old) == tables(tmp_path / "new.duckdb")
    assert store.extent() == new.extent()
    asked = FlowFilter()
    assert required_ports.services(asked).ask(store).equals(required_ports.services(asked).ask(new))
    assert store.subnets.names == ("web",)
    assert "nsg-web" in store.nsg_names.values()
    (kept,) = load(store).rule_sets
    assert (kept.name, [rule.name for rule in kept.own_rules]) == ("nsg-web", ["allow-web"])
    assert store.blobs()["read_at"].isna().all()
    assert not new.blobs()["read_at"].isna().any()


def test_its_ledger_goes_on(old, tmp_path):
    grown = tmp_path / "vnet-v4.json"
    grown.write_bytes((GOLDEN / "vnet-v4.json").read_bytes())
    store = LocalStore(old)
    with duckdb.connect(str(old)) as connection:
        connection.execute(
            "UPDATE blobs SET name = $new, location = $new WHERE name LIKE '%vnet-v4.json'", {"new": str(grown)}
        )
    before = store.extent().tuples
    report = import_flows(FolderSource(grown), store)
    assert (report.blobs_read, store.extent().tuples) == (0, before)


def test_a_step_that_fails_leaves_the_file_as_it_was(old, monkeypatch):
    before = tables(old)
    broken = versions.VersionStep(
        "half way, then an error", "ALTER TABLE flows ADD COLUMN x INTEGER; SELECT * FROM nowhere;"
    )
    monkeypatch.setattr(versions, "STEPS", (*versions.STEPS, broken))
    with pytest.raises(StoreError, match="The file is as it was"):
        LocalStore(old).extent()
    assert (version(old), tables(old)) == ("1", before)


def test_a_kill_in_the_middle_of_a_step_leaves_it_whole(old):
    before = tables(old)
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom nsgflow_core.stores.local import versions\n"
        "from nsgflow_core.stores.local.store import LocalStore\n"
        "import duckdb\n"
        "class Dying(versions.VersionStep):\n"
        "    @property\n"
        "    def sql(self): os.kill(os.getpid(), 9)\n"
        "versions.STEPS = (*versions.STEPS, Dying.__new__(Dying))\n"
        "LocalStore(Path(sys.argv[1])).extent()\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(old)], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert (version(old), tables(old)) == ("1", before)
    assert LocalStore(old).extent().tuples == 24


def test_several_processes_at_once_take_the_step_once(old):
    asking = "import sys; from pathlib import Path; from nsgflow_core.stores.local.store import LocalStore; "
    asking += "print(LocalStore(Path(sys.argv[1])).extent().tuples)"
    running = [
        subprocess.Popen([sys.executable, "-c", asking, str(old)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["24"] * 4
    assert version(old) == str(versions.VERSION)


def test_a_file_of_a_newer_nsgflow_is_refused_and_says_so(old):
    with duckdb.connect(str(old)) as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'schema'")
    with pytest.raises(StoreIncompatible, match="newer version"):
        LocalStore(old).extent()


@pytest.mark.parametrize("schema", ["", "one", "-1", "0", "1.5"])
def test_a_version_that_is_no_number_is_not_our_store(old, schema):
    with duckdb.connect(str(old)) as connection:
        connection.execute("UPDATE meta SET value = $schema WHERE key = 'schema'", {"schema": schema})
    with pytest.raises(StoreIncompatible, match="not a store"):
        LocalStore(old).extent()
