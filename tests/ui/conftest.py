"""Pages through AppTest on the sample estate, with stores and caches of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest, local_script_runner

from nsgflow_core.ask.answers import label
from nsgflow_core.ui.parts import tables
from tests.conftest import own_folders, with_sample
from tests.ui.opening import begin, open_page, wait_for_end


@pytest.fixture(scope="package", autouse=True)
def app_tests() -> Iterator[None]:
    """AppTest as these tests use it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AppTest, "__init__", begin)
        patch.setattr(local_script_runner, "require_widgets_deltas", wait_for_end)
        yield


@pytest.fixture(scope="package", autouse=True)
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this test run keeps its stores; the sample is there already. No page here meets the user's own."""
    made = with_sample(sample_home, tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in own_folders(made).items():
            environment.setenv(name, value)
        yield made


@pytest.fixture(scope="package", autouse=True)
def headings() -> Iterator[None]:
    """Whatever a test here draws: no table has two columns of one heading."""
    alike: list[str] = []
    draw = tables._cells

    def note(shown: pd.DataFrame, table: tables.TableView) -> pd.DataFrame:
        cells = draw(shown, table)
        told = [label(str(name)) for name in cells.columns]
        if not table.raw_names and len(set(told)) < len(told):
            alike.append(f"{table.title}: {told}")
        return cells

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_cells", note)
        yield
    assert alike == []


@pytest.fixture
def opened(home: Path) -> Callable[..., AppTest]:
    """Open a page with URL parameters: `opened("denied", port="22")`."""
    return lambda name="overview", **params: open_page(name, params)
