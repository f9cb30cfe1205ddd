"""What tests of several stores share."""

import pytest


@pytest.fixture
def stub_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token that the workspace stub takes."""
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")
