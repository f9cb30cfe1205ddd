"""Pages that ask several questions side by side ask for nothing that they do not show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager

import pytest

from nsgflow_core.ui.frame import session
from nsgflow_core.ui.memory.answers import KeptAnswers
from tests.ui.reading import Opened


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("overview", {}),
        ("overview", {"window": "24h"}),
        ("overview", {"bars": "day"}),
        ("denied", {}),
        ("denied", {"bars": "day"}),
        ("required_ports", {"by": "address"}),
        ("changes", {}),
        ("changes", {"of": "denials"}),
    ],
)
def test_each_answer_asked_together_is_shown(
    page: str, params: dict[str, str], opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: set[Hashable] = set()
    shown: set[Hashable] = set()
    begin, keep = KeptAnswers.begun, session.kept_once

    def beginning(self: KeptAnswers, wanted: Mapping[Hashable, Callable[[], object]]) -> AbstractContextManager[None]:
        together.update(wanted)
        return begin(self, wanted)

    def showing(
        everyones: KeptAnswers, identity: str, asked: Hashable, make: Callable[[], object], waiting: str
    ) -> object:
        shown.add((identity, asked))
        return keep(everyones, identity, asked, make, waiting)

    monkeypatch.setattr(session, "_ANSWERS", KeptAnswers(1 << 28))
    monkeypatch.setattr(KeptAnswers, "begun", beginning)
    monkeypatch.setattr(session, "kept_once", showing)
    opened(page, **params)
    assert together <= shown
    assert together or params.get("of"), "a page with one question has nothing to ask beside it"
