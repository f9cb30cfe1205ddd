"""Pages through AppTest on the sample estate, with stores and caches of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this test run keeps its stores; the sample is written there once."""
    made = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in ("NSGFLOW_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    os.environ |= {
        "NSGFLOW_STORE": str(made / "flows.duckdb"),
        "XDG_CACHE_HOME": str(made / "cache"),
        "XDG_DATA_HOME": str(made / "data"),
    }
    yield made
    for name, value in before.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@pytest.fixture
def opened(home: Path) -> Callable[..., AppTest]:
    """Open a page with URL parameters: `opened("denied", port="22")`."""

    def open_page(name: str = "overview", **params: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        for key, value in params.items():
            app.query_params[key] = value
        app.run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py")
            for key, value in params.items():
                app.query_params[key] = value
            app.run()
        assert not app.exception
        return app

    return open_page
