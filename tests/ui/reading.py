"""What the tests of pages read of a page that AppTest ran, and of the sample that it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from nsgflow_core.stores.local.store import LocalStore
from tests.ui.frame.as_it_reads import as_it_reads

Opened = Callable[..., AppTest]


def sample(home: Path) -> LocalStore:
    return LocalStore(next((home / "cache").rglob("sample.duckdb")))


def field(page: AppTest, label: str) -> TextInput:
    """The field of that label: one that held a secret is drawn under another key after its use."""
    (found,) = [each for each in page.text_input if each.label == label]
    return found


def sentence(app: AppTest) -> str:
    said = next(text.value for text in app.markdown if text.value.startswith("**"))
    return as_it_reads(said.strip("*"))


def texts(app: AppTest) -> str:
    boxes = (*app.error, *app.warning, *app.info)
    return as_it_reads(" ".join(f"{getattr(box.proto, 'title', '')} {box.value}" for box in boxes))
