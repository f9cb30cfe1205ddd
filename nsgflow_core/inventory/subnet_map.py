"""The subnet map: which named subnet an address belongs to, made from the VNets."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.document import HOW
from nsgflow_core.inventory.shapes.fields import items, text, texts
from nsgflow_core.inventory.shapes.resources import read_resources
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet, subnet_labels, vnet_of
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import any_of, names_in
from nsgflow_core.words.prefixes import INTERNET, Prefix, block_of, default_label, is_prefix, parse_prefix
from nsgflow_core.words.sets.spans import LAST_ADDRESS, intersect, of_prefixes, to_prefixes, union


@dataclass(frozen=True, slots=True, order=True)
class Subnet:
    """One prefix of one named subnet (a subnet with two prefixes is two of these)."""

    name: str
    prefix: Prefix
    vnet: str = ""
    ids: tuple[str, ...] = field(default=(), compare=False)
    """The ARM ids that mean it; several where subnets of one prefix share a label."""


@dataclass(frozen=True)
class SubnetMap:
    """Named subnets, and the address space of the VNets and their peerings where the file tells it."""

    subnets: tuple[Subnet, ...] = ()
    address_space: tuple[Prefix, ...] = ()
    own_space: frozenset[Prefix] = field(default=frozenset(), compare=False)
    """Blocks of public space in which the log shows the estate's own addresses: no part of a file's map."""

    @cached_property
    def identity(self) -> str:
        """A short fingerprint of the content, for cache keys."""
        text = repr([(s.name, s.prefix.text, s.vnet) for s in self.subnets]) + repr(
            [prefix.text for prefix in self.address_space]
        )
        text += repr(sorted(prefix.text for prefix in self.own_space)) if self.own_space else ""
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The distinct subnet names, sorted."""
        return tuple(sorted({subnet.name for subnet in self.subnets}))

    def prefixes_of(self, name: str) -> tuple[Prefix, ...]:
        """The prefixes of the subnet with that name, ignoring case."""
        return tuple(s.prefix for s in self.subnets if s.name.casefold() == name.casefold())

    def asked_for(self, labels: Iterable[str]) -> Iterator[str]:
        """Endpoint labels as values of a filter, for all that has them, and maybe more.

        A filter reads a label that is a prefix as those addresses, whatever a subnet so named holds.
        """
        for label in labels:
            yield label
            if is_prefix(label):
                yield from (held.text for held in self.held_by_name.get(label, ()))

    def label_of(self, asked: str) -> str:
        """The label that a person means: in any case, by the subnet's ARM id, or by a path that is longer than a label
        must be (group/network/name). What means none, or one that several share, stays as it is."""
        wanted = arm_id.key(asked)
        found = [label for label in self.names if label.casefold() == wanted]
        found = found or [label for label in self._named_in_full(wanted) if len(names_in(label)) == 1]
        return found[0] if len(found) == 1 else asked.strip()

    def longer_labels(self, name: str) -> tuple[str, ...]:
        """The labels of the subnets of that name, where it is no label itself: several subnets have it, or the one
        that has it shares its prefix and so its label with others ("a or b")."""
        wanted = arm_id.key(name)
        if any(label.casefold() == wanted for label in self.names):
            return ()
        ways = {label: [each.casefold() for each in names_in(label)] for label in self.names}
        own = tuple(label for label, named in ways.items() if wanted in named) or self._named_in_full(wanted)
        return own or tuple(
            label for label, named in ways.items() if any(each.endswith(f"/{wanted}") for each in named)
        )

    def labelled_otherwise(self, label: str) -> Iterator[tuple[str, tuple[Prefix, ...], tuple[Prefix, ...]]]:
        """What of a subnet has another label: a longer prefix takes it, or another subnet has that prefix too.

        Each as that label, what it takes, and the subnet's own prefixes that hold it. Nothing of what is no label.
        """
        own = [s for s in self.subnets if s.name.casefold() == label.casefold()]
        ids = {arm_id.key(each) for subnet in own for each in subnet.ids}
        prefixes = {s.prefix for s in self.subnets if s in own or ids.intersection(map(arm_id.key, s.ids))}
        spans = of_prefixes(prefixes)
        for other, held in self.held_by_name.items():
            taken = to_prefixes(intersect(spans, of_prefixes(held))) if other.casefold() != label.casefold() else ()
            if taken:
                yield other, taken, tuple(sorted(p for p in prefixes if any(p.covers(each) for each in taken)))

    def _named_in_full(self, wanted: str) -> tuple[str, ...]:
        """The labels of the subnets of an ARM id, or of a path that names at least a network and the subnet."""
        if "/" not in wanted or is_prefix(wanted):
            return ()
        return tuple(sorted({s.name for s in self.subnets if any(wanted in _ways_to_say(each) for each in s.ids)}))

    @cached_property
    def boundaries(self) -> tuple[tuple[bytes, str | None], ...]:
        """Where the label changes along the line of all addresses: (first packed address, subnet name or None).

        The longest prefix wins, and the list is disjoint and sorted, so a lookup is one search: the last boundary
        at or before an address holds its label. The first boundary is address zero.
        """
        return self.boundaries_with(())

    def boundaries_with(self, blocks: Iterable[Prefix]) -> tuple[tuple[bytes, str | None], ...]:
        """The same, where what no subnet holds of these blocks is labelled by them."""
        edges, names = [0], list[str | None]([None])
        for first, last, name in self._layers(blocks):
            at, end = bisect_left(edges, first), bisect_right(edges, last)
            is_edge_behind = end < len(edges) and edges[end] == last + 1
            edges[at:end] = [first] if is_edge_behind else [first, last + 1]
            names[at:end] = [name] if is_edge_behind else [name, names[end - 1]]
        told = zip(edges, names, strict=True)
        return tuple((edge.to_bytes(16, "big"), name) for edge, name in told if edge < 1 << 128)

    @cached_property
    def held_by_name(self) -> dict[str, tuple[Prefix, ...]]:
        """The prefixes of each name, without what a more specific one holds."""
        spans: dict[str, list[tuple[int, int]]] = {}
        ends = [int.from_bytes(edge, "big") - 1 for edge, _ in self.boundaries[1:]] + [LAST_ADDRESS]
        for (edge, name), last in zip(self.boundaries, ends, strict=True):
            if name is not None:
                spans.setdefault(name, []).append((int.from_bytes(edge, "big"), last))
        return {name: to_prefixes(union(held)) for name, held in spans.items()}

    @cached_property
    def outer_names(self) -> frozenset[str]:
        """The names of which a prefix holds one of another name."""
        found: set[str] = set()
        within: list[Subnet] = []
        for subnet in sorted(self.subnets, key=lambda each: (each.prefix.first, -each.prefix.size)):
            within = [outer for outer in within if outer.prefix.last >= subnet.prefix.first]
            found |= {o.name for o in within if o.name != subnet.name and o.prefix.covers(subnet.prefix)}
            within.append(subnet)
        return frozenset(found)

    def _layers(self, blocks: Iterable[Prefix]) -> Iterator[tuple[int, int, str | None]]:
        """What to paint, blocks first, then widest first: IPv6, then a clean IPv4 range (a wide IPv6 prefix never
        labels IPv4)."""
        widest_first = sorted(self.subnets, key=lambda s: -s.prefix.size)
        every = [*((each, each.text) for each in blocks), *((s.prefix, s.name) for s in widest_first)]
        painted: list[tuple[Prefix, str | None]] = [(prefix, name) for prefix, name in every if not prefix.is_v4]
        painted.append((parse_prefix("0.0.0.0/0"), None))
        painted += [(prefix, name) for prefix, name in every if prefix.is_v4]
        for prefix, name in painted:
            yield int.from_bytes(prefix.first, "big"), int.from_bytes(prefix.last, "big"), name

    def label(self, packed: bytes) -> str:
        """The endpoint label of one packed address (see design, "Endpoint label")."""
        held = [s for s in self.subnets if s.prefix.holds(packed)]
        return min(held, key=lambda s: s.prefix.size).name if held else self.unnamed_label(packed)

    def default_label(self, packed: bytes) -> str:
        """The endpoint label of a packed address by its range and by the log alone."""
        label = default_label(packed)
        if label == INTERNET and self.own_space and (block := block_of(packed)) in self.own_space:
            return block.text
        return label

    def unnamed_label(self, packed: bytes) -> str:
        """The endpoint label of a packed address that no named subnet holds.

        What the files tell inside is no Internet: that tag holds nothing of a VNet or its peers.
        """
        label = self.default_label(packed)
        block = self.told_inside(packed) if label == INTERNET else None
        return label if block is None else block.text

    def told_inside(self, packed: bytes) -> Prefix | None:
        """The block, or the smaller space, in which files tell this public address inside; None where they do not."""
        space = next((each for each in self.public_space if each.holds(packed)), None)
        return space and (block if space.covers(block := block_of(packed)) else space)

    @cached_property
    def public_space(self) -> tuple[Prefix, ...]:
        """What of the address space is public by range, none within another."""
        found: list[Prefix] = []
        for each in sorted(self.address_space, key=lambda space: (space.first, -space.size)):
            if default_label(each.first) == INTERNET and not (found and found[-1].covers(each)):
                found.append(each)
        return tuple(found)


