"""The names of addresses: what stands at each, its service tag, its country and network; and kept as one text.

A name is that of the resource, else of the site that a gateway leads to, else the platform's own, else of a public
address its service tag or who runs its network.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.names.behind import Behind, Owned
from nsgflow_core.inventory.names.prefix_table import PrefixTable
from nsgflow_core.inventory.things.addressed.databases import AddressDatabase, Whereabouts, atlas
from nsgflow_core.inventory.things.service_tags import telling
from nsgflow_core.words.apart import any_of
from nsgflow_core.words.prefixes import INTERNET as PUBLIC
from nsgflow_core.words.prefixes import PLATFORM_NAMES, Prefix, default_label, pack, parse_prefix, unpack


@dataclass(frozen=True, slots=True)
class Named:
    """What is known of one address; "" where nothing is."""

    name: str = ""
    service_tag: str = ""
    country: str = ""
    asn: str = ""


@dataclass(frozen=True)
class AddressNames:
    """Everything that names addresses, from an inventory."""

    behind: Behind = field(default_factory=Behind)
    tags: tuple[tuple[str, tuple[Prefix, ...]], ...] = ()
    databases: tuple[AddressDatabase, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.behind.hosts or self.behind.nics or self.behind.sites or self.tags or self.databases)

    @cached_property
    def identity(self) -> str:
        """A short fingerprint of the content."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16] if self else ""

    def of(self, packed: bytes) -> Named:
        """What is known of a packed address. A tag and a place are of public addresses alone."""
        is_public = default_label(packed) == PUBLIC
        tag = self._tag(packed) if is_public and self.tags else ""
        where = self._where(packed) if is_public and self.databases else Whereabouts()
        name = self.behind.hosts.get(packed) or self._site(packed) or PLATFORM_NAMES.get(packed, "")
        return Named(name or tag or where.asn.partition(" ")[2] or where.asn, tag, where.country, where.asn)

    def _site(self, packed: bytes) -> str:
        found = self._sites.find(packed)
        return any_of(sorted(set(found)))

    def _tag(self, packed: bytes) -> str:
        """The most telling of the tags that hold it: of a service before the whole cloud's, of a region before all."""
        found = ((name, at) for at, names in enumerate(self._tag_table.holding(packed)) for name in names)
        return min(found, key=lambda each: (telling(each[0]), each[1], each[0]), default=("", 0))[0]

    def _where(self, packed: bytes) -> Whereabouts:
        return atlas(self.databases).of(unpack(packed))

    @cached_property
    def _sites(self) -> PrefixTable[str]:
        made: PrefixTable[str] = PrefixTable()
        for prefix, name in self.behind.sites:
            made.add(prefix, name)
        return made

    @cached_property
    def _tag_table(self) -> PrefixTable[str]:
        made: PrefixTable[str] = PrefixTable()
        for name, prefixes in self.tags:
            for prefix in prefixes:
                made.add(prefix, name)
        return made

    def to_json(self) -> str:
        """Everything as one text that `from_json` reads back equal."""
        nics = {
            mac: {"label": own.label, "addresses": sorted(map(unpack, own.addresses)), "forwards": own.forwards}
            for mac, own in self.behind.nics.items()
        }
        return json.dumps(
            {
                "hosts": {unpack(packed): name for packed, name in self.behind.hosts.items()},
                "nics": nics,
                "sites": [[prefix.text, name] for prefix, name in self.behind.sites],
                "tags": {name: [prefix.text for prefix in prefixes] for name, prefixes in self.tags},
                "databases": [[each.name, each.built, each.packed] for each in self.databases],
            },
            ensure_ascii=False,
        )


@lru_cache(maxsize=4)
def read_names(kept: str) -> AddressNames:
    """What `to_json` wrote; "" is no names. Raises BadInventory for anything else."""
    if not kept:
        return AddressNames()
    try:
        held = json.loads(kept)
        nics = {
            mac: Owned(own["label"], frozenset(filter(None, map(pack, own["addresses"]))), own["forwards"])
            for mac, own in held["nics"].items()
        }
        return AddressNames(
            Behind(
                {packed: name for text, name in held["hosts"].items() if (packed := pack(text))},
                nics,
                tuple((parse_prefix(text), name) for text, name in held["sites"]),
            ),
            tuple((name, tuple(map(parse_prefix, texts))) for name, texts in held["tags"].items()),
            tuple(AddressDatabase(*each) for each in held["databases"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInventory("The kept names of addresses cannot be read.", "Give the files again.") from None
