"""Service tags: the prefixes that a tag stands for, from Azure's weekly file or `az network list-service-tags`.

Source: Microsoft, "Azure IP Ranges and Service Tags" (`values[].name`, `.properties.addressPrefixes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, prefixes_of, text, texts
from nsgflow_core.words.prefixes import Prefix

_HINT = "Use the weekly file 'Azure IP Ranges and Service Tags', or the output of 'az network list-service-tags'."


@dataclass(frozen=True, slots=True)
class ServiceTag:
    """One tag, as `Storage.WestUS`, and its prefixes."""

    name: str
    prefixes: tuple[Prefix, ...]


def service_tag_of(fields: Fields, note: Note) -> ServiceTag:
    """The tag of a resource; a prefix that is none is noted and left out. Raises BadInventory for no name or list."""
    name = text(fields, "name")
    if not name or not isinstance(fields.get("addressprefixes"), list):
        raise BadInventory(f"The service tag '{name}' has no name or no 'addressPrefixes'.", _HINT)
    return ServiceTag(name, prefixes_of(texts(fields, "addressprefixes"), f"Service tag '{name}'", note))


def service_tag_fields(tag: ServiceTag) -> dict[str, Any]:
    """The tag in the shape of the weekly file; `service_tag_of` reads it back equal."""
    return {"type": kinds.SERVICE_TAG, "name": tag.name, "addressPrefixes": [prefix.text for prefix in tag.prefixes]}


def telling(name: str) -> tuple[bool, bool]:
    """How little a tag tells of the addresses in it: a service before all of Azure, a region or part before the whole.

    Tags overlap: an address of `Storage.WestEurope` is in `Storage`, `AzureCloud.westeurope` and `AzureCloud` too.
    """
    service, dot, _ = name.partition(".")
    return (service.casefold() == "azurecloud", not dot)
