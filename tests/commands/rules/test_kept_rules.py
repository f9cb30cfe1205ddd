"""Commands about drafts take the NSG that is kept with the store, as the Rules page does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nsgflow_core.__main__ import COMMANDS
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import write_rule_set
from tests.commands.conftest import Run
from tests.commands.hostile.test_hostile_options import options
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.rules.decide.test_path import APP, CARD, CLOSED_OUT, DB, NIC, VNET
from tests.rules.draft.drafts import IN

DRAFT = ("--nsg", "app-nsg", "--direction", "inbound")
DAYS = 4
"""A proof drafts once for each: the fewest with flows of every day and flows of the last two."""
NOTE = "app-nsg as kept with the store, from "
REVIEWS = {"rules answer", "rules decide"}
"""They change what is kept, and have the same case as the others."""


ABOUT_DRAFTS = [
    command.name
    for command in COMMANDS
    if command.name.startswith("rules ")
    and command.name not in REVIEWS
    and any("--rules" in each.option_strings and "none" in str(each.metavar) for each in options(command.name))
]
"""Each command whose --rules may say none."""


@pytest.fixture(scope="module")
def nsg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An old rule open to all, one that nothing uses, and a deny."""
    rules = (
        Rule("old", 310, IN, Access.ALLOW, "*", ("*",), ("*",), (PortRange(0, 65_535),)),
        Rule("idle", 320, IN, Access.ALLOW, "Tcp", ("10.0.0.0/16",), ("10.0.2.0/24",), (PortRange(81, 81),)),
        Rule("no-telnet", 200, IN, Access.DENY, "Tcp", ("10.0.0.0/16",), ("10.0.2.0/24",), (PortRange(23, 23),)),
    )
    file = tmp_path_factory.mktemp("nsg") / "nsg.json"
    file.write_text(write_rule_set(RuleSet("app-nsg", rules)))
    return file


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that keeps no NSG."""
    file = tmp_path_factory.mktemp("flows") / "bare.duckdb"
    rows = daily("10.0.1.4", "10.0.2.8", 22, DAYS) + daily("10.0.3.4", "10.0.2.8", 443, DAYS)[DAYS - 2 :]
    rows += daily("10.0.1.4", "10.0.2.9", 8443, DAYS, rule="old", kind="User")
    store_of(file, rows + daily("10.0.1.4", "10.0.9.9", 443, DAYS, nsg="other-nsg"), SUBNETS)
    return file


@pytest.fixture
def kept(bare: Path, nsg: Path, tmp_path: Path, run: Run) -> Path:
    """The same store, which keeps the NSG."""
    file = tmp_path / "kept.duckdb"
    shutil.copy(bare, file)
    assert run("inventory", nsg, "--save", "--store", file)[0] == 0
    return file


def answer(run: Run, command: str, store: Path, *more: object) -> tuple[int, str, list[str]]:
    """Exit status, what was printed or written, and what was said beside the note of what is kept."""
    file = store.with_suffix(".json")
    output = ("-o", file) if command == "rules dossier" else ()
    status, printed, said = run(*command.split(), "--store", store, *DRAFT, *output, *more)
    if output:
        made = json.loads(file.read_text())
        told = [each for each in made["chapters"] if "nsgflow" not in json.dumps(each)]
        assert len(told) > 5
        printed = json.dumps(told)
    return status, printed, [line for line in said.splitlines() if NOTE not in line]


@pytest.mark.parametrize("command", ABOUT_DRAFTS)
def test_what_is_kept_is_taken_as_if_it_were_given(command: str, bare: Path, kept: Path, nsg: Path, run: Run) -> None:
    given = answer(run, command, bare, "--rules", nsg)
    assert answer(run, command, kept) == given
    assert answer(run, command, kept, "--rules", "kept") == given
    if command != "rules plan":
        without = answer(run, command, bare)
        assert without[0] in (0, 1)
        assert answer(run, command, kept, "--rules", "none") == without


def test_these_commands_are_walked() -> None:
    expected = {"draft", "plan", "dial", "held-out", "proof", "closing", "questions", "dossier"}
    assert set(ABOUT_DRAFTS) == {f"rules {name}" for name in expected}


def test_a_note_says_what_was_taken_and_when_it_was_read(kept: Path, nsg: Path, run: Run) -> None:
    said = run("rules", "plan", "--store", kept, *DRAFT)[2]
    assert f"note: {NOTE}{nsg} of 20" in said
    assert " UTC. --rules FILE names another, --rules none none." in said
    assert NOTE not in run("rules", "plan", "--store", kept, *DRAFT, "--rules", nsg)[2]
    assert NOTE not in run("rules", "draft", "--store", kept, *DRAFT, "--rules", "none")[2]
    assert NOTE in run("rules", "replay", "--store", kept)[2]


def test_given_files_that_hold_an_nsg_stand_for_those_that_are_kept(kept: Path, tmp_path: Path, run: Run) -> None:
    other = tmp_path / "other.json"
    other.write_text(write_rule_set(RuleSet("other-nsg", ())))
    status, printed, said = run("rules", "draft", "--store", kept, *DRAFT, "--inventory", other)
    assert status == 0
    assert NOTE not in said
    assert "plan" not in printed.splitlines()[0]


def test_a_draft_is_held_against_the_nsg_that_is_kept(kept: Path, bare: Path, tmp_path: Path, run: Run) -> None:
    (draft := tmp_path / "draft.json").write_text(run("rules", "draft", "--store", kept, *DRAFT, "--format", "json")[1])
    status, _, said = run("rules", "replay", "--store", kept, "--draft", draft)
    assert status == 0
    assert said.count(NOTE) == 1
    status, _, said = run("rules", "replay", "--store", bare, "--draft", draft)
    assert status == 2
    assert "No file given holds app-nsg, and none is kept with the store." in said


def test_a_rule_that_admits_everything_is_known_from_what_is_kept(kept: Path, bare: Path, nsg: Path, run: Run) -> None:
    def covered(store: Path, *more: object) -> list[str]:
        return [line for line in run("rules", "coverage", "--store", store, *more)[1].splitlines() if "old" in line]

    assert ",yes," in covered(bare)[0]
    assert covered(kept) == covered(bare, "--rules", nsg)
    assert "admits everything" in covered(kept)[0]
    assert "other-nsg" in run("rules", "coverage", "--store", kept)[1], "others of the log have their rows too"
    assert "other-nsg" not in run("rules", "coverage", "--store", kept, "--rules", nsg)[1]


def test_what_keeps_no_files_says_which_option_names_an_nsg(run: Run) -> None:
    """What a local store keeps is of its own logs, so it is not taken for those of a workspace."""
    status, printed, said = run("rules", "replay", "--workspace", "11111111-1111-4111-8111-111111111111")
    assert (status, printed) == (2, "")
    assert "none is kept" not in said
    assert "keep no files" in said
    assert "name one with --rules FILE or --inventory FILE" in said


@pytest.mark.parametrize("is_kept", [True, False])
def test_rules_that_are_tried_take_their_own_place_among_the_nsgs_that_stand(
    is_kept: bool, bare: Path, tmp_path: Path, run: Run
) -> None:
    """With those kept the far end's NSG, which no file of the run told again, was said to be "in no file"."""
    store = shutil.copy(bare, tmp_path / "flows.duckdb")
    (network := tmp_path / "network.json").write_text(json.dumps([VNET, CARD, APP, DB, NIC]))
    (tried := tmp_path / "tried.json").write_text(json.dumps(APP | {"securityRules": CLOSED_OUT}))
    if is_kept:
        assert run("inventory", network, "--save", "--store", store)[0] == 0
    given = () if is_kept else ("--inventory", network)
    words = ("rules", "path", "10.30.1.4", "10.30.2.9", "tcp", "1433", "--store", store, *given)
    for rules, source in (((), "Allow,AllowVnetOutBound"), (("--rules", tried), "Deny,no-way-out")):
        _, printed, said = run(*words, *rules)
        assert f"source subnet nsg-app,{source}" in printed
        assert "destination subnet nsg-db,Allow,AllowVnetInBound" in printed
        assert "is in no file" not in printed + said
