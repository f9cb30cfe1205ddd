"""What is set up to be logged: which flow log covers which NIC and subnet, by the files alone.

Of several flow logs on one NIC the closest wins: NIC, subnet, virtual network (Microsoft Learn, "Virtual network flow
logs"). One that is off covers nothing. An NSG flow log covers the subnets and NICs that its NSG is set on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.addressed.fronts import Front
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.nics import Nic, Vm
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet, subnet_labels
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import names_in

OFF = ("deallocated", "stopped", "deallocating")
_NSGS, _NICS, _VNETS = "/networksecuritygroups/", "/networkinterfaces/", "/virtualnetworks/"
_WATCHER = "networkwatcher_"


def region_key(region: str) -> str:
    """What `West Europe` and `westeurope` have in common."""
    return region.replace(" ", "").casefold()


@dataclass(frozen=True, slots=True)
class SubnetPlace:
    """One subnet, in its VNet, with its label."""

    label: str
    vnet: Vnet
    subnet: VnetSubnet

    @property
    def key(self) -> str:
        """Of its id."""
        return (
            arm_id.key(self.subnet.subnet_id) or f"{arm_id.key(self.vnet.vnet_id)}/subnets/{self.subnet.name}".lower()
        )


def is_live(log: FlowLog) -> bool:
    """True for a flow log that is on and was set up."""
    return log.is_enabled is not False and not has_failed(log)


def has_failed(log: FlowLog) -> bool:
    """True where Azure says that setting it up failed."""
    return log.state.casefold() == "failed"


def is_of_nsg(log: FlowLog) -> bool:
    """True for an NSG flow log, false for one of a VNet, subnet or NIC."""
    return _NSGS in log.target_id.casefold()


@dataclass(frozen=True)
class Setup:
    """The inventory, with what covers what."""

    inventory: Inventory

    @cached_property
    def logs(self) -> tuple[FlowLog, ...]:
        """The flow logs that the files tell."""
        return self.inventory.of(FlowLog)

    @cached_property
    def nics(self) -> tuple[Nic, ...]:
        """The NICs that the files tell."""
        return self.inventory.of(Nic)

    @cached_property
    def vnets(self) -> tuple[Vnet, ...]:
        """The VNets that can be told apart by an id; the others are names for prefixes, and nothing can be set on."""
        return tuple(vnet for vnet in self.inventory.vnets if vnet.vnet_id)

    @cached_property
    def vnet_names(self) -> dict[str, str]:
        """VNet key -> its name, lengthened where another has it too."""
        labels = arm_id.labels([arm_id.path(vnet.vnet_id, vnet.name) for vnet in self.vnets])
        return {arm_id.key(vnet.vnet_id): label for vnet, label in zip(self.vnets, labels, strict=True)}

    @cached_property
    def places(self) -> tuple[SubnetPlace, ...]:
        """The subnets of those VNets."""
        return tuple(SubnetPlace(*each) for each in subnet_labels(self.vnets))

    @cached_property
    def by_target(self) -> dict[str, tuple[FlowLog, ...]]:
        """Target key -> all flow logs on it, off or on."""
        found: dict[str, list[FlowLog]] = defaultdict(list)
        for log in self.logs:
            found[arm_id.key(log.target_id)].append(log)
        return {key: tuple(held) for key, held in found.items()}

    @cached_property
    def place_of(self) -> dict[str, SubnetPlace]:
        """Subnet key -> the subnet."""
        return {place.key: place for place in self.places}

    @cached_property
    def places_in(self) -> dict[str, tuple[SubnetPlace, ...]]:
        """VNet key -> its subnets."""
        found: dict[str, list[SubnetPlace]] = defaultdict(list)
        for place in self.places:
            found[arm_id.key(place.vnet.vnet_id)].append(place)
        return {key: tuple(held) for key, held in found.items()}

    @cached_property
    def nics_in(self) -> dict[str, tuple[Nic, ...]]:
        """Subnet key -> the NICs of machines in it; those that Azure made for a private endpoint log nothing."""
        return _by_subnet(nic for nic in self.nics if not self.is_made(nic))

    @cached_property
    def endpoints_in(self) -> dict[str, tuple[Nic, ...]]:
        """Subnet key -> the NICs of private endpoints in it."""
        return _by_subnet(nic for nic in self.nics if self.is_made(nic))

    def is_made(self, nic: Nic) -> bool:
        """True for the NIC of a private endpoint, by its own word or by the endpoint's."""
        return bool(nic.private_endpoint_id) or arm_id.key(nic.nic_id) in self._made

    @cached_property
    def _made(self) -> frozenset[str]:
        return frozenset(arm_id.key(each) for front in self.inventory.of(Front) for each in front.nic_ids)

    @cached_property
    def off(self) -> frozenset[str]:
        """Keys of the NICs that cannot log now: their machine is off, or they have none."""
        power = {arm_id.key(vm.vm_id): vm.power for vm in self.inventory.of(Vm)}
        held = {arm_id.key(each): vm.power for vm in self.inventory.of(Vm) for each in vm.nic_ids}
        return frozenset(
            arm_id.key(nic.nic_id)
            for nic in self.nics
            if power.get(arm_id.key(nic.vm_id), held.get(arm_id.key(nic.nic_id), "")) in OFF
        )

    @cached_property
    def nsgs_on(self) -> dict[str, frozenset[str]]:
        """Key of a subnet or NIC -> keys of the NSGs that are set on it, whichever file says so."""
        found: dict[str, set[str]] = defaultdict(set)
        for place in self.places:
            if place.subnet.nsg_id:
                found[place.key].add(arm_id.key(place.subnet.nsg_id))
        for nic in self.nics:
            if nic.nsg_id:
                found[arm_id.key(nic.nic_id)].add(arm_id.key(nic.nsg_id))
        for each in self.inventory.rule_sets:
            for holder in (*each.subnets, *each.network_interfaces):
                if each.nsg_id:
                    found[arm_id.key(holder)].add(arm_id.key(each.nsg_id))
        return {key: frozenset(held) for key, held in found.items()}

    def live_on(self, target_id: str) -> FlowLog | None:
        """A flow log that is on and set on exactly this."""
        return next((log for log in self.by_target.get(arm_id.key(target_id), ()) if is_live(log)), None)

    def covering(self, place: SubnetPlace) -> FlowLog | None:
        """The subnet's own flow log, or its VNet's."""
        return self.live_on(place.key) or self.live_on(place.vnet.vnet_id)

    def covering_nic(self, nic: Nic, place: SubnetPlace) -> FlowLog | None:
        """The closest flow log of a NIC."""
        return self.live_on(nic.nic_id) or self.covering(place)

    def nsg_log_on(self, holder_id: str) -> FlowLog | None:
        """The flow log, that is on, of an NSG that is set on this subnet or NIC."""
        found = (self.live_on(nsg) for nsg in sorted(self.nsgs_on.get(arm_id.key(holder_id), ())))
        return next((log for log in found if log), None)

    def has_nsg_log(self, place: SubnetPlace) -> bool:
        """True where the NSG of the subnet, or those of all its NICs, are logged."""
        nics = self.nics_in.get(place.key, ())
        return bool(self.nsg_log_on(place.key)) or (bool(nics) and all(self.nsg_log_on(nic.nic_id) for nic in nics))

    def covered_by(self, log: FlowLog) -> tuple[SubnetPlace, ...]:
        """The subnets of which this VNet or subnet flow log is the closest; none for one of a NIC or NSG."""
        return self._places_by_log.get(id(log), ())

    @cached_property
    def _places_by_log(self) -> dict[int, tuple[SubnetPlace, ...]]:
        found: dict[int, list[SubnetPlace]] = defaultdict(list)
        for place in self.places:
            if log := self.covering(place):
                found[id(log)].append(place)
        return {key: tuple(held) for key, held in found.items()}

    def nics_of(self, log: FlowLog) -> tuple[tuple[Nic, SubnetPlace], ...]:
        """The NICs whose closest flow log this is, each with its subnet; of an NSG's, those that the NSG guards."""
        return self._nics_by_log.get(id(log), ())

    @cached_property
    def _nics_by_log(self) -> dict[int, tuple[tuple[Nic, SubnetPlace], ...]]:
        found: dict[int, dict[str, tuple[Nic, SubnetPlace]]] = defaultdict(dict)
        for key, nics in self.nics_in.items():
            place = self.place_of.get(key)
            for nic in nics if place else ():
                assert place
                nsg_logs = (self.nsg_log_on(place.key), self.nsg_log_on(nic.nic_id))
                for log in (self.covering_nic(nic, place), *nsg_logs):
                    if log:
                        found[id(log)].setdefault(arm_id.key(nic.nic_id) or nic.name, (nic, place))
        return {key: tuple(held.values()) for key, held in found.items()}

    def vnets_of_nsg(self, nsg_id: str) -> tuple[Vnet, ...]:
        """The VNets whose subnets or NICs this NSG guards."""
        return self._vnets_by_nsg.get(arm_id.key(nsg_id), ())

    @cached_property
    def _vnets_by_nsg(self) -> dict[str, tuple[Vnet, ...]]:
        subnets_of_nic = {arm_id.key(nic.nic_id): [each.subnet_id for each in nic.addresses] for nic in self.nics}
        homes: dict[str, dict[str, None]] = defaultdict(dict)
        for holder, nsgs in self.nsgs_on.items():
            subnets = [holder] if "/subnets/" in holder else subnets_of_nic.get(holder, [])
            for nsg in nsgs:
                homes[nsg] |= dict.fromkeys(arm_id.key(each).partition("/subnets/")[0] for each in subnets)
        known = {arm_id.key(vnet.vnet_id): vnet for vnet in self.vnets}
        return {nsg: tuple(known[key] for key in sorted(keys) if key in known) for nsg, keys in homes.items()}

    def is_followed(self, log: FlowLog) -> bool:
        """True for an NSG flow log whose VNets all have a flow log of their own that is on."""
        vnets = self.vnets_of_nsg(log.target_id) if is_of_nsg(log) else ()
        return bool(vnets) and all(self.live_on(vnet.vnet_id) for vnet in vnets)

    def region_of(self, log: FlowLog) -> str:
        """A flow log's region: its own word, its network watcher's name, or its target VNet's region."""
        if log.location:
            return region_key(log.location)
        watcher = arm_id.part(log.flow_log_id, "networkWatchers").casefold()
        if watcher.startswith(_WATCHER):
            return watcher.removeprefix(_WATCHER)
        home = arm_id.key(log.target_id).partition("/subnets/")[0]
        return next((region_key(vnet.location) for vnet in self.vnets if arm_id.key(vnet.vnet_id) == home), "")

    @cached_property
    def regions(self) -> frozenset[str]:
        """The regions of which the files tell flow logs."""
        return frozenset(map(self.region_of, self.logs))

    def tells(self, kind: str, subscription: str) -> bool:
        """True when the files hold things of that kind (as ids name it) of that subscription."""
        return (kind.casefold(), subscription.casefold()) in self._told

    @cached_property
    def _told(self) -> frozenset[tuple[str, str]]:
        ids = [vnet.vnet_id for vnet in self.vnets] + [nic.nic_id for nic in self.nics]
        ids += [each.nsg_id for each in self.inventory.rule_sets]
        return frozenset((kind_in(each), arm_id.part(each, "subscriptions").casefold()) for each in ids if each)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Keys of all that a flow log can be set on and the files tell."""
        ids = [vnet.vnet_id for vnet in self.vnets] + [nic.nic_id for nic in self.nics]
        ids += [each.nsg_id for each in self.inventory.rule_sets]
        return frozenset(map(arm_id.key, ids)) | {place.key for place in self.places}

    @cached_property
    def _tokens(self) -> AddressTokens:
        return AddressTokens(self.inventory.subnet_map)

    @cached_property
    def _by_label(self) -> dict[str, tuple[SubnetPlace, ...]]:
        found: dict[str, list[SubnetPlace]] = defaultdict(list)
        for place in self.places:
            found[place.label].append(place)
        return {label: tuple(held) for label, held in found.items()}

    def places_at(self, address: str) -> tuple[SubnetPlace, ...]:
        """The subnets that an address may be in: several where unpeered VNets have the same prefix."""
        label = self._tokens.label(address)
        return tuple(place for each in names_in(label) for place in self._by_label.get(each, ()))


def _by_subnet(nics: Iterable[Nic]) -> dict[str, tuple[Nic, ...]]:
    found: dict[str, dict[str, Nic]] = defaultdict(dict)
    for nic in nics:
        for each in nic.addresses:
            if each.subnet_id:
                found[arm_id.key(each.subnet_id)][arm_id.key(nic.nic_id) or nic.name] = nic
    return {key: tuple(held.values()) for key, held in found.items()}


def kind_in(target_id: str) -> str:
    """The last kind that an id of a network names: virtualnetworks, networkinterfaces, networksecuritygroups."""
    key = arm_id.key(target_id)
    return next((each.strip("/") for each in (_NSGS, _NICS, _VNETS) if each in key), "")
