"""The wheel holds everything that the commands and the dashboard open, and starts from any folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nsgflow_core import COMMAND, __version__
from nsgflow_core.commands.dashboard import app_file
from tests.conftest import ROOT
from tests.parts.wheel import build_wheel, install_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def belonging(*folders: str) -> set[str]:
    """Files of the repository, those of the next commit as well."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listing.stdout.split() if (ROOT / name).is_file()}


def test_it_holds_every_file_of_the_package_and_the_dashboard_beside_its_settings(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("nsgflow-")}
    site = {f"nsgflow_core/dashboard/{name}" for name in belonging("app.py", "pages", ".streamlit")}
    assert held == belonging("nsgflow_core") | site
    assert {"nsgflow_core/dashboard/app.py", "nsgflow_core/dashboard/.streamlit/config.toml"} < site


def test_its_version_is_the_codes_and_the_changelogs(wheel):
    assert wheel.name.split("-")[1] == __version__
    newest = re.search(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert __version__.partition(".dev")[0] == newest[1]


def test_its_needs_are_pinned_in_requirements(wheel):
    (name,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA")]
    needs = re.findall(r"^Requires-Dist: ([\w-]+)", zipfile.ZipFile(wheel).read(name).decode(), re.MULTILINE)
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert "streamlit" in needs
    assert set(needs) <= set(pinned)


def test_installed_it_answers_from_any_folder(wheel, tmp_path):
    site, elsewhere = install_wheel(wheel, tmp_path / "site"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "NSGFLOW_STORE": str(tmp_path / "flows.duckdb")}

    def nsgflow(*words: str) -> str:
        command = [sys.executable, "-m", "nsgflow_core", *words]
        done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert nsgflow("--version") == f"nsgflow {__version__}\n"
    told = subprocess.run(
        [sys.executable, "-m", "nsgflow_core", "denied"], cwd=elsewhere, env=environment, capture_output=True, text=True
    )
    assert "Import flow logs first: nsgflow import SOURCE" in told.stderr, "its Python may be out of reach (pipx, uvx)"
    assert "24 new flow tuples" in nsgflow("import", str(ROOT / "tests" / "golden"))
    assert len(nsgflow("required-ports").splitlines()) > 3
    where = [sys.executable, "-c", "from nsgflow_core.commands.dashboard import app_file; print(app_file())"]
    found = subprocess.run(where, cwd=elsewhere, env=environment, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == site.resolve() / "nsgflow_core" / "dashboard" / "app.py"
    (entry,) = site.glob("nsgflow-*.dist-info/entry_points.txt")
    assert "nsgflow = nsgflow_core.__main__:main" in entry.read_text()


def test_from_a_checkout_it_starts_the_checkouts_own_pages():
    assert app_file() == ROOT / "app.py"


def test_no_hint_takes_a_checkout_for_granted():
    """`python -m nsgflow_core import` was the first advice to people whose python knows no nsgflow_core (pipx, uvx)."""
    assert COMMAND == "python -m nsgflow_core"
    code = {name: (ROOT / name).read_text(encoding="utf-8") for name in belonging("nsgflow_core", "pages", "app.py")
            if name.endswith(".py")}  # fmt: skip
    spelled = re.compile(r"^[^#\n]*python -m nsgflow_core(?!\.)", re.MULTILINE)
    assert [name for name, text in code.items() if spelled.search(text)] == ["nsgflow_core/__init__.py"]
