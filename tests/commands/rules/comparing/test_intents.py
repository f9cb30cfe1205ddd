"""`rules intents`: rules and traffic against a file of what is wanted, with a status for pipelines."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import write_rule_set
from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.rules.draft.drafts import IN


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("flows") / "flows.duckdb"
    store_of(file, daily("10.0.1.4", "10.0.2.8", 22) + daily("10.0.3.4", "10.0.2.8", 443, decision="Denied"), SUBNETS)
    return file


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    deny = Rule("no-db", 100, IN, Access.DENY, "*", ("10.0.3.0/28",), ("*",), (PortRange(0, 65_535),))
    ssh = Rule("ssh", 110, IN, Access.ALLOW, "Tcp", ("10.0.1.0/24",), ("*",), (PortRange(22, 22),))
    file = tmp_path_factory.mktemp("nsg") / "nsg.json"
    file.write_text(write_rule_set(RuleSet("app-nsg", (deny, ssh))))
    return file


def verdicts(printed: str) -> list[tuple[str, str, str]]:
    return [(row["line"], row["checked"], row["verdict"]) for row in csv.DictReader(io.StringIO(printed))]


def test_rules_and_traffic_are_both_asked(tmp_path: Path, store: Path, rules: Path, run: Run) -> None:
    wanted = tmp_path / "intents.txt"
    wanted.write_text("never: web -> app 22\nmust: db -> app 443\nnever: db -> app 1433\n")
    status, printed, _ = run("rules", "intents", wanted, "--rules", rules, "--store", store)
    assert status == 1
    assert verdicts(printed) == [
        ("1", "rules", "violated"),
        ("1", "traffic", "violated"),
        ("2", "rules", "violated"),
        ("2", "traffic", "violated"),
        ("3", "rules", "kept"),
        ("3", "traffic", "kept"),
    ]
    wanted.write_text("never: db -> app 1433\n")
    assert run("rules", "intents", wanted, "--rules", rules, "--store", store)[0] == 0


def test_without_traffic_no_store_is_needed(tmp_path: Path, rules: Path, run: Run) -> None:
    wanted, subnets = tmp_path / "intents.txt", tmp_path / "subnets.csv"
    wanted.write_text("must: web -> app 22\n")
    subnets.write_text("name,prefix\nweb,10.0.1.0/24\napp,10.0.2.0/24\n")
    status, printed, _ = run("rules", "intents", wanted, "--rules", rules, "--subnets", subnets, "--no-traffic")
    assert (status, verdicts(printed)) == (0, [("1", "rules", "kept")])


@pytest.mark.parametrize("text", ["never: Internet -> nowhere\n", "\x00", "must: web\n", ""])
def test_a_file_without_meaning_is_an_error(tmp_path: Path, store: Path, rules: Path, run: Run, text: str) -> None:
    wanted = tmp_path / "intents.txt"
    wanted.write_text(text)
    status, printed, said = run("rules", "intents", wanted, "--rules", rules, "--store", store)
    assert (status, printed) == (2, "")
    assert said.startswith("nsgflow: ")
