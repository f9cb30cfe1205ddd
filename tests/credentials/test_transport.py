"""What the machine's environment says of proxies and certificates holds for the one host, and is looked at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError

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


def test_a_plain_request_goes_to_the_one_host_and_through_no_proxy(
    transport: OneHostTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy it is left to the client, which knows how to ask one."""
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert transport.fetch(f"{URL}/blob?sig=secret", {}, 206, 10, pytest.fail) is None
    for other in (
        "https://account.blob.core.windows.net.evil.example/",
        "http://account.blob.core.windows.net/",
        PROXY,
    ):
        with pytest.raises(ServiceRequestError, match="another host"):
            transport.fetch(other, {}, 206, 10, pytest.fail)


def test_a_plain_request_trusts_the_certificates_of_the_environment(
    transport: OneHostTransport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (bundle := tmp_path / "bundle.pem").write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    pool = transport._pool
    assert pool is not None
    assert (pool.host, pool.port, pool.scheme) == ("account.blob.core.windows.net", 443, "https")
    assert (pool.ca_certs, pool.cert_reqs) == (str(bundle), "CERT_REQUIRED")  # type: ignore[attr-defined]
