"""Shared by all tests: their marks, real parts that may be missing, and the sample estate, written once a run."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.harness.left_behind import nothing_left_behind as nothing_left_behind

settings.register_profile("whatever the load", deadline=None)
settings.load_profile("whatever the load")
"""How long a random case takes tells of the machine, not of the code: a busy one failed tests of the first 200 ms."""
ROOT = Path(__file__).resolve().parent.parent
LONG = ("browser", "stores", "ui", "rules/draft", "rules/proof", "rules/dossier")
WHOLE_OR_LONG = (
    "analysis/address/test_about.py",
    "coverage/test_gaps.py",
    "rules/export/test_az.py",
    "analysis/test_denied_stories.py",
    "analysis/test_trends.py",
    "ask/test_hostile_values.py",
    "commands/every",
    "commands/questions",
    "formats/test_read_together.py",
    "report/test_report.py",
    "rules/compare/test_changes.py",
    "rules/review/test_answers.py",
    "rules/special",
    "stores/lake/test_exporting.py",
    "stores/lake/test_lake.py",
    "watch/test_rounds.py",
    "analysis/address/test_searching.py",
    "sources/sample",
    "formats/test_both_ways.py",
    "formats/test_hostile.py",
    "formats/test_packed.py",
    "commands/rules",
    "commands/test_coverage.py",
    "commands/hostile/test_hostile_options.py",
    "commands/hostile/test_secrets_given_wrongly.py",
    "commands/test_inventory.py",
    "commands/test_query.py",
    "commands/test_written.py",
    "rules/decide/test_evaluate.py",
    "rules/decide/test_path.py",
    "rules/dossier",
    "rules/draft/closed",
    "rules/draft/grouping",
    "rules/draft/jump_hosts",
    "rules/draft/test_limits.py",
    "rules/draft/new_ports",
    "rules/draft/seen",
    "rules/draft/tags",
    "rules/draft/test_draft.py",
    "rules/draft/test_draft_sample.py",
    "rules/draft/test_placing.py",
    "rules/draft/test_planted_truth.py",
    "rules/draft/test_tokens.py",
    "rules/proof",
    "rules/replay/test_replay_sample.py",
    "rules/replay/test_own_flows.py",
    "rules/replay/test_today.py",
    "rules/audit/test_shadows.py",
    "stores/local/cells",
    "stores/local/test_answers.py",
    "stores/local/test_tally.py",
    "stores/local/disk/test_failures.py",
    "bench/test_figures.py",
    "stores/conformance",
    "stores/kql_on_local",
    "stores/local/disk/test_staying.py",
    "stores/test_listed.py",
    "stores/test_one_kind.py",
    "stores/local/test_store_versions.py",
    "commands/test_cli.py",
    "commands/hostile/test_hostile_files.py",
    "stores/local/test_hostile_filters.py",
    "stores/local/test_retention.py",
    "stores/local/test_backup.py",
    "stores/local/test_one_state.py",
    "stores/local/disk/test_leaving.py",
    "stores/local/disk/test_passing.py",
    "watch/test_around_the_doors.py",
    "commands/hostile/test_output_is_text.py",
    "commands/test_watch.py",
)
"""The whole sample estate, other processes, many stores, random questions, brute force: what the fast tests lack."""
PARTS = ("ui", "intake", "faults", *WHOLE_OR_LONG)

TOGETHER = ("browser/pages", "browser", "stores/log_analytics", "sources/azurite")
"""Modules that one worker takes: one Chromium with Streamlit's scripts compiled (twice: all of it takes longer than the
rest), one translation of what queries begin with, one emulator. Each worker that takes some pays for its own."""

_COMPILE = "from nsgflow_core.formats.compiled.using import compiled_pass; compiled_pass(1)"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tables", action="store_true", help="Every store has tables beside its flows, however few these are."
    )


def pytest_configure(config: pytest.Config) -> None:
    """`--tables`: what the suite says of answers is said of the tables' as well; most of its stores have too few flows
    for any. And while the workers collect, the compiled pass is made, once for all of them where it is not kept yet."""
    if config.getoption("--tables"):
        from tests.stores.local.cells.everywhere import make_tables_at_each_commit

        make_tables_at_each_commit()
    if getattr(config.option, "numprocesses", None) and config.option.markexpr != "fast" and find_spec("numba"):
        compiling = ExitStack()
        compiling.enter_context(subprocess.Popen([sys.executable, "-c", _COMPILE], cwd=ROOT))
        config.add_cleanup(compiling.close)


@pytest.fixture
def tables_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test of when tables are made: `--tables` makes none in it."""
    from nsgflow_core.stores.local.store import LocalStore

    monkeypatch.setattr(LocalStore, "commit", getattr(LocalStore.commit, "__wrapped__", LocalStore.commit))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """`--dist loadscope` with the scopes of `TOGETHER`; None for any other."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    made = LoadScopeScheduling(config, log)
    of_module = made._split_scope
    made._split_scope = lambda nodeid: _together(nodeid) or of_module(nodeid)
    return made


def _together(nodeid: str) -> str:
    """The scope of `TOGETHER` that a test is in; "" for none."""
    return next((each for each in TOGETHER if nodeid.startswith(f"tests/{each}")), "")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Exactly one mark a test, and the long modules first, so that no worker waits for another at the end.

    In CI, where the machine is shared, a test of the browser has a second try; the summary counts those.
    """
    for item in items:
        kind = _kind(item)
        item.add_marker(kind)
        if kind == "browser" and os.environ.get("CI"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: not _lies_in(_place(item), LONG))


