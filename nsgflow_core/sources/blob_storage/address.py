"""What a user gave for a storage account - a URL, a connection string, the az environment - read into an address.

Secrets live in `credential` only, which no repr shows. Environment variables are those of the Azure CLI (Microsoft
Learn, "az storage": AZURE_STORAGE_CONNECTION_STRING, _ACCOUNT, _KEY, _SAS_TOKEN, _SERVICE_ENDPOINT, _AUTH_MODE).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.storage.blob import BlobServiceClient

from nsgflow_core.credentials import current_cloud, sign_in
from nsgflow_core.errors import SourceMissing, SourceSignIn

_PREFIX = "AZURE_STORAGE_"
_EMULATOR_ACCOUNT = "devstoreaccount1"


@dataclass(frozen=True, slots=True)
class Address:
    """A storage account and how to read it."""

    account_url: str
    """Scheme, host and, for an emulator, the account; without a query."""
    account: str
    credential: Any = field(default=None, repr=False)
    credential_words: str = "sign-in"
    """`account key`, `SAS` or `sign-in`."""
    sas_expires: datetime | None = None
    container: str = ""
    prefix: str = ""
    """The part of the container that the URL names."""

    def with_credential(self, credential: object) -> Address:
        """This address read with an account key, a SAS or a token credential. Raises SourceSignIn for anything else."""
        if isinstance(credential, str):
            text = credential.strip()
            if "sig=" in text or text.startswith("?"):
                return self._with_sas(text)
            credential = AzureNamedKeyCredential(self.account, text)
        if isinstance(credential, AzureSasCredential):
            return self._with_sas(credential.signature)
        if isinstance(credential, AzureNamedKeyCredential):
            return replace(self, credential=credential, credential_words="account key", sas_expires=None)
        if not hasattr(credential, "get_token"):
            raise SourceSignIn("This is no credential.", "Give an account key, a SAS or an azure-identity credential.")
        if self.account_url.startswith("http://"):
            raise SourceSignIn(
                f"A Microsoft Entra token is not sent to {self.account_url} over plain http.",
                "Use https, or an account key or SAS for an emulator.",
            )
        return replace(self, credential=credential, credential_words="sign-in", sas_expires=None)

    def _with_sas(self, text: str) -> Address:
        sas = text.strip().lstrip("?")
        return replace(
            self, credential=AzureSasCredential(sas), credential_words="SAS", sas_expires=_expiry(parse_qs(sas))
        )


def read_url(
    url: str, credential: object | None = None, environment: Mapping[str, str] | None = None, *, named: str = ""
) -> Address:
    """An account or container URL, with or without a SAS, as the portal and Storage Explorer copy it.

    Without a SAS or a credential: the environment's key or SAS when it is for this account, the emulator's well-known
    key, and Microsoft Entra otherwise. `named` is the account when it is known already: then a first folder of that
    name is not a container. Raises SourceMissing for a URL that names no account.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # its text quotes the URL
        parts, host = urlsplit(""), ""
    folders = [unquote(folder) for folder in parts.path.split("/")[1:]]
    if not host:
        raise SourceMissing(
            "This URL names no host that could be asked.", "Write https://ACCOUNT.blob.core.windows.net"
        )
    host_and_port = parts.netloc.rpartition("@")[2].replace(".dfs.", ".blob.")
    account_url = f"{parts.scheme.lower()}://{host_and_port}"
    account = host.partition(".")[0]
    if _is_emulator(host) or (named and folders[:1] == [named]):
        account = folders.pop(0) if folders and folders[0] else _EMULATOR_ACCOUNT
        account_url += f"/{account}"
    container, prefix = (folders[0] if folders else ""), "/".join(folders[1:])
    address = Address(account_url, account, container=container, prefix=prefix)
    if credential is not None:
        return address.with_credential(credential)
    if "sig" in parse_qs(parts.query):
        return address.with_credential("?" + parts.query)
    return _from_surroundings(address, os.environ if environment is None else environment)


def read_connection_string(text: str, credential: object | None = None) -> Address:
    """A connection string of the portal or of an emulator. Raises SourceSignIn when it lacks a part."""
    settings = {
        key.strip().lower(): value.strip() for key, _, value in (part.partition("=") for part in text.split(";")) if key
    }
    if settings.get("usedevelopmentstorage", "").lower() == "true":
        emulator = BlobServiceClient.from_connection_string("UseDevelopmentStorage=true")
        return read_url(emulator.url, _emulator_key())
    account = settings.get("accountname", "")
    suffix = settings.get("endpointsuffix") or current_cloud().blob_suffix
    scheme = settings.get("defaultendpointsprotocol", "https")
    endpoint = settings.get("blobendpoint") or (f"{scheme}://{account}.blob.{suffix}" if account else "")
    secret = credential or settings.get("accountkey") or settings.get("sharedaccesssignature")
    if not endpoint or not secret:
        raise SourceSignIn(
            "This is not a whole connection string.",
            "Copy it again from the account's Access keys page: it holds AccountName and AccountKey, or BlobEndpoint "
            "and SharedAccessSignature.",
        )
    address = read_url(endpoint, secret, named=account)
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
    account, endpoint = environment.get(_PREFIX + "ACCOUNT", ""), environment.get(_PREFIX + "SERVICE_ENDPOINT", "")
    if not account and not endpoint:
        raise SourceMissing(
            "The environment names no storage account.",
            "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or "
            "AZURE_STORAGE_SAS_TOKEN (without them Microsoft Entra is used), or write the account's URL.",
        )
    url = endpoint or f"https://{account}.blob.{current_cloud().blob_suffix}"
    return read_url(url, credential, environment), _PREFIX + ("ACCOUNT" if account else "SERVICE_ENDPOINT")


def _from_surroundings(address: Address, environment: Mapping[str, str]) -> Address:
    """The credential that the environment holds for this account, else the emulator's, else Microsoft Entra."""
    if environment.get(_PREFIX + "AUTH_MODE", "").lower() != "login":
        named = environment.get(_PREFIX + "ACCOUNT", "")
        secret = environment.get(_PREFIX + "KEY") or environment.get(_PREFIX + "SAS_TOKEN")
        if secret and named in ("", address.account):
            return address.with_credential(secret)
        connection_string = environment.get(_PREFIX + "CONNECTION_STRING", "")
        if connection_string:
            other = read_connection_string(connection_string)
            if other.account_url == address.account_url:
                return replace(other, container=address.container, prefix=address.prefix)
    if address.account == _EMULATOR_ACCOUNT and address.account_url.startswith("http://"):
        return address.with_credential(_emulator_key())
    return address.with_credential(sign_in())


def _emulator_key() -> str:
    """The key that every emulator has; public, so it is taken from the client and not written here."""
    return str(BlobServiceClient.from_connection_string("UseDevelopmentStorage=true").credential.account_key)


def _is_emulator(host: str) -> bool:
    """True for hosts with the account in the path: addresses, and names without a dot (`localhost`, `azurite`)."""
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or host == "host.docker.internal"
    return True


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