def subnet_map(vnets: Iterable[Vnet]) -> SubnetMap:
    """Every label means one subnet: a name that several VNets have is lengthened until it tells them apart.

    Subnets of unpeered VNets that have the very same prefix cannot be told apart in a flow log, so they share one
    label that says so ("a or b"). The address space is that of the VNets and of their peerings.
    """
    vnets = tuple(vnets)
    sharers: dict[Prefix, list[Subnet]] = {}
    for label, vnet, subnet in subnet_labels(vnets):
        for prefix in subnet.prefixes:
            sharers.setdefault(prefix, []).append(Subnet(label, prefix, vnet.name, _ids_of(vnet, subnet)))
    subnets = tuple(
        Subnet(
            any_of(dict.fromkeys(sorted(s.name for s in group))),
            prefix,
            group[0].vnet,
            tuple(dict.fromkeys(each for s in group for each in s.ids)),
        )
        for prefix, group in sorted(sharers.items())
    )
    spaces = {prefix for vnet in vnets for prefix in vnet.address_space}
    spaces |= {prefix for vnet in vnets for peering in vnet.peerings for prefix in peering.remote_space}
    return SubnetMap(subnets, tuple(sorted(spaces)))


def read_subnet_map(content: str | bytes) -> SubnetMap:
    """The subnet map of one file, of any shape or as `write_subnet_map` wrote it. Raises BadInventory for no subnet."""
    notes: list[str] = []
    resources = read_resources(content, notes.append)
    kept = next((each for each in resources if "subnetmap" in each), None)
    if kept is not None:
        return SubnetMap(
            tuple(
                Subnet(
                    text(each, "label"),
                    parse_prefix(text(each, "prefix")),
                    text(each, "vnet"),
                    tuple(texts(each, "ids")),
                )
                for each in items(kept, "subnetmap")
            ),
            tuple(parse_prefix(each) for each in texts(kept, "addressspace")),
        )
    made = subnet_map(vnet_of(each, notes.append) for each in resources if each["type"] == kinds.VNET)
    if not made.subnets and not made.address_space:
        raise BadInventory(notes[0] if notes else "The file holds no subnet.", HOW)
    return made


