"""What several processes keep with one store at once is kept, all of it: no one takes away what another just gave."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.analysis.views import SavedView, save_view, saved_views
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.review.decisions import Approval, RuleDecision
from nsgflow_core.rules.review.kept import change_decisions, load_decisions
from nsgflow_core.stores.kql_on_local.saved import save_query, saved_queries
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.watch.connections import Connection
from nsgflow_core.words.vocabulary import Direction
from tests.conftest import ROOT
from tests.faults.harness.together import at_once

PEOPLE, EACH = 4, 3
SCOPE = Scope(nsg="web")


def give(store: LocalStore, name: str) -> None:
    file = store.path.with_name(f"{name}.csv")
    number = sum(ord(letter) for letter in name) % 200
    file.write_text(f"name,prefix\n{name},10.{number}.{int(name[-1])}.0/24\n", encoding="utf-8")
    assert main(["inventory", "--save", str(file), "--store", str(store.path)]) == 0


def decide(store: LocalStore, name: str) -> None:
    made = RuleDecision(name, Approval.ACCEPT)
    change_decisions(store, SCOPE, Direction.INBOUND, lambda held: held.with_rules(made), lambda _: None)


def remember(store: LocalStore, name: str) -> None:
    connections.change(store, name, (Connection(name, "/logs", ""),))


ATTEMPTS: dict[str, tuple[Callable[[LocalStore, str], None], Callable[[LocalStore], Sequence[str]]]] = {
    "inventory/kept.py": (give, lambda store: [Path(file).stem for file in kept.load(store).files]),
    "rules/review/kept.py": (
        decide,
        lambda store: [each.rule for each in load_decisions(store, SCOPE, Direction.INBOUND).rules],
    ),
    "watch/connections.py": (remember, lambda store: [each.name for each in connections.load(store)]),
    "stores/kql_on_local/saved.py": (
        lambda store, name: save_query(store, name, "print 1"),
        lambda s: [*saved_queries(s)],
    ),
    "analysis/views.py": (
        lambda store, name: save_view(store, SavedView(name, "flows", {})),
        lambda store: [view.name for view in saved_views(store)],
    ),
}
"""Each file that keeps a text which is made of the one before: how one thing is given, and what is kept."""
OF_ITS_OWN = {
    "rules/draft/grouping/kept.py": "groups replace all that were kept",
    "stores/local/upkeep/keeping.py": "a number of days replaces the one before",
    "stores/local/upkeep/swapping.py": "texts of a store that is copied",
    "ui/frame/known.py": "the sample's, inside of a change",
    "ui/frame/session.py": "a store that nobody else has yet",
    "watch/watcher.py": "a text for each place",
}
"""What keeps a text that is not made of the one before, and why that is so."""


def give_some(start: Any, what: str, path: Path, person: int) -> None:
    store = LocalStore(path)
    start.wait()
    for number in range(EACH):
        ATTEMPTS[what][0](store, f"p{person}-{number}")


@pytest.mark.parametrize("what", ATTEMPTS)
def test_all_that_processes_give_at_once_is_kept(what: str, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    store.save_setting("note", "there")
    assert at_once(give_some, [(what, store.path, person) for person in range(PEOPLE)]) == [0] * PEOPLE
    given = sorted(f"p{person}-{number}" for person in range(PEOPLE) for number in range(EACH))
    assert sorted(ATTEMPTS[what][1](store)) == given
    if what == "inventory/kept.py":
        assert sorted(store.subnets.names) == given  # what labels is what is kept


def test_whatever_keeps_a_text_is_among_them() -> None:
    core = ROOT / "nsgflow_core"
    saving = set()
    for file in core.rglob("*.py"):
        called = (node.func for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
        if any(isinstance(each, ast.Attribute) and each.attr == "save_setting" for each in called):
            saving.add(file.relative_to(core).as_posix())
    assert saving == {*ATTEMPTS, *OF_ITS_OWN}


def test_what_is_changed_together_is_kept_together_or_not_at_all(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    store.save_setting("note", "before")

    def fails() -> None:
        with store.alone():
            store.save_setting("note", "after")
            store.save_nsg_names({"acl": "web"})
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert (store.setting("note"), store.nsg_names, len(store.history())) == ("before", {}, 1)


def test_who_is_overtaken_makes_it_anew_and_in_the_end_holds_the_others_off(tmp_path: Path) -> None:
    store, made = LocalStore(tmp_path / "f.duckdb"), []

    def overtaken() -> list[str]:
        held = json.loads(store.setting("list") or "[]")
        made.append(len(held))
        if len(made) <= 3:
            store.save_setting("list", json.dumps([*held, "another's"]))
        return [*held, "mine"]

    kept.change(store, "list", overtaken, lambda done: store.save_setting("list", json.dumps(done)))
    assert json.loads(store.setting("list") or "") == ["another's"] * 3 + ["mine"]
    assert made == [0, 1, 2, 3]
