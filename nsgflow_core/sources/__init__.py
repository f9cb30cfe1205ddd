"""Where flow-log blobs lie: list them, and read what is new in each.

`open_source` turns what a user typed into a source; SOURCES names the kinds and the words that choose them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nsgflow_core.errors import SourceMissing, SourceSignIn
from nsgflow_core.sources.base import Source

Opener = Callable[[str, object | None, Sequence[str] | None], Source]


def _open_sample(_text: str, _credential: object | None, _containers: Sequence[str] | None) -> Source:
    from nsgflow_core.sources.sample.source import SampleSource

    return SampleSource()


def _open_environment(_text: str, credential: object | None, containers: Sequence[str] | None) -> Source:
    from nsgflow_core.sources.blob_storage.source import BlobStorageSource

    return BlobStorageSource.from_environment(credential=credential, containers=containers)


def _open_connection_string(text: str, _credential: object | None, containers: Sequence[str] | None) -> Source:
    from nsgflow_core.sources.blob_storage.source import BlobStorageSource

    return BlobStorageSource.from_connection_string(text, containers=containers)


def _open_url(text: str, credential: object | None, containers: Sequence[str] | None) -> Source:
    from nsgflow_core.sources.blob_storage.source import BlobStorageSource

    url = text if "://" in text else f"https://{text}"
    return BlobStorageSource.from_url(url, credential=credential, containers=containers, environment=os.environ)


def _open_folder(text: str, _credential: object | None, _containers: Sequence[str] | None) -> Source:
    from nsgflow_core.sources.folder import FolderSource

    return FolderSource(text)


def _refuse_lone_sas(_text: str, _credential: object | None, _containers: Sequence[str] | None) -> Source:
    """A SAS without its URL must not be taken for a path: the error for a missing path would quote it."""
    raise SourceSignIn("This is a SAS without the account's URL.", "Paste the whole Blob SAS URL from the portal.")


_CONNECTION_STRING_KEYS = {
    "usedevelopmentstorage",
    "accountname",
    "accountkey",
    "blobendpoint",
    "sharedaccesssignature",
}
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[a-z0-9-]+(\.z\d+)?\.(blob|dfs)\.", re.IGNORECASE)


def _is_connection_string(text: str) -> bool:
    return bool({part.partition("=")[0].strip().lower() for part in text.split(";")} & _CONNECTION_STRING_KEYS)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source: what a user writes for it, how that text is recognised, and what opens it."""

    written: str
    matches: Callable[[str], bool]
    open: Opener


SOURCES: tuple[SourceKind, ...] = (
    SourceKind("sample", lambda text: text.lower() == "sample", _open_sample),
    SourceKind("azure", lambda text: text.lower() == "azure", _open_environment),
    SourceKind("an account or container URL", lambda text: bool(_URL.match(text)), _open_url),
    SourceKind("a connection string", _is_connection_string, _open_connection_string),
    SourceKind("a SAS URL", lambda text: "sig=" in text, _refuse_lone_sas),
    SourceKind("a folder or a file", lambda _text: True, _open_folder),
)
"""Tried from the top; the first that matches opens. A folder called `azure` is written `./azure`.

The openers import late: the sample generator and the Azure client each take longer to load than the rest together.
"""


def _kind_of(text: str) -> SourceKind:
    return next(kind for kind in SOURCES if kind.matches(text))


def is_url_or_word(text: str) -> bool:
    """True for what is no path: a URL, a connection string, `azure`, `sample`."""
    return _kind_of(text.strip().strip('"')) is not SOURCES[-1]


def is_url(text: str) -> bool:
    """True for the URL of an account or container."""
    return bool(_URL.match(text.strip()))


def open_source(text: str, *, credential: object | None = None, containers: Sequence[str] | None = None) -> Source:
    """The source that a text of the command line names: `sample`, `azure`, a connection string, a URL, or a path.

    `credential` (an azure-identity credential, an account key or a SAS) and `containers` (the two flow-log containers
    when not given) concern Azure only. Raises SourceMissing when nothing is there, SourceSignIn when it is not usable.
    """
    text = text.strip().strip('"')
    if not text:
        raise SourceMissing("No source was named.", f"Write one of: {', '.join(kind.written for kind in SOURCES)}.")
    return _kind_of(text).open(text, credential, containers)
