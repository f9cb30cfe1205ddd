"""The subnet map: which named subnet an address belongs to, and what the VirtualNetwork tag stands for.

Reads `az network vnet list`, the same from REST or an ARM export (`properties` nesting), a bare array, one VNet, or
a CSV with the columns name,prefix. A subnet has `addressPrefix` or `addressPrefixes`: both are accepted.
Source: Microsoft Learn, REST reference "Virtual Networks - List All"; azure-cli issue 32005 for the two spellings.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nsgflow_core.errors import BadFilter, BadSubnetMap
from nsgflow_core.words.prefixes import Prefix, default_label, parse_prefix

_HOW = "Upload the output of 'az network vnet list -o json', or a CSV with the columns name,prefix."


@dataclass(frozen=True, slots=True, order=True)
class Subnet:
    """One prefix of one named subnet (a subnet with two prefixes is two of these)."""

    name: str
    prefix: Prefix
    vnet: str = ""


@dataclass(frozen=True)
class SubnetMap:
    """Named subnets, and the address space of the VNets and their peerings where the file tells it."""

    subnets: tuple[Subnet, ...] = ()
    address_space: tuple[Prefix, ...] = ()

    @cached_property
    def identity(self) -> str:
        """A short fingerprint of the content, for cache keys."""
        text = repr([(s.name, s.prefix.text, s.vnet) for s in self.subnets]) + repr(
            [prefix.text for prefix in self.address_space]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The distinct subnet names, sorted."""
        return tuple(sorted({subnet.name for subnet in self.subnets}))

    def prefixes_of(self, name: str) -> tuple[Prefix, ...]:
        """The prefixes of the subnet with that name, ignoring case."""
        return tuple(s.prefix for s in self.subnets if s.name.casefold() == name.casefold())

    def boundaries(self) -> list[tuple[bytes, str | None]]:
        """Where the label changes along the line of all addresses: (first packed address, subnet name or None).

        The longest prefix wins, and the list is disjoint and sorted, so a lookup is one search: the last boundary
        at or before an address holds its label. The first boundary is address zero.
        """
        edges: dict[int, str | None] = {0: None}
        for first, last, name in self._layers():
            after = last + 1
            at_end = _label_at(edges, after)
            for edge in [edge for edge in edges if first <= edge < after]:
                del edges[edge]
            edges[first] = name
            edges.setdefault(after, at_end)
        return [(edge.to_bytes(16, "big"), edges[edge]) for edge in sorted(edges) if edge < 1 << 128]

    def _layers(self) -> Iterator[tuple[int, int, str | None]]:
        """What to paint, widest first: IPv6, then a clean IPv4 range (a wide IPv6 prefix never labels IPv4)."""
        widest_first = sorted(self.subnets, key=lambda s: (s.prefix.is_v4, -s.prefix.size))
        whole_v4 = parse_prefix("0.0.0.0/0")
        painted: list[tuple[Prefix, str | None]] = [(s.prefix, s.name) for s in widest_first if not s.prefix.is_v4]
        painted += [(whole_v4, None)] + [(s.prefix, s.name) for s in widest_first if s.prefix.is_v4]
        for prefix, name in painted:
            yield int.from_bytes(prefix.first, "big"), int.from_bytes(prefix.last, "big"), name

    def label(self, packed: bytes) -> str:
        """The endpoint label of one packed address (see design, "Endpoint label")."""
        held = [s for s in self.subnets if s.prefix.holds(packed)]
        return min(held, key=lambda s: s.prefix.size).name if held else default_label(packed)


def _label_at(edges: Mapping[int, str | None], address: int) -> str | None:
    return edges[max(edge for edge in edges if edge <= address)]


def read_subnet_map(text: str | bytes) -> SubnetMap:
    """A subnet map from uploaded or stored text. Raises BadSubnetMap, saying where it went wrong."""
    try:
        content = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadSubnetMap("The subnet map is not UTF-8 text.", _HOW) from None
    if content.lstrip()[:1] in ("[", "{"):
        return _from_json(content)
    return _from_csv(content)


def write_subnet_map(subnet_map: SubnetMap) -> str:
    """The map as JSON text that `read_subnet_map` reads back unchanged."""
    vnets: dict[str, list[dict[str, Any]]] = {}
    for subnet in subnet_map.subnets:
        vnets.setdefault(subnet.vnet, []).append({"name": subnet.name, "addressPrefix": subnet.prefix.text})
    space = {"addressPrefixes": [prefix.text for prefix in subnet_map.address_space]}
    return json.dumps(
        [{"name": vnet, "subnets": subnets} for vnet, subnets in vnets.items()] + [{"name": "", "addressSpace": space}]
    )


def _from_json(content: str) -> SubnetMap:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise BadSubnetMap(f"The subnet map is not valid JSON: {error}.", _HOW) from None
    found: list[Subnet] = []
    spaces: list[Prefix] = []
    for vnet in _vnets(document):
        body = _body(vnet)
        vnet_name = _last_segment(str(vnet.get("name", "")))
        spaces += _space(body, f"VNet '{vnet_name}'")
        for subnet in _list(body, "subnets"):
            found += _subnets(subnet, vnet_name)
    if not found and not spaces:
        raise BadSubnetMap("The subnet map holds no subnet.", _HOW)
    return _assemble(found, spaces)


