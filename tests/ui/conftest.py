"""Pages through AppTest on the sample estate, with stores and caches of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest, local_script_runner

from tests.conftest import own_folders, with_sample
from tests.ui.opening import begin, open_page, wait_for_end


@pytest.fixture(scope="session", autouse=True)
def app_tests() -> Iterator[None]:
    """AppTest as these tests use it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AppTest, "__init__", begin)
        patch.setattr(local_script_runner, "require_widgets_deltas", wait_for_end)
        yield


@pytest.fixture(scope="session", autouse=True)
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this test run keeps its stores; the sample is there already. No page here meets the user's own."""
    made = with_sample(sample_home, tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in own_folders(made).items():
            environment.setenv(name, value)
        yield made


@pytest.fixture
def opened(home: Path) -> Callable[..., AppTest]:
    """Open a page with URL parameters: `opened("denied", port="22")`."""
    return lambda name="overview", **params: open_page(name, params)
