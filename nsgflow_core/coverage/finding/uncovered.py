"""VNets, subnets and NICs that no flow log covers; peered VNets, private endpoints and services that none can cover."""

from __future__ import annotations

from collections.abc import Iterator

from nsgflow_core.coverage.finding.seen import SetupSeen, named_nic, names_in_words, others_saw
from nsgflow_core.coverage.gap import Gap, gap
from nsgflow_core.coverage.setup import SubnetPlace, is_of_nsg, region_key
from nsgflow_core.inventory.things.vnet import Vnet
from nsgflow_core.rules.special.unsupported import unlogged_service_in
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted


def find_uncovered(seen: SetupSeen) -> Iterator[Gap]:
    """The gaps of where flow logs are set."""
    for vnet in seen.setup.vnets:
        yield from _of_vnet(seen, vnet)
        yield from _peers(seen, vnet)
        for place in seen.setup.places_in.get(arm_id.key(vnet.vnet_id), ()):
            yield from _limits(seen, place)


def _of_vnet(seen: SetupSeen, vnet: Vnet) -> Iterator[Gap]:
    """One gap for a VNet without any flow log; otherwise one for each part that those in it leave out."""
    setup = seen.setup
    if setup.by_target.get(arm_id.key(vnet.vnet_id)):
        return  # on or off: what is wrong with a flow log is said of the log
    places = setup.places_in.get(arm_id.key(vnet.vnet_id), ())
    has_parts = any(setup.by_target.get(place.key) for place in places) or any(
        setup.by_target.get(arm_id.key(nic.nic_id)) for place in places for nic in setup.nics_in.get(place.key, ())
    )
    if has_parts:
        for place in places:
            yield from _of_place(seen, place)
        return
    if any(seen.logs_vnet(place) for place in places) or seen.arrived.of_target(vnet.vnet_id).shape[0]:
        if setup.logs:
            yield gap("log-not-in-files", f"VNet {seen.vnet(vnet)}", target_id=vnet.vnet_id, region=_region(vnet))
        return
    with_nsg = [place for place in places if setup.has_nsg_log(place)]
    if with_nsg and all(place in with_nsg or not _can_log(seen, place) for place in places):
        return  # NSG flow logs cover it: the migration list tells
    entries = sum(seen.met.get(place.key, 0) for place in places)
    yield gap(
        "vnet-without-log", f"VNet {seen.vnet(vnet)}", _about(seen, vnet, places, with_nsg) + others_saw(entries),
        target_id=vnet.vnet_id, region=_region(vnet), entries=entries,
    )  # fmt: skip


def _about(seen: SetupSeen, vnet: Vnet, places: tuple[SubnetPlace, ...], with_nsg: list[SubnetPlace]) -> str:
    """What there is in a VNet without a flow log, and whether its region's flow logs were given at all."""
    nics = sum(len(seen.setup.nics_in.get(place.key, ())) for place in places)
    said = f" ({counted(len(places), 'subnet')}" + (f", {counted(nics, 'NIC')}" if nics else "")
    if with_nsg:
        said += f"; NSG flow logs cover {names_in_words([place.label for place in with_nsg])}"
    off = [log for place in places for nsg in seen.setup.nsgs_on.get(place.key, ()) for log in _off(seen, nsg)]
    if off:
        said += f"; the NSG flow log {off[0]} is off"
    region = _region(vnet)
    if region and region not in seen.setup.regions:
        said += f"; no flow log of {region} is in the files"
    return said + ")"


def _off(seen: SetupSeen, nsg: str) -> Iterator[str]:
    yield from (log.name for log in seen.setup.by_target.get(nsg, ()) if log.is_enabled is False and is_of_nsg(log))


def _of_place(seen: SetupSeen, place: SubnetPlace) -> Iterator[Gap]:
    """A subnet, or some of its NICs, in a VNet of which only parts are logged."""
    setup = seen.setup
    if setup.by_target.get(place.key) or setup.has_nsg_log(place) or unlogged_service_in(place.subnet):
        return
    nics = setup.nics_in.get(place.key, ())
    bare = [nic for nic in nics if not setup.by_target.get(arm_id.key(nic.nic_id)) and not setup.nsg_log_on(nic.nic_id)]
    if nics and not bare:
        return
    region = _region(place.vnet)
    if len(bare) == len(nics):
        entries = seen.met.get(place.key, 0)
        held = f" ({counted(len(nics), 'NIC')})" if nics else " (no NIC of the files is in it)" if setup.nics else ""
        yield gap(
            "subnet-uncovered", seen.name(place), held + others_saw(entries),
            target_id=place.subnet.subnet_id, region=region, entries=entries,
        )  # fmt: skip
        return
    for nic in bare:
        entries = seen.entries_of_others(nic)
        yield gap(
            "nic-uncovered", named_nic(nic), others_saw(entries), target_id=nic.nic_id, region=region, entries=entries
        )


def _can_log(seen: SetupSeen, place: SubnetPlace) -> bool:
    """False for a subnet where nothing is that could log: no NIC where NICs are known, or a service without logs."""
    return not unlogged_service_in(place.subnet) and not (seen.setup.nics and not seen.setup.nics_in.get(place.key))


def _region(vnet: Vnet) -> str:
    return region_key(vnet.location)


def _peers(seen: SetupSeen, vnet: Vnet) -> Iterator[Gap]:
    for peering in vnet.peerings:
        is_known = arm_id.key(peering.remote_id) in seen.setup.ids
        if not is_known:  # from within a template, a peering names the other by its name alone
            is_known = any(arm_id.means(peering.remote_id, each.vnet_id, each.name) for each in seen.setup.vnets)
        if peering.remote_id and not is_known:
            subscription = arm_id.part(peering.remote_id, "subscriptions")
            of = f" of subscription {subscription}" if subscription else ""
            yield gap("peer-not-in-files", f"VNet {seen.vnet(vnet)}", arm_id.last(peering.remote_id) + of)


def _limits(seen: SetupSeen, place: SubnetPlace) -> Iterator[Gap]:
    """What Azure cannot log there, said so that nobody looks for it."""
    if service := unlogged_service_in(place.subnet):
        yield gap("unsupported", seen.name(place), service, target_id=place.subnet.subnet_id)
    found = seen.setup.endpoints_in.get(place.key, ())
    endpoints = {arm_id.key(nic.private_endpoint_id or nic.nic_id): nic for nic in found}
    named = {arm_id.key(each) for each in place.subnet.resources if "privateendpoints/" in each.casefold()}
    count = len(named | set(endpoints))
    if not count:
        return
    entries = sum(seen.entries_of_others(nic) for nic in endpoints.values())
    saw = f", seen in {counted(entries, 'entry')} of those who use them" if entries else ""
    yield gap(
        "private-endpoint", seen.name(place), counted(count, "private endpoint") + saw,
        target_id=place.subnet.subnet_id, entries=entries,
    )  # fmt: skip
