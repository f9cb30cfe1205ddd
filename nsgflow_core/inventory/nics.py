"""Reads the two optional files that give names their addresses: Azure's weekly service tags, and a list of NICs.

Sources: Microsoft, "Azure IP Ranges and Service Tags" (`values[].name`, `.properties.addressPrefixes`; `az network
list-service-tags` has the same shape) and the REST reference "Network Interfaces - List All".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from nsgflow_core.errors import BadFilter, BadRuleSet
from nsgflow_core.words.prefixes import Prefix, pack, parse_prefix

_TAGS_HINT = "Use the weekly file 'Azure IP Ranges and Service Tags', or the output of 'az network list-service-tags'."
_NICS_HINT = "Use the output of 'az network nic list -o json'."


def read_service_tags(text: str | bytes) -> dict[str, tuple[Prefix, ...]]:
    """Tag name in lower case (`storage.westus`) -> its prefixes. Raises BadRuleSet for any other file."""
    document = _load(text, "service tags", _TAGS_HINT)
    values = document.get("values") if isinstance(document, dict) else document
    if not isinstance(values, list) or not values:
        raise BadRuleSet("The service tags file has no list 'values'.", _TAGS_HINT)
    tags = {}
    for number, value in enumerate(values):
        name = value.get("name") if isinstance(value, dict) else None
        prefixes = _inner(value).get("addressPrefixes") if name else None
        if not isinstance(prefixes, list):
            raise BadRuleSet(f"values[{number}] has no name or no 'addressPrefixes'.", _TAGS_HINT)
        try:
            tags[str(name).casefold()] = tuple(parse_prefix(str(prefix)) for prefix in prefixes)
        except BadFilter as error:
            raise BadRuleSet(f"Service tag '{name}': {error.message}", _TAGS_HINT) from None
    return tags


def read_nics(text: str | bytes) -> dict[bytes, frozenset[str]]:
    """Packed private address -> the ids of its application security groups, in lower case. Raises BadRuleSet."""
    document = _load(text, "list of NICs", _NICS_HINT)
    if isinstance(document, dict):
        document = document.get("value", [document])
    if not isinstance(document, list) or not all(isinstance(nic, dict) for nic in document):
        raise BadRuleSet("The list of NICs is not a list.", _NICS_HINT)
    nics: dict[bytes, frozenset[str]] = {}
    for nic in document:
        for address, groups in _ip_configurations(nic):
            packed = pack(address)
            if packed is None:
                raise BadRuleSet(f"NIC '{nic.get('name', '')}': '{address}' is not an address.", _NICS_HINT)
            nics[packed] = nics.get(packed, frozenset()) | groups
    if not nics:
        raise BadRuleSet("The list of NICs holds no private address.", _NICS_HINT)
    return nics


def _ip_configurations(nic: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """az writes `privateIPAddress` or, in older versions, `privateIpAddress`."""
    for configuration in _inner(nic).get("ipConfigurations") or []:
        body = _inner(configuration)
        address = body.get("privateIPAddress") or body.get("privateIpAddress")
        groups = body.get("applicationSecurityGroups") or []
        if address:
            yield str(address), frozenset(str(group.get("id", "")).casefold() for group in groups)


def _inner(item: Any) -> Mapping[str, Any]:
    held = item.get("properties") if isinstance(item, dict) else None
    return held if isinstance(held, dict) else item if isinstance(item, dict) else {}


def _load(text: str | bytes, what: str, hint: str) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise BadRuleSet(f"The {what} file is not valid JSON: {error}.", hint) from None
