"""Signing in with Microsoft Entra: builds the azure-identity credential, for the cloud that NSGFLOW_CLOUD names.

The Azure packages are imported inside the functions: a dashboard that reads a folder starts without their 0.15 s.
Order and names of the ways to sign in: Microsoft Learn, "Azure Identity client library for Python".
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from nsgflow_core.credentials.clouds import STORAGE_SCOPE, Cloud, current_cloud, in_cloud
from nsgflow_core.credentials.scoped import TokenCredential
from nsgflow_core.errors import InputError, NsgflowError, SourceSignIn

_TENANT = re.compile(r"[0-9A-Za-z.-]+")


class SignIn(StrEnum):
    """The ways to sign in with Microsoft Entra."""

    DEFAULT = "default"
    AZURE_CLI = "azure-cli"
    MANAGED_IDENTITY = "managed-identity"
    DEVICE_CODE = "device-code"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a user types, and where, to sign in from another browser."""

    uri: str
    code: str
    expires: datetime


def sign_in(
    kind: SignIn | str = SignIn.DEFAULT,
    *,
    tenant: str | None = None,
    client_id: str | None = None,
    show_code: Callable[[DeviceCode], None] | None = None,
    cloud: Cloud | None = None,
) -> TokenCredential:
    """A credential; nothing is asked of Azure before its first token (see `check_sign_in`).

    `tenant` concerns the Azure CLI and the device code, `client_id` a user-assigned managed identity. `show_code` is
    called from the thread that asks for the first token. `cloud` stands in for the one that NSGFLOW_CLOUD names.
    Raises InputError for an unknown kind or cloud, an unusable tenant, and a device code that nobody would be shown.
    Keep the credential: it holds the token, of one user only.
    """
    authority = (cloud or current_cloud()).authority
    kind = _read_kind(kind)
    if tenant and not _TENANT.fullmatch(tenant):
        raise InputError("This cannot be a Microsoft Entra tenant.", "Write its ID, or a domain like contoso.com.")
    from azure import identity

    if kind is SignIn.AZURE_CLI:
        return identity.AzureCliCredential(tenant_id=tenant or "")
    if kind is SignIn.MANAGED_IDENTITY:
        return _of_pod(authority, client_id) or identity.ManagedIdentityCredential(client_id=client_id)
    if kind is SignIn.DEVICE_CODE:
        return _device_code(authority, tenant, show_code)
    # Its warning lists every attempt with the service's own words; `explain_sign_in` says it once, in ours.
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
    return _chain(authority, client_id)


def _chain(authority: str, client_id: str | None) -> TokenCredential:
    """All that this machine may be signed in with, in azure-identity's own order."""
    from azure import identity

    def made(**more: Any) -> identity.DefaultAzureCredential:
        return identity.DefaultAzureCredential(
            authority=authority,
            exclude_interactive_browser_credential=True,
            managed_identity_client_id=client_id or os.environ.get("AZURE_CLIENT_ID"),
            **more,
        )

    found, pod = made(), _of_pod(authority, client_id)
    places = [place for place, each in enumerate(found.credentials) if _is_pods(each)]
    if pod and places:
        found = made(exclude_workload_identity_credential=True)  # which the managed identity would use, too
        found.credentials = (*found.credentials[: places[0]], pod, *found.credentials[places[0] :])
    found.credentials = (*found.credentials, _Nobody())
    return found


class _Nobody:
    """Stands last among them: asked only where none before it was signed in, as one that is refused ends the search."""

    words = "nobody is signed in"

    def get_token(self, *_: str, **__: Any) -> Any:
        """Raises CredentialUnavailableError."""
        from azure.identity import CredentialUnavailableError

        raise CredentialUnavailableError(self.words)


def _is_pods(credential: object) -> bool:
    from azure import identity

    return isinstance(credential, identity.WorkloadIdentityCredential)


def _of_pod(authority: str, client_id: str | None) -> TokenCredential | None:
    """The identity of a pod (workload identity), where there is one: azure-identity shows its token to the public
    cloud, whatever authority it is given, unless AZURE_AUTHORITY_HOST names another (1.27, tried)."""
    pod = client_id or os.environ.get("AZURE_CLIENT_ID")
    if not (pod and os.environ.get("AZURE_TENANT_ID") and os.environ.get("AZURE_FEDERATED_TOKEN_FILE")):
        return None
    from azure import identity

    return identity.WorkloadIdentityCredential(client_id=pod, authority=authority)


