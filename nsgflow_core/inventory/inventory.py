"""The inventory: what the network is, from any number of files of any kind, each thing with its file and its time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory import scope
from nsgflow_core.inventory.entry import Entry, FileFinding
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.names.behind import behind
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import folded
from nsgflow_core.inventory.subnet_map import SubnetMap, subnet_map
from nsgflow_core.inventory.things import THINGS
from nsgflow_core.inventory.things.addressed.databases import AddressDatabase
from nsgflow_core.inventory.things.addressed.fronts import Front, PublicIp
from nsgflow_core.inventory.things.addressed.standing import with_what_stands
from nsgflow_core.inventory.things.admin_rules import LostAdminRule
from nsgflow_core.inventory.things.gateways import ClientGateway, SiteGateway
from nsgflow_core.inventory.things.nics import EffectiveNsg, Nic, Vm, groups_by_address
from nsgflow_core.inventory.things.nsg_names import NsgName
from nsgflow_core.inventory.things.route_tables import RouteTable
from nsgflow_core.inventory.things.service_tags import ServiceTag
from nsgflow_core.inventory.things.vnet import Vnet, overlapping_spaces
from nsgflow_core.inventory.virtual_network import Surroundings
from nsgflow_core.words.prefixes import Prefix

T = TypeVar("T")


@dataclass(frozen=True)
class Inventory:
    """What is known of the network. Later entries take the place of earlier ones of the same thing."""

    entries: tuple[Entry, ...] = ()
    findings: tuple[FileFinding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def of(self, wanted: type[T]) -> tuple[T, ...]:
        """The things of one type: `inventory.of(Vnet)`."""
        if wanted not in self._of:
            self._of[wanted] = tuple(entry.item for entry in self.entries if isinstance(entry.item, wanted))
        return self._of[wanted]

    @cached_property
    def _of(self) -> dict[type, tuple[Any, ...]]:
        return {}

    @cached_property
    def vnets(self) -> tuple[Vnet, ...]:
        """The virtual networks, with what any file says to stand in their subnets."""
        fronts = ((entry.kind, entry.item) for entry in self.entries if isinstance(entry.item, Front))
        return with_what_stands(self.of(Vnet), fronts)

    @cached_property
    def rule_sets(self) -> tuple[RuleSet, ...]:
        """The NSGs with their rules, each labelled so that no two are called the same, and who told them."""
        held = [entry for entry in self.entries if isinstance(entry.item, RuleSet)]
        labels = scope.nsg_labels([entry.item for entry in held])
        return tuple(
            replace(entry.item, label="" if label == entry.item.name else label, told_by=entry.told_by)
            for entry, label in zip(held, labels, strict=True)
        )

    @cached_property
    def subnet_map(self) -> SubnetMap:
        """Which subnet an address belongs to, each label naming one subnet."""
        return subnet_map(self.vnets)

    @cached_property
    def nsg_names(self) -> dict[str, str]:
        """What the logs call an NSG (its guid or id, lower case) -> its name, lengthened where two share it."""
        sets = {key.lower(): each for each in self.rule_sets for key in (each.resource_guid, each.nsg_id) if key}
        names = {key: each.called for key, each in sets.items()}
        given = {each.acl_id: each.name for each in self.of(NsgName)}
        return names | {key: name for key, name in given.items() if key not in sets or name != sets[key].name}

    @cached_property
    def service_tags(self) -> dict[str, tuple[Prefix, ...]]:
        """Tag name as it is written -> its prefixes; of names that differ in case only, the last."""
        last = {tag.name.casefold(): tag for tag in self.of(ServiceTag)}
        return {tag.name: tag.prefixes for tag in last.values()}

    @cached_property
    def address_names(self) -> AddressNames:
        """What stands behind addresses, and where public ones are."""
        return AddressNames(
            behind(
                self.of(Nic),
                self.of(Vm),
                self.of(Front),
                self.of(PublicIp),
                self.of(ClientGateway),
                self.of(SiteGateway),
            ),
            tuple(self.service_tags.items()),
            self.of(AddressDatabase),
        )

    @cached_property
    def asgs(self) -> dict[bytes, frozenset[str]]:
        """Packed private address -> the ids of its application security groups, in lower case."""
        return groups_by_address(self.of(Nic))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is ambiguous in the network as a whole: address spaces that overlap without a peering."""
        return tuple(overlapping_spaces(self.vnets))

    @cached_property
    def surroundings(self) -> Surroundings:
        """What has a say in what `VirtualNetwork` stands for."""
        return Surroundings(self.vnets, self.of(RouteTable), self.of(Nic), self.of(EffectiveNsg))

    def guards(self, wanted: scope.Scope) -> tuple[RuleSet, ...]:
        """The NSGs that may guard this scope; none when it is not known, several when its name is not enough."""
        return scope.guards(wanted, self.rule_sets, self.vnets)

    def set_on(self, rule_set: RuleSet, but: str = "") -> tuple[str, ...]:
        """The places that an NSG guards (see `scope.set_on`)."""
        return scope.set_on(rule_set, self.vnets, self.of(Nic), but)

    def nsg_of(self, wanted: scope.Scope) -> RuleSet | None:
        """The NSG that guards this scope; None when none is known. Raises BadInventory when several fit."""
        found = self.guards(wanted)
        if len(found) > 1:
            named = ", ".join(each.nsg_id or each.resource_guid or each.name for each in found)
            raise BadInventory(f"{len(found)} NSGs fit '{wanted.name}': {named}.", "Name the one by its id.")
        return found[0] if found else None

    def merged(self, newer: Inventory) -> Inventory:
        """Both; what the newer one describes anew, and its files' earlier findings, are replaced.

        A description without an id (a template, a CSV) is of the one thing of that name, if there is just one.
        """
        if not (newer.entries or newer.findings):
            return self
        entries = {entry.identity: entry for entry in self.entries}
        namesakes: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            namesakes.setdefault(entry.named, []).append(entry)
        for entry in newer.entries:
            older = entries.get(entry.identity)
            others = namesakes.get(entry.named, [])
            if older is None and entry.named[1] and len(others) == 1 and others[0].has_id != entry.has_id:
                older = others[0]
                if entry.has_id:
                    entries.pop(older.identity, None)
            fresh = entry.with_what_only(older) if older else entry
            entries[fresh.identity] = fresh
        files = {entry.file for entry in newer.entries} | {finding.file for finding in newer.findings}
        earlier = [finding for finding in self.findings if finding.file not in files]
        return Inventory(tuple(entries.values()), tuple(dict.fromkeys((*earlier, *newer.findings))))

    def forgotten_by(self, newer: Inventory) -> tuple[Entry, ...]:
        """What `updated` leaves out of this without anything in its place."""
        held = self.updated(newer).entries
        left = {entry.identity for entry in held} | {entry.named for entry in held if entry.has_id}
        is_left = [entry.identity in left or (not entry.has_id and entry.named in left) for entry in self.entries]
        return tuple(entry for entry, stays in zip(self.entries, is_left, strict=True) if not stays)

    def updated(self, newer: Inventory) -> Inventory:
        """Merged with files read anew: what an earlier file of the same name told of the same kinds is forgotten.

        But for what lies in subscriptions that the new file tells nothing of: people write one `vnets.json` for each.
        """
        told = {(entry.file, entry.kind, entry.subscription) for entry in newer.entries}
        left = tuple(entry for entry in self.entries if (entry.file, entry.kind, entry.subscription) not in told)
        files = {entry.file for entry in newer.entries}
        said = tuple(finding for finding in newer.findings if finding.file in files)
        return Inventory(left, self.findings).merged(Inventory(newer.entries, said))

    def without(self, file: str) -> Inventory:
        """What is left when a file is forgotten."""
        return Inventory(
            tuple(entry for entry in self.entries if entry.file != file),
            tuple(finding for finding in self.findings if finding.file != file),
        )

    def without_kinds(self, *left_out: str) -> Inventory:
        """What is left when kinds of things are left out; the findings of a file go with the last thing of it."""
        left = tuple(entry for entry in self.entries if entry.kind not in left_out)
        gone = {entry.file for entry in self.entries} - {entry.file for entry in left}
        return Inventory(left, tuple(finding for finding in self.findings if finding.file not in gone))

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, in the order in which they were read."""
        return tuple(dict.fromkeys([entry.file for entry in self.entries] + [each.file for each in self.findings]))

    def told(self, file: str) -> list[tuple[str, int]]:
        """What came from a file, in words, and how many: ("VNets", 3), ("subnets", 7)."""
        found = []
        for kind, count in self.counts(file).items():
            vnets = [e.item for e in self.entries if e.kind == kind == kinds.VNET and e.file == file]
            named = count - sum(not vnet.name for vnet in vnets)  # a CSV of subnets has a VNet without a name
            if named:
                found.append((THINGS[kind].words(named), named))
            if subnets := sum(len(vnet.subnets) for vnet in vnets):
                found.append(("subnet" if subnets == 1 else "subnets", subnets))
        return found

    def counts(self, file: str) -> dict[str, int]:
        """How many things of each kind came from a file, in the order of `THINGS`."""
        counted = Counter(
            entry.kind
            for entry in self.entries
            if entry.file == file and not isinstance(entry.item, LostAdminRule)  # a finding of the file tells of it
        )
        return {kind: counted[kind] for kind in THINGS if counted[kind]}

    def to_json(self) -> str:
        """Everything as one JSON text that `from_json` reads back equal."""
        entries = [
            {
                "file": entry.file,
                "read": entry.read.isoformat() if entry.read else None,
                "item": {**THINGS[entry.kind].write(entry.item), "type": entry.kind},
            }
            for entry in self.entries
        ]
        findings = [{"file": each.file, "sentence": each.sentence} for each in self.findings]
        return json.dumps({"inventory": 1, "entries": entries, "findings": findings}, ensure_ascii=False)

    @classmethod
    def from_json(cls, kept: str) -> Inventory:
        """What `to_json` wrote. Raises BadInventory for anything else."""
        try:
            held = json.loads(kept)
            entries = []
            for each in held["entries"]:
                fields = folded(each["item"])
                item = THINGS[fields["type"]].read(fields, _say_nothing)
                moment = datetime.fromisoformat(each["read"]) if each["read"] else None
                entries.append(Entry(fields["type"], item, each["file"], moment))
            findings = [FileFinding(each["file"], each["sentence"]) for each in held["findings"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInventory("What is kept of the network cannot be read.", "Give the files again.") from None
        return cls(tuple(entries), tuple(findings))


def _say_nothing(_sentence: str) -> None:
    """What was left out was said when the file was read."""
