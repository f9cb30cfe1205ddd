"""May this secret go to this host? The one place that answers it.

A Microsoft Entra token goes to hosts of the chosen cloud and to those that the operator lists, by https, from anywhere.
A key, SAS or connection string names its own host: on the command line and on a server that only this machine reaches
it may go elsewhere than to the cloud; on a server that others reach, not. Nothing is asked of a host before it may.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from nsgflow_core.credentials.clouds import CLOUDS, Cloud, current_cloud
from nsgflow_core.credentials.hosts import Endpoint, address_of, read_host
from nsgflow_core.errors import InputError, NsgflowError

HOSTS_VARIABLE = "NSGFLOW_ALLOW_HOSTS"


class TypedBy(Enum):
    """Who can type an address here: those who own the machine's secrets anyway, or others, too."""

    OWN = "the command line, or a server that only this machine reaches"
    SHARED = "a server that others reach"


class Secret(Enum):
    """What would be sent."""

    TOKEN = "a Microsoft Entra token"
    HELD = "a key, a SAS or a connection string, which names its own host"


@dataclass(frozen=True, slots=True)
class SecretService:
    """A service of Azure that gets secrets: its words, an example of its URL, and which hosts of a cloud are its."""

    words: str
    elsewhere: str
    """What else may be sent to another host than the cloud's; "" when nothing."""
    like: Callable[[Cloud], str]
    answers_at: Callable[[Cloud, str], bool]

    @property
    def example(self) -> str:
        """An example of its URL in the chosen cloud; of the public one where NSGFLOW_CLOUD names none, which is said
        to whoever signs in."""
        try:
            return self.like(current_cloud())
        except InputError:
            return self.like(CLOUDS["azurecloud"])

    def is_at(self, endpoint: Endpoint, cloud: Cloud) -> bool:
        """True when the whole endpoint is one of this service in that cloud: https, the usual port, every label."""
        return endpoint.scheme == "https" and endpoint.port == 443 and self.answers_at(cloud, endpoint.name)


STORAGE = SecretService(
    "storage accounts",
    ", give a key, a SAS or a connection string for another host",
    lambda cloud: f"https://ACCOUNT.blob.{cloud.blob_suffix}",
    lambda cloud, name: cloud.storage_host(name) is not None,
)
CLUSTERS = SecretService(
    "Kusto clusters", "", lambda cloud: f"https://CLUSTER.REGION.{cloud.kusto_suffixes[0]}", Cloud.has_cluster
)
LOGS = SecretService("query service", "", lambda cloud: cloud.logs_endpoint, Cloud.answers_queries)


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """One entry of the operator's list: a whole host, or with `*.` in front any one label before it."""

    name: str
    port: int | None
    """None stands for every port."""
    is_pattern: bool

    def covers(self, endpoint: Endpoint) -> bool:
        """True when it is this host."""
        name = endpoint.name.partition(".")[2] if self.is_pattern else endpoint.name
        return name == self.name and self.port in (None, endpoint.port) and not (self.is_pattern and endpoint.address)


def allowed_hosts() -> tuple[AllowedHost, ...]:
    """The hosts of NSGFLOW_ALLOW_HOSTS: `HOST`, `HOST:PORT`, `*.DOMAIN`, with commas between. Raises InputError."""
    entries = [entry.strip() for entry in os.environ.get(HOSTS_VARIABLE, "").split(",")]
    return tuple(_read_entry(entry, number) for number, entry in enumerate(entries, 1) if entry)


def _read_entry(entry: str, number: int) -> AllowedHost:
    is_pattern = entry.startswith("*.")
    host = read_host(entry[2:] if is_pattern else entry)
    if host is None or (is_pattern and ("." not in host[0] or address_of(host[0]) is not None)):
        raise InputError(
            f"Entry {number} of {HOSTS_VARIABLE} is no host.",
            "Write hosts with commas between them, like logs.contoso.com, azurite:10000 or *.logs.contoso.com; without "
            "https:// and without a path.",
        )
    return AllowedHost(host[0], host[1], is_pattern)


def admit(
    endpoint: Endpoint, service: SecretService, secret: Secret, reach: TypedBy, cloud: Cloud, error: type[NsgflowError]
) -> None:
    """Let a secret go to an endpoint, or raise `error`. Asks nobody, save DNS for hosts that a pattern lists.

    On a shared server each refusal has the same words: they tell nothing about the host.
    """
    if service.is_at(endpoint, cloud):
        return
    if _is_listed(endpoint, reach) and (secret is Secret.HELD or endpoint.scheme == "https"):
        return
    like = f"Write it like {service.like(cloud)}"
    if reach is TypedBy.SHARED:
        raise error(
            f"From this server, sign-ins, keys and SAS go to {service.words} of {cloud.name} and to the hosts that its "
            "operator lists; this is neither.",
            f"{like}, or ask whoever runs the server to add the host to {HOSTS_VARIABLE}.",
        )
    if secret is Secret.TOKEN and endpoint.scheme == "http":
        raise error(
            "A Microsoft Entra token is not sent over plain http.",
            "Use https, or an account key or SAS for an emulator.",
        )
    if secret is Secret.TOKEN:
        raise error(
            f"A Microsoft Entra token goes to the {service.words} of {cloud.name} alone, and this host is none.",
            _other_cloud(endpoint, service, cloud)
            or f"{like}{service.elsewhere}, or add the host to {HOSTS_VARIABLE}.",
        )
    if endpoint.scheme == "http" and not endpoint.is_nearby:
        raise error(
            "A key or SAS is not sent over plain http, save to an emulator.",
            f"Use https, or add the host to {HOSTS_VARIABLE} if you trust it and the network up to it.",
        )


def _is_listed(endpoint: Endpoint, reach: TypedBy) -> bool:
    """True when the operator lists it. A pattern does not open private addresses to those who reach the server."""
    entries = [entry for entry in allowed_hosts() if entry.covers(endpoint)]
    if all(entry.is_pattern for entry in entries) and reach is TypedBy.SHARED:
        return bool(entries) and _is_public(endpoint)
    return bool(entries)


def _is_public(endpoint: Endpoint) -> bool:
    """True when DNS knows the name, with addresses of the public internet only."""
    try:
        found = socket.getaddrinfo(endpoint.name, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    addresses = [address_of(str(each[4][0]).partition("%")[0]) for each in found]
    return bool(addresses) and all(address is not None and address.is_global for address in addresses)


def _other_cloud(endpoint: Endpoint, service: SecretService, chosen: Cloud) -> str:
    """What to do when the host is one of another cloud than the chosen."""
    owner = next((cloud.name for cloud in CLOUDS.values() if service.is_at(endpoint, cloud)), "")
    return f"It is one of {owner}: set {chosen.named_by} to that." if owner else ""
