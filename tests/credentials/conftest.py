"""What tests of secrets share: nobody is to be asked."""

from __future__ import annotations

import socket

import pytest


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was looked up or connected to."""
    seen: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        seen.append(arguments)
        raise OSError("nobody is to be asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("NSGFLOW_ALLOW_HOSTS", "NSGFLOW_LOGS_TOKEN", "NSGFLOW_LOGS_ENDPOINT", "NSGFLOW_CLOUD"):
        monkeypatch.delenv(name, raising=False)
    return seen
