"""Answers with and without the tables are compared here, also where a run of the suite turns the tables off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nsgflow_core.stores.local import answering


@pytest.fixture(scope="module", autouse=True)
def tables_are_read() -> Iterator[None]:
    """Whatever NSGFLOW_EXACT says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(answering.EXACT, raising=False)
        yield
