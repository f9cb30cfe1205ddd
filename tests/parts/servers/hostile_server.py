"""A server on loopback that does what a hostile one would: answers as it is told, and keeps all that it is sent.

with run_hostile(certificate, private_key) as server:
    server.answers = Answer(401, {"WWW-Authenticate": ...})
    ...
    assert server.seen == []
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

OTHER_TENANT = "11111111-2222-3333-4444-555555555555"
CHALLENGE = (
    f"Bearer authorization_uri=https://login.microsoftonline.com/{OTHER_TENANT}/oauth2/authorize "
    "resource_id=https://management.azure.com"
)
"""What azure-storage-blob reads as: a token for ARM, in that tenant, please."""


@dataclass(frozen=True)
class Answer:
    """What the server says to each request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """All of it that could hold a secret."""
        return f"{self.path} {dict(self.headers)}"


@dataclass
class HostileServer:
    """Where it listens, what it answers, what it was sent."""

    authority: str
    scheme: str
    answers: Answer = field(default_factory=Answer)
    seen: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}"


@contextmanager
def run_hostile(certificate: Path | None = None, private_key: Path | None = None) -> Iterator[HostileServer]:
    """Plain http on a free port; https with a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            running.seen.append(Seen(self.path, dict(self.headers)))
            self.send_response(running.answers.status)
            for name, value in running.answers.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(running.answers.body)))
            with suppress(ConnectionError):  # a client that has seen the status need not stay for the rest
                self.end_headers()
                self.wfile.write(running.answers.body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate and private_key:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private_key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    running = HostileServer(f"127.0.0.1:{server.server_port}", "https" if certificate else "http")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
    built = built.not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = folder / "cert.pem"
    certificate.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private_key = folder / "key.pem"
    private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return certificate, private_key
