"""What the machine's environment says of proxies and certificates holds for the one host, and is looked at once."""

from __future__ import annotations

from typing import Any

import pytest

from nsgflow_core.credentials.hosts import read_endpoint
from nsgflow_core.credentials.transport import OneHostTransport

URL = "https://account.blob.core.windows.net/container"
PROXY = "http://proxy.example:3128"


def settings(transport: OneHostTransport, proxies: dict[str, str] | None = None) -> dict[str, Any]:
    """Those that `requests.Session.request` takes for one request."""
    transport.open()
    session = transport.session
    assert session is not None
    return dict(session.merge_environment_settings(URL, proxies or {}, False, True, None))


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> OneHostTransport:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return OneHostTransport(read_endpoint(URL, like=""))


def test_a_proxy_and_a_bundle_of_the_environment_hold(
    transport: OneHostTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/bundle.pem")
    for _ in range(2):
        found = settings(transport)
        assert (found["proxies"]["https"], found["verify"]) == (PROXY, "/etc/bundle.pem")
    found["proxies"].clear()
    assert settings(transport)["proxies"]["https"] == PROXY


def test_a_host_that_needs_no_proxy_has_none(transport: OneHostTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "blob.core.windows.net")
    assert "https" not in settings(transport)["proxies"]


def test_proxies_of_one_request_are_its_own(transport: OneHostTransport) -> None:
    assert settings(transport)["proxies"].get("https") is None
    assert settings(transport, proxies={"https": PROXY})["proxies"]["https"] == PROXY
    assert settings(transport)["proxies"].get("https") is None
