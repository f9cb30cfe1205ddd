"""Subnets and NICs with what is known of their traffic: what they logged themselves, and what others logged of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

from nsgflow_core.coverage.arrived import Arrived
from nsgflow_core.coverage.setup import Setup, SubnetPlace
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.inventory.things.vnet import Vnet
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted, first_of
from nsgflow_core.words.vocabulary import LogKind

SHOWN = 3


@dataclass(frozen=True)
class SetupSeen:
    """What is set up beside what arrived."""

    setup: Setup
    arrived: Arrived

    @cached_property
    def own(self) -> dict[str, int]:
        """Subnet key -> entries that its addresses logged themselves. An address of two subnets counts for both."""
        counts = self.arrived.hours.own.groupby("address")["tuples"].sum()
        return self._by_place({str(address): int(count) for address, count in counts.items()})

    @cached_property
    def met(self) -> dict[str, int]:
        """Subnet key -> entries of other ends that show that somebody is there."""
        return self._by_place(self.arrived.met)

    def _by_place(self, counts: dict[str, int]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for address, count in counts.items():
            for place in self.setup.places_at(address):
                found[place.key] += count
        return dict(found)

    @cached_property
    def macs_in(self) -> dict[str, frozenset[str]]:
        """Subnet key -> what logged an address in it (MACs, or addresses where the source tells none)."""
        found: dict[str, set[str]] = defaultdict(set)
        for address, nics in self.arrived.nics_of_address.items():
            for place in self.setup.places_at(address):
                found[place.key] |= nics
        return {key: frozenset(held) for key, held in found.items()}

    def logs_vnet(self, place: SubnetPlace) -> bool:
        """True when a VNet flow log wrote of an address in the subnet, whatever the files say."""
        return place.key in self._vnet_logged

    @cached_property
    def _vnet_logged(self) -> frozenset[str]:
        pairs = self.arrived.hours.own[["nic", "address"]].drop_duplicates()
        kinds = self.arrived.kinds_of
        wrote = {
            address
            for nic, address in zip(pairs["nic"], pairs["address"], strict=True)
            if str(LogKind.VNET) in kinds.get(nic, frozenset({str(LogKind.VNET)}))
        }
        return frozenset(place.key for address in wrote for place in self.setup.places_at(address))

    def name(self, place: SubnetPlace) -> str:
        """Like "Subnet snet-web (vnet-shop)"."""
        return f"subnet {place.label} ({self.vnet(place.vnet)})"

    def vnet(self, vnet: Vnet) -> str:
        """A VNet's name, lengthened where another has it too."""
        return self.setup.vnet_names.get(arm_id.key(vnet.vnet_id), vnet.name)

    def logged_by(self, nic: Nic) -> bool:
        """True when a NIC logged something, by its MAC address or by one of its addresses."""
        return bool(nic.mac and nic.mac in self._macs) or not self._addresses.isdisjoint(addresses_of(nic))

    def entries_of_others(self, nic: Nic) -> int:
        """What other ends logged that shows that somebody is at one of its addresses."""
        return sum(self.arrived.met.get(address, 0) for address in addresses_of(nic))

    @cached_property
    def _macs(self) -> frozenset[str]:
        return frozenset(map(str.upper, self.arrived.kinds_of)) - {""}

    @cached_property
    def _addresses(self) -> frozenset[str]:
        return frozenset(self.arrived.nics_of_address)


def others_saw(entries: int) -> str:
    """The evidence of other ends, as it ends a sentence."""
    return f"; others logged {counted(entries, 'entry')} with it" if entries else ""


def names_in_words(names: Sequence[str]) -> str:
    """Names in a sentence, the first few of many."""
    return first_of(names, SHOWN)


def named_nic(nic: Nic) -> str:
    """Like "NIC web-1-nic (10.0.1.4)"."""
    addresses = ", ".join(each.address for each in nic.addresses[:2])
    return f"NIC {nic.name} ({addresses})" if addresses else f"NIC {nic.name}"


def addresses_of(nic: Nic) -> list[str]:
    """A NIC's addresses as flow logs spell them."""
    return [str(ip_address(each.address)) for each in nic.addresses]
