"""Every change of a store asks for the leave to make it, and says in the history who made it."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.errors import NotAllowed
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.roles import Editor, os_user
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import save_decisions
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.retention import read_anew_what_was_cut
from nsgflow_core.words.vocabulary import Direction
from tests.conftest import ROOT

LOG = ROOT / "tests" / "golden" / "vnet-v4.json"
CHANGES: dict[str, Callable[[LocalStore], object]] = {
    "commit": lambda store: import_flows(FolderSource(LOG), store),
    "save_subnets": lambda store: store.save_subnets(SubnetMap()),
    "save_nsg_names": lambda store: store.save_nsg_names({"acl": "web-nsg"}),
    "save_address_names": lambda store: store.save_address_names(AddressNames()),
    "save_setting": lambda store: store.save_setting("note", "text"),
    "read_anew": lambda store: store.read_anew(read_anew_what_was_cut),
}
"""Every method of a store that changes it, and a call of it: a new one must come here."""


def refuse() -> Editor:
    raise NotAllowed("A reader.")


def of_store() -> dict[str, ast.FunctionDef]:
    """The methods of a store, those of what it is made of too."""
    own = [each for each in LocalStore.__mro__ if each.__module__.startswith("nsgflow_core.")]
    trees = [ast.parse(textwrap.dedent(inspect.getsource(each))) for each in reversed(own)]
    return {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def uses(function: ast.FunctionDef, attribute: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == attribute for node in ast.walk(function))


def test_the_one_door_to_the_file_is_the_one_that_asks():
    methods = of_store()
    assert [name for name, method in methods.items() if uses(method, "writing")] == ["_changing"]
    assert [name for name, method in methods.items() if uses(method, "replacing")] == ["replacing"]
    assert all(uses(methods[name], "_editor") for name in ("_changing", "replacing"))
    changing = {name for name, method in methods.items() if uses(method, "_changing")}
    assert changing == {*CHANGES, "work_out_ahead", "alone"}


@pytest.mark.usefixtures("tables_when_asked_for")
def test_tables_beside_the_flows_are_made_by_an_editor_and_are_no_change(tmp_path: Path):
    path = tmp_path / "flows.duckdb"
    import_flows(FolderSource(ROOT / "tests" / "golden" / "nsg-v2.json"), LocalStore(path))
    with pytest.raises(NotAllowed):
        LocalStore(path, editor=refuse).work_out_ahead(0)
    store = LocalStore(path)
    before, identity = len(store.history()), store.identity
    assert store.work_out_ahead(0) == store.extent().tuples
    assert (len(store.history()), store.identity) == (before, identity)


@pytest.mark.parametrize("name", CHANGES)
def test_a_reader_changes_nothing(name: str, tmp_path: Path):
    path = tmp_path / "flows.duckdb"
    import_flows(FolderSource(ROOT / "tests" / "golden" / "nsg-v2.json"), LocalStore(path))
    before = path.read_bytes()
    with pytest.raises(NotAllowed):
        CHANGES[name](LocalStore(path, editor=refuse))
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_in_the_history(name: str, tmp_path: Path):
    store = LocalStore(tmp_path / "flows.duckdb")
    CHANGES[name](store)
    (change,) = store.history().to_dict("records")
    assert (change["who"], change["subject"]) == (os_user().person.name, "operating system")
    assert change["what"]
    assert change["about"]


def test_work_in_a_thread_goes_on_in_the_name_of_who_began_it(tmp_path: Path):
    store = LocalStore(tmp_path / "flows.duckdb", editor=refuse).changed_by(os_user())
    CHANGES["commit"](store)
    (change,) = store.history().to_dict("records")
    assert (change["what"], change["about"]) == ("Import", f"10 log entries of 1 blob from {LOG}")


def test_reading_the_same_again_is_no_change(tmp_path: Path):
    store = LocalStore(tmp_path / "flows.duckdb")
    for _ in range(2):
        CHANGES["commit"](store)
    assert len(store.history()) == 1


def test_it_says_what_changed_newest_first(tmp_path: Path):
    store = LocalStore(tmp_path / "flows.duckdb")
    vnets = [{"name": "hub", "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": []}]
    kept.keep(store, read([("vnets.json", json.dumps(vnets).encode())]))
    kept.keep(store, Inventory())
    scope = Scope(nsg="web-nsg")
    accepted = RuleDecision("allow-https", Approval.ACCEPT)
    save_decisions(store, scope, Direction.INBOUND, Decisions().with_rules(accepted))
    save_decisions(store, scope, Direction.INBOUND, Decisions())
    told = [f"{row['what']}: {row['about']}" for row in store.history().to_dict("records")]
    assert told[:2] == [
        "Rule decisions: Inbound of web-nsg: allow-https forgotten",
        "Rule decisions: Inbound of web-nsg: allow-https accept",
    ]
    assert [line for line in told if line.startswith("Inventory")] == [
        "Inventory: Forgot vnets.json",
        "Inventory: Kept vnets.json",
    ]
    assert len(store.history(3)) == 3


def test_the_command_line_tells_it(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]):
    store = LocalStore(tmp_path / "flows.duckdb")
    store.save_setting("note", "text", 'one, "two"')
    assert main(["history", "--store", str(store.path), "--format", "json"]) == 0
    (row,) = json.loads(capfdbinary.readouterr().out)
    assert (row["what"], row["about"], row["who"]) == ("Note", 'one, "two"', os_user().person.name)
    assert row["time"].endswith("Z")
