"""What a replay of a draft on the command line says of today, which the draft's own file does not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import write_rule_set
from nsgflow_core.words.vocabulary import Direction
from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of

DRAFT = ("--nsg", "app-nsg", "--direction", "inbound")
HOST = "10.0.1.77"
NO_OPS = Rule("no-ops", 200, Direction.INBOUND, Access.DENY, "*", (HOST,), (ANY,), ANY_PORTS)


@pytest.fixture
def drafted(tmp_path: Path, run: Run) -> tuple[str, Path, Path]:
    """A store, a draft without the deny of a host that was logged last, and a file for the NSG as it stands."""
    store, draft = str(tmp_path / "flows.duckdb"), tmp_path / "draft.json"
    stop = daily(HOST, "10.0.2.8", 8443, decision="Denied", rule="no-ops", kind="User")
    rows = daily("10.0.1.4", "10.0.2.8", 8443) + daily(HOST, "10.0.2.8", 8443, days=5)
    store_of(Path(store), rows + stop[5:], SUBNETS)
    status, printed, said = run("rules", "draft", "--store", store, *DRAFT, "--format", "json")
    assert status == 0, said
    draft.write_text(printed)
    return store, draft, tmp_path / "nsg.json"


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize(
    ("rules", "verdict"), [((), "1 service would break"), ((NO_OPS,), "1 service is denied already")]
)
def test_a_deny_counts_where_it_stands_in_the_nsg_as_it_is(
    drafted: tuple[str, Path, Path], run: Run, rules: tuple[Rule, ...], verdict: str, is_kept: bool
) -> None:
    """A deny that was logged last and stands in the file no more denies nothing today."""
    store, draft, file = drafted
    file.write_text(write_rule_set(RuleSet("app-nsg", rules)))
    if is_kept:
        assert run("inventory", "--store", store, "--save", file)[0] == 0
    given = () if is_kept else ("--inventory", file)
    status, _, said = run("rules", "replay", "--store", store, "--rules", draft, *given)
    assert status == 0, said
    assert verdict in said


def test_a_deny_of_the_nsg_as_it_is_that_nobody_tried_is_no_break_of_the_draft(
    drafted: tuple[str, Path, Path], run: Run
) -> None:
    store, draft, file = drafted
    closed = Rule("no-https", 200, Direction.INBOUND, Access.DENY, "*", ("10.0.1.4",), (ANY,), ANY_PORTS)
    file.write_text(write_rule_set(RuleSet("app-nsg", (closed,))))
    draft.write_text(
        write_rule_set(
            RuleSet("app-nsg", (Rule("ours", 300, Direction.INBOUND, Access.DENY, "*", (ANY,), (ANY,), ANY_PORTS),))
        )
    )
    _, printed, said = run("rules", "replay", "--store", store, "--rules", draft, "--inventory", file, "--services")
    assert "denied by no-https, app-nsg, as it is" in printed
    assert "denied already" in said
