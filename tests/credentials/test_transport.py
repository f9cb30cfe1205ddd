"""The transport takes the way out that the environment names, read once; a test asks the session that it opens."""

from __future__ import annotations

import pytest

from nsgflow_core.credentials.hosts import read_endpoint
from nsgflow_core.credentials.transport import OneHostTransport

PROXY = "http://proxy.contoso.example:3128"


def opened() -> OneHostTransport:
    transport = OneHostTransport(read_endpoint("https://acct.blob.core.windows.net", like=""), read_timeout=1)
    transport.open()
    return transport


def test_a_proxy_and_a_bundle_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/contoso.pem")
    with opened() as transport:
        assert transport.session.proxies["https"] == PROXY
        assert transport.connection_config.verify == "/etc/contoso.pem"
        assert not transport.session.trust_env  # nor ~/.netrc, nor the environment once more for each request


def test_a_host_without_proxy_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", ".core.windows.net")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with opened() as transport:
        assert not transport.session.proxies
        assert transport.connection_config.verify is True
