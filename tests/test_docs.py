"""The docs fail the build when they drift from the code."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from nsgflow_core import errors
from nsgflow_core.__main__ import COMMANDS, build_parser, named_command
from nsgflow_core.commands.telling.spoken import join_signed
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^    python -m nsgflow_core ([^#>\n]+)", README, re.MULTILINE)


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listing.stdout.split() if (ROOT / name).is_file()]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_command_in_the_readme_is_understood(example):
    words = join_signed(shlex.split(example.replace("SOURCE...", "sample")))
    command = named_command(words)
    assert command is not None
    build_parser(command).parse_args(words)


def test_every_command_is_in_the_readme():
    assert {command.name for command in COMMANDS} == {
        named.name for example in EXAMPLES if (named := named_command(shlex.split(example)))
    }


def test_every_setting_is_in_the_readme_and_every_one_there_is_used():
    code = "".join((ROOT / name).read_text() for name in tracked() if name.startswith("nsgflow_core/"))
    pattern = r"\b(?:NSGFLOW|AZURE_STORAGE)_[A-Z_]+\b"
    assert set(re.findall(pattern, code)) == set(re.findall(pattern, README))


def test_every_file_of_the_layout_exists():
    layout = DESIGN.split("## 2. Layout")[1].split("Imports go down")[0]
    names = re.findall(r"^ {4,6}(\S+\.py|\S+/)\s", layout, re.MULTILINE)
    assert len(names) > 20
    missing = [name for name in names if not ((ROOT / name).exists() or (ROOT / "nsgflow_core" / name).exists())]
    assert missing == []


def test_the_error_tree_draws_every_error():
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)) - {"Every"}
    assert drawn == {name for name, value in vars(errors).items() if isinstance(value, type)}


def test_links_between_the_docs_lead_somewhere():
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_file_and_test_that_the_docs_name_is_there():
    """By the end of its path. A recipe's NAME stands for any."""
    held = [f"/{name}" for name in tracked()]
    missing = []
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for name, test in re.findall(r"`([\w./-]+\.(?:py|js))(?:::(\w+))?`", page.read_text(encoding="utf-8")):
            found = [path for path in held if path.endswith(f"/{name}")]
            if page.name == "CHANGELOG.md" or "NAME" in name or name in _OF_A_PACKAGE:
                continue
            if not any(not test or f"def {test}(" in (ROOT / path[1:]).read_text(encoding="utf-8") for path in found):
                missing.append(f"{page.name}: {name} {test}")
    assert missing == []


_OF_A_PACKAGE = {"bridge.min.js", "Kusto.Language.Bridge.min.js"}


def test_no_file_names_a_package_registry():
    hosts = re.compile(r"(?:pypi|pythonhosted|npmjs|registry\.npm|deb\.debian)\.(?:org|com)", re.IGNORECASE)
    named = [
        name
        for name in tracked()
        if not name.endswith((".png", ".ico", ".gz")) and hosts.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert [name for name in named if name != "tests/test_docs.py"] == []


def test_the_hooks_before_a_commit_are_those_of_make_check():
    recipe = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert hooks == re.findall(r"\$\(BIN\)/(.+)", recipe)


def test_the_docs_fit_a_screen():
    pages = [page for page in (ROOT / "docs").rglob("*.md") if page.name != "sample.md"]
    long = [(page.name, line) for page in pages for line in page.read_text().splitlines() if len(line) > 120]
    assert long == []