def check_sign_in(
    credential: TokenCredential,
    scope: str = STORAGE_SCOPE,
    error: type[NsgflowError] = SourceSignIn,
    cloud: Cloud | None = None,
) -> None:
    """Ask for a token now. Raises SourceSignIn (or `error`) with what to do, in the cloud, when none is given."""
    from azure.core.exceptions import AzureError

    try:
        credential.get_token(scope)
    except AzureError as failure:
        refused = explain_sign_in(failure, error)
    except ValueError:
        refused = error("The sign-in settings are not usable.", "Check tenant id, client id and AZURE_* settings.")
    else:
        return
    # Outside of the handler: the service's own text must not hang on to it.
    raise in_cloud(refused, cloud or current_cloud())


def explain_sign_in(failure: Exception, error: type[NsgflowError] = SourceSignIn) -> NsgflowError:
    """What a failed sign-in means and what to do, as `error` (a source or a store asks); never the service's text."""
    text = _decisive(str(failure).lower())
    rows = (row for row in _SIGN_IN_FAILURES if any(word in text for word in row[0]))
    _, message, hint = next(rows, _REFUSED)
    return error(message, f"{hint} {_KEYS}" if error is SourceSignIn else hint)


def _decisive(text: str) -> str:
    """Of what several credentials said that of the last, where it was refused; all of it where nobody was signed in."""
    return text if _Nobody.words in text else text.rpartition("\n\t")[2].partition("\nto mitigate")[0]


_REFUSED = (
    (), "Microsoft Entra refused the sign-in.", "Run 'az login' again, or sign in with the device code on the page.",
)  # fmt: skip
_KEYS = "An account key or a SAS needs no sign-in."
"""Of storage accounts alone."""
_SIGN_IN_FAILURES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("failed to retrieve a token from the included credentials", "no credential in this chain", "az login"),
        "Nothing on this machine is signed in to Azure.",
        "Run 'az login', or sign in with the device code on the page.",
    ),
    (
        ("azure cli not found",),
        "The Azure CLI is not installed here.",
        "Install it and run 'az login', or sign in with the device code on the page.",
    ),
    (
        ("managed identity", "imds"),
        "This machine has no managed identity.",
        "Give it one in Azure, or sign in another way when it does not run there.",
    ),
    (
        ("timed out waiting for user", "code_expired", "expired_token", "aadsts70020"),
        "The device code was not used in time.",
        "Start the sign-in again and type the new code within 15 minutes.",
    ),
    (
        ("aadsts90002", "aadsts900023", "invalid tenant"),
        "There is no such Microsoft Entra tenant.",
        "Check the tenant id or domain, and NSGFLOW_CLOUD when it lies in another cloud.",
    ),
    (
        ("aadsts7000215", "aadsts7000222", "invalid_client"),
        "The application's secret is wrong or has expired.",
        "Set a new AZURE_CLIENT_SECRET.",
    ),
    (
        ("aadsts53003", "aadsts530", "conditional access"),
        "A Conditional Access policy blocks this sign-in.",
        "Sign in from a managed device with 'az login', or ask for a service principal.",
    ),
    (
        ("failed to resolve", "connection", "timed out", "getaddrinfo"),
        "The sign-in service cannot be reached.",
        "Check the network, the proxy settings (HTTPS_PROXY) and NSGFLOW_CLOUD.",
    ),
)
"""Words in azure-identity's or Entra's text (AADSTS codes: Microsoft Learn, "Entra authentication error codes"), what
happened, what to do. The first row that matches counts."""


def _read_kind(kind: SignIn | str) -> SignIn:
    try:
        return SignIn(kind)
    except ValueError:
        known = ", ".join(SignIn)
    raise InputError(f"There is no way to sign in called {kind}.", f"Choose one of: {known}.")


def _device_code(authority: str, tenant: str | None, show_code: Callable[[DeviceCode], None] | None) -> TokenCredential:
    """Without a callback azure-identity prints the code to the server's output, where no user looks."""
    if show_code is None:
        raise InputError("A device code has to be shown to someone.", "Pass 'show_code'.")
    from azure.identity import DeviceCodeCredential

    def prompt(uri: str, code: str, expires: datetime) -> None:
        show_code(DeviceCode(uri, code, expires))

    options: dict[str, Any] = {"tenant_id": tenant} if tenant else {}
    return DeviceCodeCredential(authority=authority, prompt_callback=prompt, **options)
