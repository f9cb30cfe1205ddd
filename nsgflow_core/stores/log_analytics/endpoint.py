"""Where queries of a workspace go, and what sign-in may go there."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from nsgflow_core.credentials import (
    LOGS,
    Cloud,
    Endpoint,
    ScopedCredential,
    Secret,
    TokenCredential,
    TypedBy,
    admit,
    current_cloud,
    sign_in,
)
from nsgflow_core.errors import InputError, StoreSignIn
from nsgflow_core.stores.kusto.asking.host import read_service_host
from nsgflow_core.words.arm_id import is_guid


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A credential that always has the same token: NSGFLOW_LOGS_TOKEN, for a test server on this machine."""

    text: str

    def __repr__(self) -> str:
        return "StaticToken(...)"

    def get_token(self, *_: str, **__: Any) -> Any:
        """The token, said to last for an hour."""
        from azure.core.credentials import AccessToken

        return AccessToken(self.text, int(time.time()) + 3600)


def workspace_id_of(text: str) -> str:
    """The workspace that a person names. Raises InputError for what is none, before anybody signs in; what was given is
    not repeated, for it may be a key.
    """
    where = "It is a guid, on the workspace's Overview page in the portal."
    if not text.strip():
        raise InputError("No workspace ID is given.", where)
    if not is_guid(text):
        raise InputError("This is no workspace ID.", where)
    return text.strip()


def choose_endpoint(endpoint: str | None, cloud: Cloud | None = None) -> Endpoint:
    """The query endpoint: the one given, NSGFLOW_LOGS_ENDPOINT, or that of the cloud (which NSGFLOW_CLOUD names).

    Raises InputError for what is no URL, and for plain http to any other machine, where a token could be read.
    """
    like = (cloud or current_cloud()).logs_endpoint
    chosen = (endpoint or os.environ.get("NSGFLOW_LOGS_ENDPOINT", "")).strip() or like
    return read_service_host(chosen, like=like, called="The Log Analytics endpoint", paths=("", "/v1"))


def logs_credential(endpoint: Endpoint, credential: TokenCredential | None, cloud: Cloud) -> TokenCredential:
    """What may be sent to the endpoint: NSGFLOW_LOGS_TOKEN on this machine, elsewhere the credential or the sign-in.

    Raises StoreSignIn for an endpoint that no sign-in may go to.
    """
    token = os.environ.get("NSGFLOW_LOGS_TOKEN", "").strip()
    if endpoint.is_loopback and credential is None:
        if token:
            return StaticToken(token)
        raise StoreSignIn(
            "The Log Analytics endpoint is on this machine, where your Azure sign-in is not sent.",
            "Set NSGFLOW_LOGS_TOKEN to any token that the test server takes.",
        )
    admit(endpoint, LOGS, Secret.TOKEN, TypedBy.OWN, cloud, StoreSignIn)
    return ScopedCredential(credential or sign_in(cloud=cloud), cloud.logs_scope)
