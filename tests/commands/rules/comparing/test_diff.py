"""`rules diff`: a status for pipelines, and a packet for each change."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Run

RG = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.Network/networkSecurityGroups/web"


def rule(name: str, priority: int, port: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "priority": priority, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "sourceAddressPrefix": "10.0.1.0/24", "sourcePortRange": "*", "destinationAddressPrefix": "10.0.2.0/24",
        "destinationPortRange": port, **more,
    }  # fmt: skip


def file(path: Path, *nsgs: dict[str, Any]) -> Path:
    path.write_text(json.dumps(list(nsgs)))
    return path


def nsg(*rules: dict[str, Any], name: str = "web", **more: Any) -> dict[str, Any]:
    return {"name": name, "securityRules": list(rules), **more}


def test_no_difference_is_status_0_whatever_the_rules_are_called(tmp_path: Path, run: Run) -> None:
    old = file(tmp_path / "old.json", nsg(rule("a", 100, "443")))
    new = file(tmp_path / "new.json", nsg(rule("b", 300, "443"), name="other-name"))
    status, printed, said = run("rules", "diff", old, new)
    assert (status, printed.count("\n")) == (0, 1)
    assert "no difference" in said
    assert "no rows" not in said


def test_a_difference_is_status_1_and_has_its_packet(tmp_path: Path, run: Run) -> None:
    deny = rule("no-more", 4096, "*", access="Deny", sourceAddressPrefix="*", destinationAddressPrefix="*")
    old = file(tmp_path / "old.json", nsg(rule("a", 100, "443"), deny))
    new = file(tmp_path / "new.json", nsg(rule("a", 100, "443-444"), deny))
    status, printed, said = run("rules", "diff", old, new, "--format", "json")
    (found,) = json.loads(printed)
    assert status == 1
    assert (found["change"], found["old_rule"], found["new_rule"]) == ("newly-allowed", "no-more", "a")
    assert found["packets"] == 256 * 256
    assert found["witness"].startswith("10.0.1.0 -> 10.0.2.0 TCP/444")
    assert "1 newly allowed" in said


def test_a_difference_that_turns_on_an_unknown_name_says_so(tmp_path: Path, run: Run) -> None:
    """Where the VNet is not known, the default rule may admit 444 already."""
    old = file(tmp_path / "old.json", nsg(rule("a", 100, "443")))
    new = file(tmp_path / "new.json", nsg(rule("a", 100, "443-444")))
    status, printed, said = run("rules", "diff", old, new, "--format", "json")
    (found,) = json.loads(printed)
    assert (status, found["certain"], found["packets"]) == (1, "may be", 0)
    assert "is not in VirtualNetwork" in found["witness"]
    assert "only in some ways" in said


def test_the_network_decides_what_is_different(tmp_path: Path, run: Run) -> None:
    """Inside the VNet the default rule admits 444 already."""
    old = file(tmp_path / "old.json", nsg(rule("a", 100, "443")))
    new = file(tmp_path / "new.json", nsg(rule("a", 100, "443-444")))
    subnets = tmp_path / "subnets.csv"
    subnets.write_text("name,prefix\nweb,10.0.1.0/24\napp,10.0.2.0/24\n")
    assert run("rules", "diff", old, new, "--subnets", subnets)[0] == 0


def test_several_nsgs_are_matched_by_id_then_by_name(tmp_path: Path, run: Run) -> None:
    ids = [RG.format(each) for each in ("one", "two")]
    old = file(tmp_path / "old.json", nsg(rule("a", 100, "443"), id=ids[0]), nsg(rule("b", 100, "22"), id=ids[1]))
    new = file(
        tmp_path / "new.json",
        nsg(rule("b", 100, "22"), id=ids[1].upper()),
        nsg(rule("a", 100, "443"), id=ids[0]),
        nsg(name="db"),
    )
    status, printed, said = run("rules", "diff", old, new)
    assert (status, list(csv.DictReader(io.StringIO(printed)))) == (1, [])
    assert "only in" in said
    assert "db" in said


@pytest.mark.parametrize("content", ["", "{}", "[1, 2", '{"name": "x"}'])
def test_a_file_without_an_nsg_is_an_error(tmp_path: Path, run: Run, content: str) -> None:
    old, bad = file(tmp_path / "old.json", nsg(rule("a", 100, "443"))), tmp_path / "bad.json"
    bad.write_text(content)
    for pair in ((old, bad), (bad, old), (old, tmp_path / "missing.json")):
        status, printed, said = run("rules", "diff", *pair)
        assert (status, printed) == (2, "")
        assert said.count("\n") >= 1
