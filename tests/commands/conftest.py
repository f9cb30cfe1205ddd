"""A command run in this process, as the shell would see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nsgflow_core.__main__ import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command in this process: (exit status, standard output, standard error)."""

    def run(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        printed = capsysbinary.readouterr()
        return status, printed.out.decode(), printed.err.decode()

    return run
