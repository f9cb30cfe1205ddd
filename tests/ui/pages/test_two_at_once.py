"""Two people, or one with two stores: what one decides stays when the other decides, and nothing follows to a store."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import load_decisions, save_decisions
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.ui.opening import open_page

SCOPE, INBOUND = Scope(nsg="app-nsg"), Direction.INBOUND
SSH = "allow-10.0.1.4-to-10.0.2.8-tcp-22"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    made = estate(tmp_path / "f.duckdb", days=4)
    monkeypatch.setenv("NSGFLOW_STORE", str(made.path))
    return made


def estate(path: Path, days: int) -> LocalStore:
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=days, rule="ssh-of-ops", kind="User")
    rows += daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=1433)
    return store_of(path, rows, SUBNETS)


def page(step: str = "draft") -> AppTest:
    return open_page("rules", {"for": "nsg/app-nsg", "towards": "Inbound", "step": step})


def kept(store: LocalStore) -> Decisions:
    return load_decisions(store, SCOPE, INBOUND)


def click(at: AppTest, start: str) -> None:
    next(each for each in at.button if str(each.key).startswith(start)).click().run()
    assert not at.exception


def test_what_another_decided_while_a_page_was_open_stays(store: LocalStore) -> None:
    mine, theirs = page(), page()
    click(theirs, "leave-out_")
    (answer,) = kept(store).answers
    click(mine, "accept_all")
    assert kept(store).answers == (answer,)
    accepted = [each.rule for each in kept(store).rules]
    assert SSH in accepted
    click(mine, "again_")
    assert [each.rule for each in kept(store).rules] == accepted
    assert not kept(store).answers


def test_what_another_rejected_is_not_accepted_by_who_saw_it_open(store: LocalStore) -> None:
    mine = page()
    save_decisions(store, SCOPE, INBOUND, Decisions((RuleDecision(SSH, Approval.REJECT, owner="Kim"),)))
    click(mine, "accept_all")
    assert (kept(store).on(SSH).approval, kept(store).on(SSH).owner) == (Approval.REJECT, "Kim")


def test_forgetting_forgets_what_was_shown(store: LocalStore) -> None:
    save_decisions(store, SCOPE, INBOUND, Decisions((RuleDecision(SSH, Approval.ACCEPT, owner="Kim"),)))
    mine, theirs = page(), page()
    click(theirs, "leave-out_")
    click(mine, "forget_decisions")
    assert not kept(store).rules
    assert len(kept(store).answers) == 1


def test_a_review_that_does_not_fit_gives_way_to_what_is_decided_anew(store: LocalStore) -> None:
    save_decisions(store, SCOPE, INBOUND, Decisions((RuleDecision(SSH, Approval.ACCEPT, ports=("nonsense",)),)))
    mine = page()
    assert any("is left out" in each.proto.title for each in mine.warning)
    click(mine, "accept_all")
    assert kept(store).on(SSH).approval is Approval.ACCEPT
    assert not kept(store).on(SSH).ports


def test_a_dossier_of_one_store_is_offered_in_no_other(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = page("export")
    click(mine, "dossier")
    assert files(mine) == 2
    other = estate(tmp_path / "other.duckdb", days=4)
    monkeypatch.setenv("NSGFLOW_STORE", str(other.path))
    assert files(mine.run()) == 0
    monkeypatch.setenv("NSGFLOW_STORE", str(store.path))
    assert files(mine.run()) == 2


def files(at: AppTest) -> int:
    return len([each for each in at.get("download_button") if "dossier" in str(each.proto.id)])