def write_subnet_map(subnets: SubnetMap) -> str:
    """The map as JSON text that `read_subnet_map` reads back unchanged, labels and all."""
    return json.dumps(
        {
            "type": "nsgflow/subnetmap",
            "subnetMap": [
                {"label": s.name, "prefix": s.prefix.text, "vnet": s.vnet, "ids": s.ids} for s in subnets.subnets
            ],
            "addressSpace": [prefix.text for prefix in subnets.address_space],
        }
    )


def _ids_of(vnet: Vnet, subnet: VnetSubnet) -> tuple[str, ...]:
    """What names a subnet in full; of a network without an id its name and the subnet's."""
    if not (subnet.subnet_id or vnet.name):
        return ()
    return (subnet.subnet_id or f"{vnet.vnet_id or f'/virtualNetworks/{vnet.name}'}/subnets/{subnet.name}",)


@lru_cache(maxsize=65_536)
def _ways_to_say(subnet_id: str) -> frozenset[str]:
    """A subnet's id, and its path from the network on and further out, in lower case."""
    path = arm_id.path(subnet_id, arm_id.part(subnet_id, "virtualNetworks"), arm_id.last(subnet_id))
    whole = tuple(each.casefold() for each in path if each)
    ways = {"/".join(whole[at:]) for at in range(len(whole) - 1)}
    return frozenset({arm_id.key(subnet_id), "/".join(arm_id.with_short_guid(whole)), *ways})
