"""Where the dashboard is asked to listen and cannot: one line and status 2, before Streamlit is started."""

from __future__ import annotations

import runpy
import socket

import pytest

from nsgflow_core.words.visible import in_short
from tests.commands.conftest import Run


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is started all the same, the test fails, and does not hang."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("Streamlit is started")

    monkeypatch.setattr(runpy, "run_module", started)


@pytest.mark.parametrize(
    "address", ["nope.invalid", "300.1.1.1", "192.0.2.77", "2001:db8::7", "a..b", "http://x", "\0"]
)
def test_an_address_of_another_machine_or_none(address: str, run: Run) -> None:
    status, printed, said = run("dashboard", "--address", address, "--port", "8997")
    assert (status, printed, said.count("\n")) == (2, "", 1)
    assert f"{in_short(address)} port 8997 cannot be listened on: " in said


def test_a_port_in_use(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, said = run("dashboard", "--port", port)
        assert (status, said) == (2, f"nsgflow: Port {port} is in use. Choose another with --port.\n")
