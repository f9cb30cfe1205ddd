"""A credential that grants one audience, whatever a client asks it for.

Clients of Azure Storage read a 401's `WWW-Authenticate` and ask for a token for the resource and the tenant that it
names (azure-storage-blob 12.31, `StorageBearerTokenCredentialPolicy.on_challenge`; azure-core asks for `claims`). Who
answers a request may so have a token made for anything. This one makes none.
"""

from __future__ import annotations

from typing import Any, Protocol


class TokenCredential(Protocol):
    """What every azure-identity credential offers."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """A token for these scopes; raises ClientAuthenticationError."""
        ...


class ForeignChallenge(Exception):
    """The server asked for a token of another audience, of another tenant, or with claims of its own.

    Not one of azure-core's errors, so that its retries do not ask the same server again.
    """


class ScopedCredential:
    """Hands on a credential's tokens for one scope, and refuses all else. It has no other door (`get_token_info`)."""

    __slots__ = ("_credential", "scope")

    def __init__(self, credential: TokenCredential, scope: str) -> None:
        self._credential = credential
        self.scope = scope

    def __repr__(self) -> str:
        return f"ScopedCredential({self.scope!r})"

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """A token for the one scope. Raises ForeignChallenge for any other, a tenant, or claims."""
        if scopes != (self.scope,) or options.get("tenant_id") or options.get("claims"):
            raise ForeignChallenge
        return self._credential.get_token(self.scope)
