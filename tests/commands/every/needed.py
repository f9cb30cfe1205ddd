"""Every command with what it needs to run at all, for tests that walk them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.__main__ import COMMANDS
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.things.rule_sets import write_rule_set
from tests.commands.hostile.test_hostile_options import options
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of

SCOPE = ("--nsg", "app-nsg", "--direction", "Inbound")
BESIDE: dict[str, tuple[str, ...]] = {
    "address": ("10.0.1.4",),
    "import": ("blobs",),
    "export": ("lake",),
    "watch": ("blobs", "--once"),
    "query": ("--kql", "all.kql"),
    "report": ("-o", "report.html"),
    "chart": ("denied", "-o", "denied.svg"),
    "rules draft": SCOPE,
    "rules plan": (*SCOPE, "--rules", "nsg.json"),
    "rules dial": SCOPE,
    "rules questions": SCOPE,
    "rules answer": ("none", "--allow", *SCOPE),
    "rules decide": ("--all-open", "--accept", *SCOPE),
    "rules dossier": (*SCOPE, "-o", "dossier.html"),
    "rules held-out": SCOPE,
    "rules proof": SCOPE,
    "rules closing": SCOPE,
    "rules check": ("--since", "2026-11-03"),
    "rules replay": ("--rules", "nsg.json"),
    "rules audit": ("--rules", "nsg.json"),
    "rules coverage": ("--rules", "nsg.json"),
    "rules intents": ("wanted.txt", "--rules", "nsg.json"),
}
"""What a command needs to run at all."""
KEEPS_FILTERS = {"views"}
"""It asks nothing: what a view names may come with the next import."""


def with_options(*flags: str) -> list[str]:
    """The commands that take all of these."""
    asking = [command.name for command in COMMANDS if command.name not in KEEPS_FILTERS]
    taken = {name: {flag for action in options(name) for flag in action.option_strings} for name in asking}
    return [name for name in asking if taken[name] >= set(flags)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store, an NSG and an intent, where files that a command writes go too."""
    store_of(tmp_path / "flows.duckdb", daily("10.0.1.4", "10.0.2.8", 22, days=4), SUBNETS)
    (tmp_path / "nsg.json").write_text(write_rule_set(RuleSet("app-nsg", ())))
    (tmp_path / "wanted.txt").write_text("never: Internet -> 10.0.2.8 22")
    (tmp_path / "all.kql").write_text("NTANetAnalytics | count")
    (tmp_path / "blobs").mkdir()
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
