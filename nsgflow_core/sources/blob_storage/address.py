"""What a user gave for a storage account - a URL, a connection string, the az environment - read into an address.

Secrets live in `credential` only, which no repr shows, and an address whose host may not get its secret cannot be made.
Environment variables are those of the Azure CLI (Microsoft Learn, "az storage": AZURE_STORAGE_CONNECTION_STRING,
_ACCOUNT, _KEY, _SAS_TOKEN, _SERVICE_ENDPOINT, _AUTH_MODE).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.storage.blob import BlobServiceClient

from nsgflow_core.credentials import (
    STORAGE,
    STORAGE_SCOPE,
    Endpoint,
    ScopedCredential,
    Secret,
    TypedBy,
    admit,
    current_cloud,
    read_endpoint,
    sign_in,
)
from nsgflow_core.credentials.clouds import storage_host_of_any
from nsgflow_core.errors import SourceMissing, SourceSignIn

_PREFIX = "AZURE_STORAGE_"
_EMULATOR_ACCOUNT = "devstoreaccount1"
_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9-]+")
_SAS = re.compile(r"[\x21-\x7e]+")
_LISTED = ("restype", "comp", "prefix", "delimiter", "marker", "maxresults", "include", "showonly", "timeout")
"""What a URL asks for besides its SAS where it lists a container, as documents about SAS let people try one. The SAS
goes with every request, and with these in it each would be a listing (REST reference, "List Blobs")."""
_OF_A_STATE = ("snapshot", "versionid")
_KINDS: tuple[tuple[type, Secret, str], ...] = (
    (AzureNamedKeyCredential, Secret.HELD, "account key"),
    (AzureSasCredential, Secret.HELD, "SAS"),
    (ScopedCredential, Secret.TOKEN, "sign-in"),
)
"""What an address may hold, what that is to its host, and its words."""


@dataclass(frozen=True, slots=True)
class Address:
    """A storage account and how to read it. Raises SourceSignIn when its secret may not go to its host."""

    account_url: str
    """Scheme, host and, for an emulator, the account; without a query."""
    account: str
    credential: Any = field(default=None, repr=False)
    """Of azure-core, or a ScopedCredential; None until `with_credential`."""
    sas_expires: datetime | None = None
    container: str = ""
    prefix: str = ""
    """The part of the container that the URL names."""
    reach: TypedBy = TypedBy.OWN
    """Who could have typed it."""

    def __post_init__(self) -> None:
        if self.credential is None:
            return
        secret = next((secret for kind, secret, _ in _KINDS if isinstance(self.credential, kind)), None)
        if secret is None:
            raise SourceSignIn("This is no credential.", "Give an account key, a SAS or an azure-identity credential.")
        admit(self.endpoint, STORAGE, secret, self.reach, current_cloud(), SourceSignIn)

    @property
    def endpoint(self) -> Endpoint:
        """The host that is asked."""
        return read_endpoint(self.account_url, like=STORAGE.like(current_cloud()), error=SourceMissing)

    @property
    def credential_words(self) -> str:
        """`account key`, `SAS` or `sign-in`."""
        return next((words for kind, _, words in _KINDS if isinstance(self.credential, kind)), "nothing")

    @property
    def is_quiet(self) -> bool:
        """True when errors tell nothing about the host: on a shared server, save of Azure's own."""
        return self.reach is TypedBy.SHARED and not STORAGE.is_at(self.endpoint, current_cloud())

    def with_credential(self, credential: object) -> Address:
        """This address read with an account key, a SAS or a token credential. Raises SourceSignIn for anything else."""
        if isinstance(credential, str):
            text = credential.strip()
            if "sig=" in text or text.startswith("?"):
                return self._with_sas(text)
            credential = AzureNamedKeyCredential(self.account, text)
        if isinstance(credential, AzureSasCredential):
            return self._with_sas(credential.signature)
        if hasattr(credential, "get_token"):
            credential = ScopedCredential(credential, STORAGE_SCOPE)
        return replace(self, credential=credential, sas_expires=None)

    def _with_sas(self, text: str) -> Address:
        sas = "&".join(part for part in text.strip().lstrip("?").split("&") if _key(part) not in _LISTED)
        parts = parse_qs(sas)
        if any(_key(part) in _OF_A_STATE for part in sas.split("&")):
            raise SourceSignIn(
                "This URL is one of a snapshot or a version of a blob, which is not read.",
                "Copy the Blob SAS URL of the container, or of the blob itself.",
            )
        if "#" in sas or not _SAS.fullmatch(sas) or not parts.get("sig"):
            raise SourceSignIn(
                "This is no SAS: it has no signature of its own (sig=), or signs that no SAS has.",
                "Copy the whole Blob SAS token again; it begins with sv= or ?sv=.",
            )
        return replace(self, credential=AzureSasCredential(sas), sas_expires=_expiry(parts))


