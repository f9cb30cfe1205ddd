"""Opening a remembered connection where nobody looks: with what the server lends, its environment, or not at all.

It opens as what it was remembered as, never as what its place reads like: a folder is a folder, whatever its text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nsgflow_core.credentials import SignIn, TypedBy, sign_in
from nsgflow_core.errors import SourceDenied, SourceMissing, SourceSignIn
from nsgflow_core.sources.base import Source
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.watch.connections import Connection

FOLDERS_VARIABLE = "NSGFLOW_ALLOW_FOLDERS"
IDENTITY_VARIABLE = "NSGFLOW_ALLOW_IDENTITY"


@dataclass(frozen=True, slots=True)
class Lends:
    """What of its own a process opens connections with: its folders, and its sign-in to Azure."""

    folders: bool
    identity: bool
    reach: TypedBy
    """Who could have written the connection, and so where its secrets may go."""

    @classmethod
    def to(cls, reach: TypedBy) -> Lends:
        """Everything to the owner; to others what whoever runs the process says with a variable."""
        said = (os.environ.get(name, "").strip() == "1" for name in (FOLDERS_VARIABLE, IDENTITY_VARIABLE))
        folders, identity = (is_said or reach is TypedBy.OWN for is_said in said)
        return cls(folders, identity, reach)


def _folder(connection: Connection, _reach: TypedBy) -> Source:
    return FolderSource(connection.place)


def _environment(connection: Connection, _reach: TypedBy) -> Source:
    from nsgflow_core.sources.blob_storage.source import BlobStorageSource

    return BlobStorageSource.from_environment(containers=connection.containers or None)


def _entra(connection: Connection, reach: TypedBy) -> Source:
    from nsgflow_core.sources.blob_storage.source import BlobStorageSource

    credential = sign_in(SignIn.DEFAULT)
    containers = connection.containers or None
    return BlobStorageSource.from_url(connection.place, credential=credential, containers=containers, reach=reach)


@dataclass(frozen=True, slots=True)
class _Own:
    """One way to open a connection without a secret of a person: what of the server's it takes, and how."""

    is_lent: Callable[[Lends], bool]
    words: str
    variable: str
    open: Callable[[Connection, TypedBy], Source]


_OWN: Mapping[str, _Own] = {
    "": _Own(lambda lends: lends.folders, "folders", FOLDERS_VARIABLE, _folder),
    "environment": _Own(lambda lends: lends.identity, "own sign-in", IDENTITY_VARIABLE, _environment),
    "entra": _Own(lambda lends: lends.identity, "own sign-in", IDENTITY_VARIABLE, _entra),
}
"""The ways to sign in (`connections.SIGN_INS`) that need no secret."""


def check_lent(connection: Connection, lends: Lends) -> None:
    """Raise SourceDenied for a connection that takes what is not lent."""
    own = _OWN.get(connection.sign_in)
    if own and not connection.asked and not own.is_lent(lends):
        raise SourceDenied(
            f"{connection.name} takes this server's {own.words}, which it does not lend to those who reach it.",
            f"Whoever runs the server can lend it with {own.variable}=1; or open it in another way.",
        )


def open_connection(connection: Connection, lends: Lends) -> Source:
    """The source. Raises SourceSignIn when it needs a secret, and SourceError when it is not there, or not lent."""
    if connection.asked:
        raise SourceMissing(
            f"{connection.name} ({connection.words}) is asked where it lies: nothing is imported from it.",
            f"Ask it with --{connection.asked}, or on the page Connect.",
        )
    own = _OWN.get(connection.sign_in)
    if own is None:
        raise SourceSignIn(
            f"{connection.name} needs its {connection.needs} again: secrets are not remembered.",
            "Open it on the page Connect, or remember it with the machine's own Microsoft Entra sign-in.",
        )
    check_lent(connection, lends)
    return own.open(connection, lends.reach)
