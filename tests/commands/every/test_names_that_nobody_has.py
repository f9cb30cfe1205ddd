"""Every command that takes a part of the traffic says which of its names nobody has: none passes for a quiet answer."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Run
from tests.commands.every.needed import BESIDE, SCOPE, with_options
from tests.commands.every.needed import place as place


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", with_options("--where"))
def test_a_name_in_a_filter(command: str, run: Run) -> None:
    said = run(*command.split(), *BESIDE.get(command, ()), "--where", "rule:allow-all-of-it")[2]
    assert "No rule is called allow-all-of-it in the flows here." in said, said


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", [name for name in with_options("--subnet") if name != "rules plan"])
def test_a_scope(command: str, run: Run) -> None:
    """A plan has an NSG given, which is taken for that of the subnet, and says so."""
    beside = [word for word in BESIDE.get(command, ()) if word not in SCOPE]
    said = run(*command.split(), *beside, "--subnet", "ap", *SCOPE[2:])[2]
    assert "No subnet is called ap in the flows and files here. Did you mean app?" in said, said


@pytest.mark.usefixtures("place")
def test_a_subnet_of_groups(run: Run) -> None:
    said = run("rules", "groups", "--of", "ap", "--of", "WEB")[2]
    assert "No subnet is called ap in the flows here. Did you mean app?" in said
    assert "WEB" not in said


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("scope", [("--nsg", "ap-nsg"), ("--subnet", "ap"), ("--since", "2031-01-01")])
def test_a_gate_is_not_passed_where_no_log_can_be_judged(scope: tuple[str, str], run: Run) -> None:
    assert run("rules", "completeness", "--nsg", "app-nsg", "--direction", "Inbound")[0] == 0
    status, _, said = run("rules", "completeness", *scope)
    assert status == 1
    assert "nothing can be said of its logs" in said
    assert ("is called" in said) or ("newest flow is of" in said)
