"""A damaged store is told in a sentence, is never changed by it, and a new import makes all of it again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nsgflow_core.errors import NsgflowError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.backup import back_up
from tests.faults.harness.child import NOW
from tests.faults.harness.whole import Held, held_by

DAMAGES = {
    "cut to nothing": lambda content: content[:0],
    "cut in the header": lambda content: content[:5000],
    "cut in the middle": lambda content: content[: len(content) // 2],
    "header zeroed": lambda content: bytes(4096) + content[4096:],
    "both states zeroed": lambda content: content[:4096] + bytes(8192) + content[12288:],
    "another program's": lambda content: b"PK\x03\x04" + content[4:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_a_sentence_and_imported_again(
    days: Path, full: Path, undisturbed: Held, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "flows.duckdb"
    content = DAMAGES[damage](full.read_bytes())
    path.write_bytes(content)
    store = LocalStore(path)
    works = (
        lambda: keeping.retire(store, NOW),
        lambda: back_up(store, tmp_path / "copy"),
        lambda: rebuild(store, lambda into: import_flows(FolderSource(days), into)),
    )
    for work in works:
        with pytest.raises(NsgflowError) as refused:
            work()
        assert refused.value.hint
        assert path.read_bytes() == content
    path.rename(tmp_path / "moved away")
    import_flows(FolderSource(days), store)
    assert held_by(store) == undisturbed
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
