"""Notes about many things of which the same is to be said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.commands.telling.alike import said_once
from tests.commands.conftest import Run


@pytest.mark.parametrize(
    ("sentences", "said"),
    [
        ([], []),
        (["a is well.", "a is well."], ["a is well."]),
        (["a is well.", "nothing else.", "ab is well."], ["a is well. The same of ab.", "nothing else."]),
        (["ab is well.", "a is ill."], ["ab is well.", "a is ill."]),
        (["a is 3.", "b is 4."], ["a is 3.", "b is 4."]),
    ],
)
def test_what_differs_in_a_name_alone_is_said_once(sentences: list[str], said: list[str]) -> None:
    assert list(said_once(sentences, ["a", "ab", "b", ""])) == said


def test_many_others_are_counted() -> None:
    names = [f"nsg-{number}" for number in range(1, 31)]
    (said,) = said_once((f"{name}: no difference." for name in names), names)
    assert said == "nsg-1: no difference. The same of nsg-2, nsg-3, nsg-4, nsg-5, nsg-6 and 24 more."


def test_a_comparison_of_many_nsgs_ends_in_a_line_for_each_kind_of_answer(run: Run, tmp_path: Path) -> None:
    def nsgs(port_of_the_third: str) -> Path:
        made = [
            {
                "name": f"nsg-{number:02}",
                "type": "Microsoft.Network/networkSecurityGroups",
                "securityRules": [
                    {
                        "name": "web", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
                        "sourceAddressPrefix": "10.0.0.0/24", "sourcePortRange": "*", "destinationAddressPrefix": "*",
                        "destinationPortRange": port_of_the_third if number == 3 else "443",
                    }
                ],
            }
            for number in range(20)
        ]  # fmt: skip
        (file := tmp_path / f"{port_of_the_third}.json").write_text(json.dumps(made))
        return file

    status, out, said = run("rules", "diff", nsgs("443"), nsgs("22"))
    assert status == 1
    assert "nsg-03" in out
    assert [line for line in said.splitlines() if "no difference" in line] == [
        "nsgflow: note: nsg-00: no difference, whatever the rules are called. "
        "The same of nsg-01, nsg-02, nsg-04, nsg-05, nsg-06 and 13 more."
    ]