def pytest_collection_finish() -> None:
    """What was collected lives until the end: the collector need not walk these millions of objects again and again."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of the fast tests alone, no module is imported that has none: half of what `make fast` took."""
    if config.getoption("markexpr") != "fast" or not collection_path.is_relative_to(ROOT / "tests"):
        return None
    place = collection_path.relative_to(ROOT / "tests").as_posix()
    return _lies_in(place, ["browser", *PARTS]) or None


def _place(item: pytest.Item) -> str:
    """A test's module, below tests/."""
    return item.nodeid.split("::", 1)[0].removeprefix("tests/")


def _lies_in(place: str, folders: Sequence[str]) -> bool:
    """Whether a module is one of these, or in a folder of them. Asked a hundred thousand times a collection."""
    return any(place == folder or place.startswith(f"{folder}/") for folder in folders)


def _kind(item: pytest.Item) -> str:
    """browser: real Chromium. parts: a part of tests/parts, a whole page, processes, a long search. fast: the rest."""
    place = _place(item)
    if _lies_in(place, ["browser"]):
        return "browser"
    if _lies_in(place, PARTS):
        return "parts"
    held = vars(getattr(item, "module")).values()  # noqa: B009 - only a test function's item has it
    starts = any(each is node_tool or str(getattr(each, "__module__", "")).startswith("tests.parts") for each in held)
    return "parts" if starts else "fast"


def require(found: object, install: str) -> None:
    """Go on when a real part was found; otherwise fail in CI, and skip elsewhere with the line that installs it."""
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI must have this: {install}")
    pytest.skip(f"Missing; install it with: {install}")


def chromium_path() -> str:
    places = ("chromium", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "chrome",
              r"C:\Program Files\Google\Chrome\Application\chrome.exe")  # fmt: skip
    found = next(filter(None, map(shutil.which, places)), None)
    require(found, "apt-get install chromium")
    return str(found)


def node_tool(relative: str) -> Path:
    path = ROOT / "tools" / "node_modules" / relative
    require(shutil.which("node") and path.exists(), "npm ci --prefix tools")
    return path


def free_port() -> int:
    """A TCP port on loopback that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_folders(home: Path) -> dict[str, str]:
    """The environment in which nsgflow keeps its stores inside `home`, on every system."""
    return {
        "NSGFLOW_STORE": str(home / "flows.duckdb"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(home / "cache"),
    }


@pytest.fixture(scope="session", autouse=True)
def apart_from_what_the_user_keeps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test keeps anything where this machine's user does, and none finds there what an earlier run left.

    The cache stays the user's: the compiled pass is in it.
    """
    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
            environment.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose cache holds the sample store, as the dashboard fills it; once a run, whichever worker is first.

    It is only read and copied: `with_sample` for a home, `sample_file` for a store.
    """
    from nsgflow_core.sources.sample.source import sample_fingerprint

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    home = shared / f"sample-{sample_fingerprint()}"
    try:
        home.mkdir()
    except FileExistsError:
        _wait_for(home / "filled")
        return home
    from nsgflow_core.ui.frame import session

    with pytest.MonkeyPatch.context() as environment:
        for name, value in own_folders(home).items():
            environment.setenv(name, value)
        session.sample_store()
    (home / "filled").touch()
    return home


def _wait_for(file: Path, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < end, f"{file} was not made"
        time.sleep(0.1)


def with_sample(sample_home: Path, home: Path) -> Path:
    """`home` with its own copy of the sample store in its cache."""
    shutil.copytree(sample_home / "cache", home / "cache")
    return home


@pytest.fixture(scope="session")
def sample_file(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample store, for tests that only ask it."""
    (made,) = (sample_home / "cache").rglob("sample.duckdb")
    return Path(shutil.copy(made, tmp_path_factory.mktemp("sample") / "sample.duckdb"))
