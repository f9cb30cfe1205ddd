"""Microsoft Entra tokens against Azurite over https (its `--oauth basic`), and servers that are no storage account."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from azure.core.credentials import AccessToken
from azure.storage.blob import BlobClient

from nsgflow_core.errors import SourceError, SourceSignIn, SourceUnreachable
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import NSG_CONTAINER
from tests.parts.azurite import ACCOUNT, KEY, Emulator, append_minute, run_azurite, start_blob
from tests.parts.servers.hostile_server import write_certificate


class FakeUser:
    """A token that Azurite accepts: unsigned, with the claims that Azure would check."""

    def __init__(self, audience: str = "https://storage.azure.com") -> None:
        self.audience = audience

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        now = int(time.time())
        claims: dict[str, object] = {
            "aud": self.audience,
            "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
        }
        claims |= {"iat": now - 60, "nbf": now - 60, "exp": now + 3600, "oid": "23657296-5cd5-45b0-a809-d972a7f4dfe1"}
        parts = [{"alg": "RS256", "typ": "JWT"}, claims]
        text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        return AccessToken(text + ".c2ln", now + 3600)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    certificate, private_key = write_certificate(tmp_path_factory.mktemp("tls"))
    with run_azurite(certificate=certificate, private_key=private_key) as running:
        service = running.client()
        service.create_container(NSG_CONTAINER)
        append_minute(start_blob(service.get_blob_client(NSG_CONTAINER, "a.json")), [b'{"time":1}'])
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("NSGFLOW_ALLOW_HOSTS", running.url.partition("://")[2].partition("/")[0])
            yield running


def test_a_token_reads(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(emulator.certificate))
    source = open_source(emulator.url, credential=FakeUser())
    (blob,) = source.blobs()
    part = source.read(blob, None)
    assert part is not None
    assert part.data == b'{"records":[{"time":1}]}'
    monkeypatch.setattr(BlobClient, "download_blob", lambda *_given, **_options: pytest.fail("the client was asked"))
    again = source.read(blob, None)  # by a plain request, with the certificate and the token
    assert again is not None
    assert again.data == part.data


def test_a_token_for_something_else_is_a_sign_in_problem(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(emulator.certificate))
    with pytest.raises(SourceSignIn, match="sign-in"):
        list(open_source(emulator.url, credential=FakeUser("https://api.loganalytics.io")).blobs())


def test_an_untrusted_certificate_says_so(emulator: Emulator) -> None:
    with pytest.raises(SourceUnreachable, match="not trusted"):
        list(open_source(emulator.url, credential=KEY).blobs())


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (200, b"<html><body>Sign in to the hotel network</body></html>", "text/html"),
        (200, b"{}", "application/json"),
        (200, b"", "application/xml"),
        (200, b"<?xml version='1.0'?><EnumerationResults>", "application/xml"),
        (302, b"", "text/html"),
        (404, b"<html>Not found</html>", "text/html"),
        (403, b"", "text/plain"),
    ],
)
def test_a_server_that_is_no_storage_account(status: int, body: bytes, content_type: str) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(SourceError):
            list(open_source(f"http://127.0.0.1:{server.server_port}/{ACCOUNT}", containers=["logs"]).blobs())
    finally:
        server.shutdown()
        server.server_close()
