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
    status, answer, said = run(*command.split(), *beside, "--subnet", "ap", *SCOPE[2:])
    assert "No subnet is called ap in the flows and files here. Did you mean app?" in said, said
    assert (status, answer) == (2, ""), "an empty draft reads like calm"


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", [name for name in with_options("--nsg", "--subnet") if name != "rules plan"])
def test_an_nsg(command: str, run: Run) -> None:
    beside = [word for word in BESIDE.get(command, ()) if word not in SCOPE]
    status, answer, said = run(*command.split(), *beside, "--nsg", "ap-nsg", *SCOPE[2:])
    assert (status, answer, "No NSG is called ap-nsg" in said) == (2, "", True), said


@pytest.mark.usefixtures("place")
def test_what_stands_for_no_nsg_is_none(run: Run) -> None:
    status, _, said = run("rules", "draft", "--nsg", "none", *SCOPE[2:])
    assert (status, "No NSG is called none" in said) == (2, True)


@pytest.mark.usefixtures("place")
def test_a_subnet_of_groups(run: Run) -> None:
    status, _, said = run("rules", "groups", "--of", "ap", "--of", "WEB")
    assert (status, "No subnet is called ap in the flows here. Did you mean app?" in said) == (2, True)
    assert run("rules", "groups", "--of", "WEB")[0] == 0


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("scope", [("--nsg", "ap-nsg"), ("--subnet", "ap"), ("--since", "2031-01-01")])
def test_a_gate_is_not_passed_where_no_log_can_be_judged(scope: tuple[str, str], run: Run) -> None:
    assert run("rules", "completeness", "--nsg", "app-nsg", "--direction", "Inbound")[0] == 0
    status, _, said = run("rules", "completeness", *scope)
    if scope[0] == "--since":
        assert (status, "nothing can be said of its logs" in said, "newest flow is of" in said) == (1, True, True)
    else:
        assert (status, "is called" in said) == (2, True)
