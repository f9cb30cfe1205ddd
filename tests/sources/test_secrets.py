"""No key, SAS or connection string shows up in a name, a listing, a repr, an error or a log line, even at DEBUG."""

from __future__ import annotations

import base64
import io
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.errors import NsgflowError
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import NSG_CONTAINER, BlobInfo, Cursor, Source
from nsgflow_core.sources.blob_storage.address import read_connection_string, read_url
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from tests.conftest import free_port
from tests.estates.records import LINE, vnet_record
from tests.parts.azurite import ACCOUNT, KEY, append_minute, make_sas, run_azurite, start_blob

SENTINEL = base64.b64encode(b"sentinel-of-nsgflow-that-nobody-may-see-anywhere").decode()
SAS = f"sv=2025-01-05&ss=b&srt=sco&sp=rl&se=2099-01-01T00:00:00Z&sig={quote(SENTINEL, safe='')}"


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """All log lines of all packages at DEBUG."""
    lines = io.StringIO()
    handler, root = logging.StreamHandler(lines), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def shown(call: Callable[[], object]) -> str:
    """Whatever a call shows: its answer, or its error with the whole traceback and all that hangs on to it."""
    try:
        return repr(call())
    except NsgflowError as error:
        hanging: BaseException | None = error
        texts = []
        while hanging:
            texts += [repr(hanging), repr(vars(hanging)), "".join(traceback.format_exception(hanging))]
            hanging = hanging.__cause__ or hanging.__context__
        return "\n".join(texts)


def listed(source: Source) -> list[BlobInfo]:
    return list(source.blobs())


def spellings(secret: str) -> list[str]:
    return [secret, quote(secret, safe=""), quote(secret), secret[:20]]


def sources_with_the_sentinel(url: str) -> list[tuple[str, object | None]]:
    return [
        (f"{url}?{SAS}", None),
        (f"{url}/{NSG_CONTAINER}?{SAS}", None),
        (url, SENTINEL),
        (url, SAS),
        (f"AccountName={ACCOUNT};AccountKey={SENTINEL};BlobEndpoint={url}", None),
        (f"BlobEndpoint={url};SharedAccessSignature={SAS}", None),
    ]


def test_a_refused_secret_is_shown_nowhere() -> None:
    with run_azurite() as emulator, everything_logged() as lines:
        for text, credential in sources_with_the_sentinel(emulator.url):
            source = open_source(text, credential=credential)
            assert isinstance(source, BlobStorageSource)
            out = repr(source) + str(source) + source.name + repr(vars(source))
            out += shown(partial(listed, source)) + shown(source.containers)
            assert "SourceSignIn" in out
            for spelling in spellings(SENTINEL):
                assert spelling not in out
                assert spelling not in lines.getvalue()
        assert "sig=(hidden)" in lines.getvalue()


def test_an_unreachable_account_shows_no_secret() -> None:
    with everything_logged() as lines:
        for text, credential in sources_with_the_sentinel(f"http://127.0.0.1:{free_port()}/{ACCOUNT}")[1:4]:
            out = shown(partial(listed, open_source(text, credential=credential)))
            assert "SourceUnreachable" in out
            for spelling in spellings(SENTINEL):
                assert spelling not in out
                assert spelling not in lines.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        f"AccountKey={SENTINEL}",
        f"AccountName=;AccountKey={SENTINEL}",
        f"SharedAccessSignature={SAS}",
        f"https://?{SAS}",
        f"http://127.0.0.1:99999/{ACCOUNT}?{SAS}",
        f"https://[half/?{SAS}",
        f"acme.blob.invalid/logs?{SAS}",
        f"?{SAS}",
    ],
)
def test_half_an_address_shows_no_secret(text: str) -> None:
    out = shown(lambda: list(open_source(text).blobs()))
    assert "Source" in out
    assert not any(spelling in out for spelling in spellings(SENTINEL))


def test_what_was_read_with_a_sas_holds_nothing_of_it() -> None:
    with run_azurite() as emulator, everything_logged() as lines:
        service = emulator.client()
        service.create_container(NSG_CONTAINER)
        append_minute(start_blob(service.get_blob_client(NSG_CONTAINER, "a.json")), [b'{"time":1}'])
        sas = make_sas(1)
        signature = sas.partition("sig=")[2].partition("&")[0]
        source = open_source(f"{emulator.url}/{NSG_CONTAINER}?{sas}")
        (blob,) = source.blobs()
        part = source.read(blob, None)
        assert part is not None
        cursor = Cursor(part.etag, 20, part.fingerprint(20))
        kept = repr((blob, part, cursor, source.name)).encode() + pickle.dumps((blob, cursor))
        assert signature.encode() not in kept
        assert signature not in lines.getvalue()
        assert KEY not in lines.getvalue()


def test_the_log_of_an_import_names_it_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with run_azurite() as emulator:
        service = emulator.client()
        service.create_container(NSG_CONTAINER)
        append_minute(start_blob(service.get_blob_client(NSG_CONTAINER, "a.json")), [vnet_record([LINE])])
        sas, store = make_sas(1), str(tmp_path / "f.duckdb")
        sources = [f"{emulator.url}?{sas}", f"{emulator.url}?{SAS}", emulator.connection_string]
        assert main(["import", *sources, "--store", store, "--verbose"]) == 1
    assert main(["required-ports", "--store", store, "--verbose"]) == 0
    told = capsys.readouterr()
    assert "INFO import of" in told.err
    assert "1 of 1 blob" in told.err
    assert "Flows where decision is Allowed" in told.err
    shown = told.out + told.err + caplog.text
    for secret in (sas.partition("sig=")[2].partition("&")[0], SENTINEL, KEY):
        assert not [spelling for spelling in spellings(secret) if spelling in shown]
        kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert not [spelling for spelling in spellings(secret) if spelling.encode() in kept]


def test_addresses_hide_their_credential() -> None:
    for address in (
        read_url(f"https://acme.blob.core.windows.net/?{SAS}"),
        read_url("https://acme.blob.core.windows.net", SENTINEL),
        read_connection_string(f"AccountName=acme;AccountKey={SENTINEL}"),
    ):
        assert not any(spelling in repr(address) for spelling in spellings(SENTINEL))
