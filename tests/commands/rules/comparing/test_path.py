"""rules path and rules replay --inventory: the same core, from files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.rules.decide.test_path import APP, CARD, CLOSED_OUT, DB, NIC, VNET, admin


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "network.json"
    file.write_text(json.dumps([VNET, CARD, APP | {"securityRules": CLOSED_OUT}, DB, NIC]))
    return file


def test_one_packet_step_by_step(network: Path, tmp_path: Path, run: Run) -> None:
    words = ("rules", "path", "10.30.1.4", "10.30.2.9", "tcp")
    files = ("--inventory", network, "--store", tmp_path / "no.duckdb")
    status, printed, said = run(*words, "1433", *files)
    steps = [(each["where"], each["access"], each["rule"]) for each in csv.DictReader(io.StringIO(printed))]
    assert status == 1
    assert steps == [
        ("source subnet nsg-app", "Deny", "no-way-out"),
        ("destination subnet nsg-db", "Allow", "AllowVnetInBound"),
        ("destination NIC nsg-nic", "Allow", "AllowVnetInBound"),
    ]
    assert "is stopped by no-way-out (100) at source subnet nsg-app" in said
    assert run(*words, "443", *files)[0] == 0
    rules = tmp_path / "admin.json"
    rules.write_text(json.dumps([admin("closed", 10, "Deny", "443")]))
    status, _, said = run(*words, "443", "--inventory", network, rules, "--store", tmp_path / "no.duckdb")
    assert (status, "is stopped by admin rule closed" in said) == (1, True)
    assert "taken to apply to every VNet" in said


@pytest.mark.parametrize(
    ("source", "destination", "is_said"),
    [
        ("20.60.0.1", "10.30.3.7", True),
        ("2603:1020::4", "fd00:30::7", True),
        ("20.60.0.1", "20.61.0.9", True),
        ("20.60.0.1", "10.30.2.9", False),
        ("10.30.1.4", "10.30.3.7", False),
        ("168.63.129.16", "10.30.3.7", False),
        ("10.30.3.7", "20.60.0.1", False),
    ],
)
def test_an_end_without_an_nsg_is_closed_to_the_internet_behind_a_standard_public_ip(
    network: Path, tmp_path: Path, run: Run, source: str, destination: str, is_said: bool
) -> None:
    files = ("--inventory", network, "--store", tmp_path / "no.duckdb")
    _, printed, _ = run("rules", "path", source, destination, "tcp", "443", *files)
    assert ("closed to the Internet until an NSG on the subnet or NIC lets traffic in" in printed) is is_said


def test_what_is_no_packet_is_refused(network: Path, tmp_path: Path, run: Run) -> None:
    files = ("--store", tmp_path / "no.duckdb")
    for words, part in (
        (("10.30.1", "10.30.2.9", "tcp", "1"), "'10.30.1' is not an address"),
        (("10.30.1.4", "10.30.2.9", "wat", "1"), "'wat' is no protocol"),
    ):
        status, _, said = run("rules", "path", *words, "--inventory", network, *files)
        assert (status, part in said) == (2, True), said
    status, _, said = run("rules", "path", "10.30.1.4", "10.30.2.9", "tcp", "1", *files)
    assert (status, "No file tells where NSGs are set" in said) == (2, True)


@pytest.mark.parametrize("command", [("path", "10.0.0.4", "10.0.0.5", "TCP", 443), ("diff", "old.json", "new.json")])
def test_words_that_an_option_of_many_took_are_asked_for_ahead_of_it(
    command: tuple[object, ...], run: Run, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`rules path --inventory FILE SRC DST ...` said that SRC was required, which had just been typed."""
    name, *words = command
    with pytest.raises(SystemExit) as ended:
        run("rules", name, "--inventory", "v.json", *words)
    assert ended.value.code == 2
    said = capsysbinary.readouterr().err.decode()
    assert "Write them ahead of --inventory, which takes every word up to the next option." in said
    with pytest.raises(SystemExit):
        run("rules", name, "--format", "json")
    assert "ahead of" not in capsysbinary.readouterr().err.decode()
