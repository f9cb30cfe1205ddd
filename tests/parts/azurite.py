"""The real storage emulator, and blobs written to it block by block as Azure writes flow logs.

with run_azurite() as account:
    blob = start_blob(account.client().get_blob_client(container, name))
    append_minute(blob, [record, record])
"""

from __future__ import annotations

import base64
import json
import logging
import re
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.storage.blob import (
    BlobBlock,
    BlobClient,
    BlobServiceClient,
    ContainerSasPermissions,
    generate_container_sas,
)

from nsgflow_core.sources.base import NSG_CONTAINER
from tests.conftest import free_port, node_tool

EMULATOR = BlobServiceClient.from_connection_string("UseDevelopmentStorage=true")
ACCOUNT = str(EMULATOR.account_name)
KEY = str(EMULATOR.credential.account_key)


@dataclass(frozen=True)
class Emulator:
    """A running Azurite."""

    url: str
    certificate: Path | None = None
    connection_string: str = field(init=False)

    def __post_init__(self) -> None:
        scheme = self.url.partition("://")[0]
        text = f"DefaultEndpointsProtocol={scheme};AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"
        object.__setattr__(self, "connection_string", text)

    def client(self) -> BlobServiceClient:
        """A client that may do everything."""
        options: dict[str, Any] = {"connection_verify": str(self.certificate)} if self.certificate else {}
        return BlobServiceClient.from_connection_string(self.connection_string, **options)


@contextmanager
def run_azurite(
    *,
    certificate: Path | None = None,
    private_key: Path | None = None,
    kept_in: Path | None = None,
    port: int | None = None,
) -> Iterator[Emulator]:
    """Azurite's blob service on a free port; with a certificate it speaks https and accepts tokens.

    It forgets everything when it stops, unless `kept_in` names a folder; started there again on the same port, it is
    the same account.
    """
    script = node_tool("azurite/dist/src/blob/main.js")
    port = port or free_port()
    kept = ["--location", str(kept_in)] if kept_in else ["--inMemoryPersistence"]
    command = ["node", str(script), "--blobPort", str(port), *kept, "--silent"]
    command += ["--disableTelemetry", "--skipApiVersionCheck"]
    if certificate and private_key:
        command += ["--oauth", "basic", "--cert", str(certificate), "--key", str(private_key)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        scheme = "https" if certificate else "http"
        yield Emulator(f"{scheme}://127.0.0.1:{port}/{ACCOUNT}", certificate)
    finally:
        process.terminate()
        process.wait(60)


def start_blob(blob: BlobClient) -> BlobClient:
    """An empty flow log as Azure begins one: a block of 12 bytes, and one of 2."""
    blocks = [_stage(blob, b'{"records":['), _stage(blob, b"]}")]
    blob.commit_block_list(blocks)
    return blob


def append_minute(blob: BlobClient, records: Sequence[object]) -> None:
    """One minute's records as one block before the last; every block after the first begins with a comma.

    Records are dicts, or bytes of ready JSON objects.
    """
    committed, _ = blob.get_block_list("committed")
    ready = [each if isinstance(each, bytes) else json.dumps(each, separators=(",", ":")).encode() for each in records]
    minute = (b"," if len(committed) > 2 else b"") + b",".join(ready)
    keep = [BlobBlock(block_id=block.id) for block in committed]
    blob.commit_block_list([*keep[:-1], _stage(blob, minute), keep[-1]])


def _stage(blob: BlobClient, content: bytes) -> BlobBlock:
    block_id = base64.b64encode(uuid.uuid4().bytes).decode()
    blob.stage_block(block_id, content)
    return BlobBlock(block_id=block_id)


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Until something listens; raises when the process ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Azurite ended with status {process.returncode}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"Azurite does not listen on port {port}")


NSG_LOG = "resourceId=/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB-NSG"
REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/1\.1" (?P<status>\d+) (?P<length>\S+)')


def hour_path(log: str, day: int, hour: int) -> str:
    return f"{log}/y=2026/m=11/d={day:02}/h={hour:02}/m=00/macAddress=000D3AF87856/PT1H.json"


def record(minute: int, padding: int = 0) -> bytes:
    return b'{"time":"2026-11-24T10:%02d:00Z","x":"%s"}' % (minute, b"%d" % (minute % 10) * padding)


class Requests(logging.Handler):
    """What really went over the wire, from the HTTP client's own log: (method, path, status, body length)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str, int, int]] = []

    def emit(self, line: logging.LogRecord) -> None:
        if found := REQUEST.search(line.getMessage()):
            length = int(found["length"]) if found["length"].isdigit() else 0
            self.seen.append((found["method"], found["path"], int(found["status"]), length))

    @property
    def prefixes(self) -> list[str]:
        return [parse_qs(urlsplit(path).query).get("prefix", [""])[0] for _, path, _, _ in self.seen]


def make_sas(hours: int, permission: str = "rl", key: str = KEY) -> str:
    return str(
        generate_container_sas(
            ACCOUNT,
            NSG_CONTAINER,
            account_key=key,
            permission=ContainerSasPermissions.from_string(permission),
            expiry=datetime.now(UTC) + timedelta(hours=hours),
        )
    )
