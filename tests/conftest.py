"""Shared by all tests: their marks, real parts that may be missing, and the sample estate, written once a run."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.harness.left_behind import nothing_left_behind as nothing_left_behind
from tests.harness.rooms import LONG, PARTS, lies_in, together
from tests.harness.said_at_once import SaidAtOnce

settings.register_profile("whatever the load", deadline=None)
settings.load_profile("whatever the load")
"""How long a random case takes tells of the machine, not of the code: a busy one failed tests of the first 200 ms."""
ROOT = Path(__file__).resolve().parent.parent

BROWSER_LIMIT = 900
"""Seconds of a test of the browser: what a page is asked has no limit of its own, and the longest takes 340 on a busy
machine."""
_COMPILE = "from nsgflow_core.formats.compiled.using import compiled_pass; compiled_pass(1)"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tables", action="store_true", help="Every store has tables beside its flows, however few these are."
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """`--tables`: what the suite says of answers is said of the tables' as well; most of its stores have too few flows
    for any. And while the workers collect, the compiled pass is made, once for all of them where it is not kept yet."""
    if config.getoption("--tables"):
        from tests.stores.local.cells.everywhere import make_tables_at_each_commit

        make_tables_at_each_commit()
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and terminal is not None:
        config.pluginmanager.register(SaidAtOnce(terminal), "said at once")
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
    made._split_scope = lambda nodeid: together(nodeid) or of_module(nodeid)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Exactly one mark a test, and the long modules first, so that no worker waits for another at the end.

    In CI, where the machine is shared, a test of the browser has a second try; the summary counts those.
    """
    for item in items:
        kind = _kind(item)
        item.add_marker(kind)
        if kind == "browser":
            item.add_marker(pytest.mark.timeout(BROWSER_LIMIT))
            if os.environ.get("CI"):
                item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: not lies_in(_place(item), LONG))


def pytest_collection_finish() -> None:
    """What was collected lives until the end: the collector need not walk these millions of objects again and again."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of the fast tests alone, no module is imported that has none: half of what `make fast` took."""
    if config.getoption("markexpr") != "fast" or not collection_path.is_relative_to(ROOT / "tests"):
        return None
    place = collection_path.relative_to(ROOT / "tests").as_posix()
    return lies_in(place, ["browser", *PARTS]) or None


def _place(item: pytest.Item) -> str:
    """A test's module, below tests/."""
    return item.nodeid.split("::", 1)[0].removeprefix("tests/")


def _kind(item: pytest.Item) -> str:
    """browser: real Chromium. parts: a part of tests/parts, a whole page, processes, a long search. fast: the rest."""
    place = _place(item)
    if lies_in(place, ["browser"]):
        return "browser"
    if lies_in(place, PARTS):
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