def _vnets(document: Any) -> Iterator[dict[str, Any]]:
    """The VNets of a list, `value` page, ARM template or single resource; bare subnets count as one VNet's."""
    if isinstance(document, dict):
        for key in ("value", "resources"):
            if isinstance(document.get(key), list):
                document = document[key]
                break
        else:
            document = [document]
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise BadSubnetMap("The subnet map is not a list of virtual networks.", _HOW)
    loose = [item for item in document if _prefix_texts(_body(item)) and "subnets" not in _body(item)]
    if loose:
        yield {"name": "", "subnets": loose}
    for item in document:
        kind = str(item.get("type", "")).lower()
        if item not in loose and (not kind or kind == "microsoft.network/virtualnetworks"):
            yield item


def _subnets(subnet: Any, vnet_name: str) -> Iterator[Subnet]:
    if not isinstance(subnet, dict):
        raise BadSubnetMap(f"A subnet of VNet '{vnet_name}' is not an object.", _HOW)
    name = _last_segment(str(subnet.get("name", "")))
    if not name:
        raise BadSubnetMap(f"A subnet of VNet '{vnet_name}' has no name.", _HOW)
    for text in _prefix_texts(_body(subnet)):
        yield Subnet(name, _prefix(text, f"subnet '{name}'"), vnet_name)


def _space(body: Mapping[str, Any], where: str) -> Iterator[Prefix]:
    """The VNet's own space and that of its peerings (`remoteAddressSpace`, or the newer, longer name)."""
    holders = [body.get("addressSpace")]
    for peering in _list(body, "virtualNetworkPeerings"):
        remote = _body(peering) if isinstance(peering, dict) else {}
        holders += [remote.get("remoteVirtualNetworkAddressSpace") or remote.get("remoteAddressSpace")]
    for holder in holders:
        for text in (holder or {}).get("addressPrefixes") or []:
            yield _prefix(text, where)


def _from_csv(content: str) -> SubnetMap:
    rows = list(csv.reader(io.StringIO(content)))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "name" not in header or "prefix" not in header:
        raise BadSubnetMap("The first line of the subnet CSV does not name the columns name,prefix.", _HOW)
    name_at, prefix_at = header.index("name"), header.index("prefix")
    vnet_at = header.index("vnet") if "vnet" in header else None
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(name_at, prefix_at) or not row[name_at].strip():
            raise BadSubnetMap(f"Line {number} of the subnet CSV needs a name and a prefix.", _HOW)
        vnet = row[vnet_at].strip() if vnet_at is not None and len(row) > vnet_at else ""
        found.append(Subnet(row[name_at].strip(), _prefix(row[prefix_at], f"line {number}"), vnet))
    if not found:
        raise BadSubnetMap("The subnet CSV holds no subnet.", _HOW)
    return _assemble(found, [subnet.prefix for subnet in found])


def _assemble(found: Iterable[Subnet], spaces: Iterable[Prefix]) -> SubnetMap:
    """Make every label mean one subnet.

    A name that stands in several VNets gets its VNet's name in front; subnets of unpeered VNets that have the very
    same prefix cannot be told apart in a flow log, so they share one label that says so ("a or b").
    """
    subnets = sorted(set(found))
    homes = Counter(name for name, _ in {(s.name.casefold(), s.vnet.casefold()) for s in subnets})
    named = tuple(
        Subnet(f"{s.vnet}/{s.name}" if s.vnet and homes[s.name.casefold()] > 1 else s.name, s.prefix, s.vnet)
        for s in subnets
    )
    sharers: dict[Prefix, list[Subnet]] = {}
    for subnet in named:
        sharers.setdefault(subnet.prefix, []).append(subnet)
    named = tuple(
        Subnet(" or ".join(dict.fromkeys(s.name for s in group)), prefix, group[0].vnet)
        for prefix, group in sorted(sharers.items())
    )
    return SubnetMap(named, tuple(sorted(set(spaces))))


def _body(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """REST and ARM hold a resource's fields under `properties`; az writes them flat."""
    inner = item.get("properties")
    return inner if isinstance(inner, dict) else item


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    held = body.get(key) or []
    if not isinstance(held, list):
        raise BadSubnetMap(f"'{key}' is not a list.", _HOW)
    return held


def _prefix_texts(body: Mapping[str, Any]) -> list[str]:
    many = body.get("addressPrefixes") or []
    texts = [str(text) for text in many] if isinstance(many, list) else []
    single = body.get("addressPrefix")
    return list(dict.fromkeys(texts + ([str(single)] if single else [])))


def _prefix(text: Any, where: str) -> Prefix:
    try:
        return parse_prefix(str(text))
    except BadFilter:
        raise BadSubnetMap(f"'{text}' ({where}) is not a CIDR prefix.", _HOW) from None


def _last_segment(name: str) -> str:
    """ARM child names are written parent/child."""
    return name.rsplit("/", 1)[-1]
