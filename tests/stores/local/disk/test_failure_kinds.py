"""Every exception that DuckDB has leaves the store's boundary as an error of our tree."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.errors import NsgflowError
from nsgflow_core.stores.local.disk import failures


def test_no_exception_of_duckdb_is_untranslated(tmp_path: Path) -> None:
    """Each class, raised inside the boundary, leaves it as an error of the tree; a value's words mislead nobody."""
    kinds = [duckdb.Error]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert len(kinds) > 25
    for kind in kinds:
        for words in ("", "Anything Error: something\nmore", 'Could not convert "checksum"'):
            with pytest.raises(NsgflowError) as refused, failures.as_our_errors(tmp_path / "x"):
                raise kind(words)
            assert refused.value.message
    assert failures.kind_of(duckdb.ConversionException("Could not convert 'No space left'")).name == "other"
    for name, words in FOREIGN.items():
        assert failures.kind_of(duckdb.IOException(f'IO Error: Could not open file "/x": {words}')).name == name
    assert all(row.classes or row.says for row in failures.KINDS)


FOREIGN = {
    "disk": os.strerror(errno.EIO),
    "no locks": os.strerror(errno.ENOLCK),
    "full": os.strerror(errno.EDQUOT),
    "files": os.strerror(errno.ENFILE),
    "read-only": os.strerror(errno.EROFS),
    "permission": os.strerror(errno.EPERM),
}
"""What the system says where no test can bring it to say so."""
