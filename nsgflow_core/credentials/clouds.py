"""The Azure clouds, one row each: where one signs in, and which hosts are its storage accounts and query services.

Sources, Microsoft Learn: "Storage account overview" (endpoints, DNS zone endpoints, `-secondary`, routing endpoints),
"Azure Monitor Log Analytics API" (endpoints), "Azure Government" and "Azure China developer guides".
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TypeVar

from nsgflow_core.errors import InputError, NsgflowError

E = TypeVar("E", bound=NsgflowError)

STORAGE_SCOPE = "https://storage.azure.com/.default"
"""What a token for blobs is asked for; the same in every cloud (azure-storage-blob, `STORAGE_OAUTH_SCOPE`)."""

CLOUD_VARIABLE = "NSGFLOW_CLOUD"
"""Names the cloud of everybody who was not asked for one; hints say it by this word (see `in_cloud`)."""

_LABEL = re.compile(r"([a-z0-9]{3,24})(?:-(?:secondary|ipv6|dualstack|microsoftrouting|internetrouting))*")
_ZONE = re.compile(r"z[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class StorageHost:
    """A storage account's host taken apart: `acme-secondary`, `z6` (or nothing), and what every account shares."""

    account: str
    label: str
    zone: str
    suffix: str

    @property
    def blob_name(self) -> str:
        """The host of the account's Blob service, which answers for hosts of its Data Lake service, too."""
        return ".".join(part for part in (self.label, self.zone, "blob", self.suffix) if part)


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Azure cloud. Hosts are compared whole, label by label."""

    name: str
    authority: str
    blob_suffix: str
    zone_suffix: str
    """Of accounts with DNS zone endpoints (`ACCOUNT.z6.blob.storage.azure.net`); "" where the cloud has none."""
    logs_endpoint: str
    logs_hosts: tuple[str, ...]
    """The hosts of the query service; a region may stand in front (`westeurope.api.loganalytics.io`)."""

    kusto_suffixes: tuple[str, ...]
    """Of clusters: a name stands in front, and mostly a region. Source: azure-kusto-data, well-known endpoints."""
    kusto_resource: str
    """The audience of a token for any of them."""
    named_by: str = CLOUD_VARIABLE
    """Where whoever asks can name another cloud."""

    def chosen_in(self, place: str) -> Cloud:
        """The same cloud, which was chosen in a field and can be changed there."""
        return replace(self, named_by=place)

    @property
    def kusto_scope(self) -> str:
        """What a token for a cluster is asked for."""
        return f"{self.kusto_resource}/.default"

    @property
    def logs_scope(self) -> str:
        """What a token for queries is asked for, whichever of the hosts answers them."""
        return f"{self.logs_endpoint}/.default"

    def storage_host(self, name: str) -> StorageHost | None:
        """The account whose Blob or Data Lake service has this host; None when it is no such host of this cloud."""
        match name.split("."):
            case [label, "blob" | "dfs", *rest] if ".".join(rest) == self.blob_suffix:
                zone, suffix = "", self.blob_suffix
            case [label, zone, "blob" | "dfs", *rest] if ".".join(rest) == self.zone_suffix and _ZONE.fullmatch(zone):
                suffix = self.zone_suffix
            case _:
                return None
        found = _LABEL.fullmatch(label)
        return StorageHost(found[1], label, zone, suffix) if found else None

    def answers_queries(self, name: str) -> bool:
        """True for a host of the Log Analytics query service of this cloud."""
        region, _, rest = name.partition(".")
        return name in self.logs_hosts or (rest in self.logs_hosts and region.isascii() and region.isalnum())

    def has_cluster(self, name: str) -> bool:
        """True for a host of a cluster of Azure Data Explorer or an Eventhouse of this cloud."""
        return any(name.endswith(f".{suffix}") for suffix in self.kusto_suffixes)


CLOUDS: dict[str, Cloud] = {
    cloud.name.lower(): cloud
    for cloud in (
        Cloud(
            "AzureCloud",
            "login.microsoftonline.com",
            "core.windows.net",
            "storage.azure.net",
            "https://api.loganalytics.io",
            ("api.loganalytics.io", "api.loganalytics.azure.com"),
            ("kusto.windows.net", "kusto.fabric.microsoft.com", "kusto.data.microsoft.com", "kusto.azuresynapse.net"),
            "https://kusto.kusto.windows.net",
        ),
        Cloud(
            "AzureUSGovernment",
            "login.microsoftonline.us",
            "core.usgovcloudapi.net",
            "",
            "https://api.loganalytics.us",
            ("api.loganalytics.us",),
            ("kusto.usgovcloudapi.net",),
            "https://kusto.kusto.usgovcloudapi.net",
        ),
        Cloud(
            "AzureChinaCloud",
            "login.chinacloudapi.cn",
            "core.chinacloudapi.cn",
            "",
            "https://api.loganalytics.azure.cn",
            ("api.loganalytics.azure.cn",),
            ("kusto.chinacloudapi.cn", "kusto.azuresynapse.azure.cn"),
            "https://kusto.kusto.chinacloudapi.cn",
        ),
    )
}
"""By lower-case name, as `az cloud list` spells them."""


def current_cloud() -> Cloud:
    """The cloud that NSGFLOW_CLOUD names; AzureCloud when it names none. Raises InputError for an unknown name."""
    name = os.environ.get(CLOUD_VARIABLE, "").strip() or "AzureCloud"
    if name.lower() not in CLOUDS:
        known = ", ".join(cloud.name for cloud in CLOUDS.values())
        raise InputError(f"{CLOUD_VARIABLE} names no Azure cloud: {name}.", f"Set it to one of: {known}.")
    return CLOUDS[name.lower()]


def in_cloud(error: E, cloud: Cloud) -> E:
    """The same error, whose hint says where its reader names the cloud, and tells `az` of it before it signs in: by
    itself that does so to the public one."""
    error.hint = error.hint.replace(CLOUD_VARIABLE, cloud.named_by)
    if cloud.name != "AzureCloud":
        error.hint = error.hint.replace("'az login", f"'az cloud set --name {cloud.name}', then 'az login", 1)
    return error


def storage_host_of_any(name: str) -> tuple[Cloud, StorageHost] | None:
    """The cloud and account of a host, whichever cloud is chosen; None when it is Azure Storage's in none."""
    return next(((cloud, host) for cloud in CLOUDS.values() if (host := cloud.storage_host(name))), None)