def read_url(
    url: str,
    credential: object | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    named: str = "",
    reach: TypedBy = TypedBy.OWN,
) -> Address:
    """An account or container URL, with or without a SAS, as the portal and Storage Explorer copy it.

    Without a SAS or a credential only an emulator can be read, by its well-known key; with an `environment` (of the
    command line, never of a page) also by its key or SAS when it is for this very account, and by Microsoft Entra.
    `named` is the account when it is known already: then a first folder of that name is not a container. Raises
    SourceMissing for a URL that names no account, SourceSignIn for one that its secret may not go to.
    """
    address, query = _read_place(url, named, reach)
    if credential is not None:
        return address.with_credential(credential)
    if "sig" in parse_qs(query):
        return address.with_credential("?" + query)
    if environment is not None:
        return _from_surroundings(address, environment)
    if _is_emulator(address):
        return address.with_credential(_emulator_key())
    raise SourceSignIn(
        "This URL has no SAS in it, and nothing else was given to sign in with.",
        "Paste the whole Blob SAS URL from the portal, or choose another way to sign in.",
    )


def _read_place(url: str, named: str, reach: TypedBy) -> tuple[Address, str]:
    """The account, container and folder of a URL, without a credential yet, and the query."""
    endpoint = read_endpoint(url, like=STORAGE.like(current_cloud()), error=SourceMissing)
    folders = [unquote(folder) for folder in endpoint.path.split("/")[1:]]
    account = endpoint.name.partition(".")[0]
    if of_azure := storage_host_of_any(endpoint.name):
        account = of_azure[1].account
        endpoint = replace(endpoint, name=of_azure[1].blob_name)
    account_url = endpoint.origin
    if endpoint.is_emulator or (named and folders[:1] == [named]):
        account = folders.pop(0) if folders and folders[0] else _EMULATOR_ACCOUNT
        account_url += f"/{account}"
    container, prefix = (folders[0] if folders else ""), "/".join(folders[1:])
    return Address(account_url, account, container=container, prefix=prefix, reach=reach), endpoint.query


def read_connection_string(text: str, credential: object | None = None, *, reach: TypedBy = TypedBy.OWN) -> Address:
    """A connection string of the portal or of an emulator. Raises SourceSignIn when it lacks a part."""
    settings = {
        key.strip().lower(): value.strip() for key, _, value in (part.partition("=") for part in text.split(";")) if key
    }
    if settings.get("usedevelopmentstorage", "").lower() == "true":
        emulator = BlobServiceClient.from_connection_string("UseDevelopmentStorage=true")
        return read_url(emulator.url, _emulator_key(), reach=reach)
    account = settings.get("accountname", "")
    suffix = settings.get("endpointsuffix") or current_cloud().blob_suffix
    scheme = settings.get("defaultendpointsprotocol", "https")
    is_named = bool(_ACCOUNT_NAME.fullmatch(account))
    endpoint = settings.get("blobendpoint") or (f"{scheme}://{account}.blob.{suffix}" if is_named else "")
    secret = credential or settings.get("accountkey") or settings.get("sharedaccesssignature")
    if not endpoint or not secret or (account and not is_named):
        raise SourceSignIn(
            "This is not a whole connection string.",
            "Copy it again from the account's Access keys page: it holds AccountName and AccountKey, or BlobEndpoint "
            "and SharedAccessSignature.",
        )
    address = read_url(endpoint, secret, named=account, reach=reach)
    if account and account != address.account:  # a custom domain: the key belongs to the named account
        return replace(address, account=account).with_credential(secret)
    return address


