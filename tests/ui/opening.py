"""How the tests open a page, and what all AppTests of a process share, as the sessions of one server do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from nsgflow_core.ui.frame import navigation
from tests.conftest import ROOT

PATIENCE = 300.0
"""Seconds: Streamlit's own three are too few on a busy machine, and nothing here is about speed."""
_begin = AppTest.__init__


def begin(app: AppTest, script_path: str | Path, *, default_timeout: float, **given: Any) -> None:
    """In place of `AppTest.__init__`: patient, with the components that are installed looked for once a process."""
    _begin(app, script_path, default_timeout=max(default_timeout, PATIENCE), **given)
    assert app._bidi_component_manager is None, "Streamlit makes it elsewhere now"
    app._bidi_component_manager = _components()


@cache
def _components() -> BidiComponentManager:
    """Streamlit reads the metadata of every installed package for it, 0.2 s; a server has one for all sessions."""
    made = BidiComponentManager()
    made.discover_and_register_components(start_file_watching=False)
    return made


def wait_for_end(runner: LocalScriptRunner, timeout: float = 3) -> None:
    """In place of Streamlit's look at the events of a run a thousand times a second."""
    assert runner._script_thread
    runner._script_thread.join(timeout)
    if not runner.script_stopped():
        runner.request_stop()
        runner.join()
        raise RuntimeError(f"AppTest script run timed out after {timeout}(s)")


def open_page(name: str = "overview", params: Mapping[str, str] | None = None) -> AppTest:
    """A new session at a page's own address, as a link opens it: no other page runs first."""
    app = AppTest.from_file(str(ROOT / "app.py"))
    app.query_params.update(params or {})
    if name != navigation.PAGES[0].name:
        app.switch_page(navigation.page_file(name))
    app.run()
    assert not app.exception
    assert app._page_hash in ("", app._finished_page_script_hash), f"{name} was not what ran"
    return app
