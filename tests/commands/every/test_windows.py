"""Every command that takes a window refuses one that ends before it starts: an import of it "read 0 of 0 blobs"."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Run
from tests.commands.every.needed import BESIDE, with_options
from tests.commands.every.needed import place as place


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", with_options("--since", "--until"))
def test_a_window_that_ends_before_it_starts(command: str, run: Run) -> None:
    window = ("--since", "2026-11-20", "--until", "2026-11-10")
    status, printed, said = run(*command.split(), *BESIDE.get(command, ()), *window)
    assert (status, printed) == (2, "") or command == "watch", "its round says so in its own line"
    assert "The window ends before it starts." in printed + said
    assert status == 2