def read_environment(
    credential: object | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Address, str]:
    """The account that the az environment names, and the variable that named it. Raises SourceMissing for none."""
    environment = os.environ if environment is None else environment
    connection_string = environment.get(_PREFIX + "CONNECTION_STRING", "")
    if connection_string:
        return read_connection_string(connection_string, credential), _PREFIX + "CONNECTION_STRING"
    url = _environment_url(environment)
    if not url:
        raise SourceMissing(
            "The environment names no storage account.",
            "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or "
            "AZURE_STORAGE_SAS_TOKEN (without them Microsoft Entra is used), or write the account's URL.",
        )
    variable = "ACCOUNT" if environment.get(_PREFIX + "ACCOUNT") else "SERVICE_ENDPOINT"
    return read_url(url, credential, environment), _PREFIX + variable


def _environment_url(environment: Mapping[str, str]) -> str:
    """Where the environment's key and SAS belong; "" when it does not say."""
    account, endpoint = environment.get(_PREFIX + "ACCOUNT", ""), environment.get(_PREFIX + "SERVICE_ENDPOINT", "")
    return endpoint or (f"https://{account}.blob.{current_cloud().blob_suffix}" if account else "")


def _from_surroundings(address: Address, environment: Mapping[str, str]) -> Address:
    """The credential that the environment holds for this very account, else the emulator's, else Microsoft Entra."""
    if environment.get(_PREFIX + "AUTH_MODE", "").lower() != "login":
        secret = environment.get(_PREFIX + "KEY") or environment.get(_PREFIX + "SAS_TOKEN")
        url = _environment_url(environment)
        if secret and url and _read_place(url, "", TypedBy.OWN)[0].account_url == address.account_url:
            return address.with_credential(secret)
        connection_string = environment.get(_PREFIX + "CONNECTION_STRING", "")
        if connection_string:
            other = read_connection_string(connection_string)
            if other.account_url == address.account_url:
                return replace(other, container=address.container, prefix=address.prefix)
    if _is_emulator(address):
        return address.with_credential(_emulator_key())
    return address.with_credential(sign_in())


def _emulator_key() -> str:
    """The key that every emulator has; public, so it is taken from the client and not written here."""
    return str(BlobServiceClient.from_connection_string("UseDevelopmentStorage=true").credential.account_key)


def _is_emulator(address: Address) -> bool:
    """True for the account that every emulator has, over plain http as they speak it."""
    return address.account == _EMULATOR_ACCOUNT and address.account_url.startswith("http://")


def _key(part: str) -> str:
    """The name of a part of a query."""
    return part.partition("=")[0].lower()


def _expiry(sas: Mapping[str, Sequence[str]]) -> datetime | None:
    """When a SAS ends (`se`), UTC; None when it does not say, as with a stored access policy."""
    try:
        expires = datetime.fromisoformat(sas["se"][0])
    except (KeyError, ValueError):
        return None
    return expires.replace(tzinfo=UTC) if expires.tzinfo is None else expires.astimezone(UTC)


def chosen_containers(address: Address, containers: Sequence[str] | None, standard: Sequence[str]) -> tuple[str, ...]:
    """The containers to read: those named by the caller, else the URL's, else the standard ones."""
    if isinstance(containers, str):
        return (containers,)
    return tuple(containers or ([address.container] if address.container else standard))
