"""A subnet is asked for by its label, its ARM id or a path that is longer than the label: every command answers alike,
in any case of letters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.commands.every.needed import BESIDE, SCOPE, with_options
from tests.commands.every.needed import place as place

VNET = "/subscriptions/1f0a2b3c-0000-4000-8000-000000000001/resourceGroups/Prod/providers/Microsoft.Network"
VNET += "/virtualNetworks/hub"
OTHER = VNET.replace("hub", "spoke")
WAYS = (f"{VNET}/subnets/app", f"{VNET}/subnets/APP/".upper(), "PROD/hub/app", "1f0a2b3c/prod/hub/app", " hub/app ")


@pytest.fixture
def vnets(place: Path) -> Path:
    """Two networks that both have a subnet app; that of the other one holds nothing here."""
    prefixes = {VNET: ("10.0.1.0/24", "10.0.2.0/24"), OTHER: ("10.9.1.0/24", "10.9.2.0/24")}
    written = [
        {
            "type": "Microsoft.Network/virtualNetworks",
            "id": vnet,
            "name": vnet.rpartition("/")[2],
            "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
            "subnets": [
                {"id": f"{vnet}/subnets/{name}", "name": name, "addressPrefix": prefix}
                for name, prefix in zip(("web", "app"), held, strict=True)
            ],
        }
        for vnet, held in prefixes.items()
    ]
    (place / "vnets.json").write_text(json.dumps(written))
    return place / "vnets.json"


ENDS = [(name, "--dst") for name in with_options("--dst") if name not in ("rules plan", "export")]
SCOPES = [(name, "--subnet") for name in with_options("--subnet")]
ELSE = {"rules answer", "rules decide", "rules dossier", "rules proof", "rules closing", "rules dial"}
"""They take traffic and scope as `rules questions` does; two print the time of a decision, and four take long."""


WALKED = [row for row in (*ENDS, *SCOPES) if row[0] not in ELSE]


@pytest.mark.parametrize(("number", "command", "option"), [(at, *row) for at, row in enumerate(WALKED)])
def test_every_way_to_say_it_gives_one_answer(number: int, command: str, option: str, vnets: Path, run: Run) -> None:
    """The ways take turns: each meets several commands, and each command two of them."""
    beside = [word for word in BESIDE.get(command, ()) if option == "--dst" or word not in SCOPE]
    scope = SCOPE[2:] if option == "--subnet" else ()
    answers = []
    for asked in ("hub/app", WAYS[number % len(WAYS)]):
        status, answer, said = run(*command.split(), *beside, *scope, option, asked, "--inventory", vnets)
        assert "Several subnets" not in said, said
        assert "is called" not in said, said
        answers.append((status, answer))
    assert answers[1] == answers[0]
    assert answers[0][0] < 2, answers[0]


@pytest.mark.parametrize("asked", ["app", f"{VNET}/subnets/ap", "prod/nix/app"])
def test_what_means_two_or_none_is_refused(asked: str, vnets: Path, run: Run) -> None:
    status, _, said = run("rules", "draft", *SCOPE[2:], "--subnet", asked, "--inventory", vnets)
    assert (status, "hub/app" in said, "spoke/app" in said) == (2, True, True), said


def test_a_line_of_conditions_refuses_a_name_that_two_have(vnets: Path, run: Run) -> None:
    status, _, said = run("flows", "--where", "dst:app", "--inventory", vnets)
    assert (status, "Several subnets are named 'app'" in said) == (2, True)
