"""Pages through AppTest on the sample estate, with stores and caches of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT, own_folders, with_sample

_begin = AppTest.__init__


def _patient(app: AppTest, script_path: str | Path, *, default_timeout: float, **given: Any) -> None:
    """Streamlit's own three seconds are too few on a busy machine, and nothing here is about speed."""
    _begin(app, script_path, default_timeout=max(default_timeout, 120), **given)


@pytest.fixture(scope="session", autouse=True)
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this test run keeps its stores; the sample is there already. No page here meets the user's own."""
    made = with_sample(sample_home, tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in own_folders(made).items():
            environment.setenv(name, value)
        environment.setattr(AppTest, "__init__", _patient)
        yield made


@pytest.fixture
def opened(home: Path) -> Callable[..., AppTest]:
    """Open a page with URL parameters: `opened("denied", port="22")`."""

    def open_page(name: str = "overview", **params: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"))
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
