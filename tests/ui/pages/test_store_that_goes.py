"""The store's file goes, or another lies there, while pages are open: each says so, and no sample answers for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.ui.frame import navigation
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.opening import open_page


def _to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


WAYS: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (Path.unlink, ""),
    "of another program": (lambda path: path.write_bytes(b"garbage" * 3000), "is damaged"),
    "empty": (lambda path: path.write_bytes(b""), "is damaged"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:5000]), "is damaged"),
    "a folder": (_to_folder, "is a folder"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store to copy: what one copy answered before it went is at hand for the next, as the same store moved."""
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4, kind="User")
    return store_of(tmp_path_factory.mktemp("whole") / "f.duckdb", rows, SUBNETS).path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [page.name for page in navigation.PAGES])
def test_a_page_says_what_became_of_its_store(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, way: str
) -> None:
    store = Path(shutil.copy(whole, tmp_path))
    monkeypatch.setenv("NSGFLOW_STORE", str(store))
    page, (befall, said) = open_page(name), WAYS[way]
    befall(store)
    page.run()
    assert not page.exception
    boxes = [*page.error, *page.warning, *page.info]
    told = as_it_reads(" ".join(f"{each.proto.title} {each.value}" for each in boxes))
    assert "Sample estate" not in " ".join(each.value for each in page.markdown)
    if said:
        assert said in told
    elif next(each for each in navigation.PAGES if each.name == name).filtered:
        assert "Local store f.duckdb is not there any more" in told
        assert "holds no flows yet" not in told
