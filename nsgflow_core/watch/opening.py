"""Opening a remembered connection where nobody looks: with the server's identity, its environment, or not at all."""

from __future__ import annotations

from nsgflow_core.credentials import SignIn, sign_in
from nsgflow_core.errors import SourceMissing, SourceSignIn
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import Source
from nsgflow_core.watch.connections import Connection


def open_connection(connection: Connection) -> Source:
    """The source. Raises SourceSignIn when it needs a secret, and SourceError when it is not there."""
    if connection.is_workspace:
        raise SourceMissing(
            f"{connection.name} is a Log Analytics workspace: there is nothing to read from it.",
            "Ask it with --workspace, or on the page Connect.",
        )
    if connection.needs:
        raise SourceSignIn(
            f"{connection.name} needs its {connection.needs} again: secrets are not remembered.",
            "Open it on the page Connect, or remember it with the machine's own Microsoft Entra sign-in.",
        )
    credential = sign_in(SignIn.DEFAULT) if connection.sign_in == "entra" else None
    return open_source(connection.place, credential=credential, containers=connection.containers or None)
