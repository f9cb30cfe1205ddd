"""The sample estate's connections as flow-log blobs, byte for byte in Azure's shapes.

VNet flow logs (version 4) for every NIC, one blob per NIC and hour; for the ERP spoke also NSG flow logs, version 1
and version 2, until its migration. Shapes: Microsoft Learn, "VNet flow logs overview", "NSG flow logs overview".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER
from nsgflow_core.sources.sample import estate as estate
from nsgflow_core.sources.sample.estate import SampleVm
from nsgflow_core.sources.sample.nsgs import NSG_LOGS_UNTIL, SampleNsg
from nsgflow_core.sources.sample.policy import Ruling, lies_in
from nsgflow_core.sources.sample.traffic import END_MS, START_MS, SampleConnection

BEGIN, CONTINUING, FINISH = "B", "C", "E"
CONTINUES_EVERY_MS = 300_000
"""A long flow is reported every five minutes, with what passed since its previous tuple."""
_NSG_LOGS_END_MS = START_MS + estate.moment(NSG_LOGS_UNTIL) * 60_000
_VNETS = {vnet.name: vnet for vnet in estate.VNETS}
_SUBSCRIPTION_ID = f"/subscriptions/{estate.SUBSCRIPTION}/resourceGroups"

Group = tuple[str, str]
"""The ACL and the rule, as logged, that a record groups its tuples by."""
Tuples = dict[tuple[SampleVm, SampleNsg | None], dict[int, dict[Group, list[str]]]]
"""NIC and, for an NSG log, its NSG -> minute since START -> group -> flow tuples."""
Life = list[tuple[int, str, tuple[int, ...]]]
"""(milliseconds since 1970, state, counters) of each tuple of an allowed flow."""


def write_logs(connections: Iterator[SampleConnection]) -> dict[str, bytes]:
    """Container and blob name, joined by `/` -> the bytes of the whole blob. Sorted by name."""
    tuples: Tuples = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for connection in connections:
        life = _life(connection)
        for ruling in (connection.outbound, connection.inbound):
            if ruling:
                _log_for_vnet(tuples, connection, ruling, life)
                if ruling.nsg and ruling.nsg.nsg_log:
                    _log_for_nsg(tuples, connection, ruling, life)
    blobs: dict[str, bytes] = {}
    for (vm, nsg), minutes in tuples.items():
        hours: dict[int, list[str]] = defaultdict(list)
        for minute in sorted(minutes):
            record = _nsg_record if nsg else _vnet_record
            hours[minute // 60].append(record(vm, nsg, minute, minutes[minute]))
        for hour, records in hours.items():
            blobs[_blob_name(vm, nsg, hour)] = ('{"records":[' + ",".join(records) + "]}").encode()
    return dict(sorted(blobs.items()))


def _life(connection: SampleConnection) -> Life:
    """An allowed flow's tuples, up to the end of the week, where the logging stops.

    The counters of C and E are deltas that add up to the connection's totals.
    """
    start, milliseconds, totals = connection.start, connection.milliseconds, connection[8:12]
    life: Life = [(start, BEGIN, (0, 0, 0, 0))]
    reports = (milliseconds - 1) // CONTINUES_EVERY_MS + 1
    if reports == 1:
        life.append((start + milliseconds, FINISH, totals))
    else:
        for number in range(1, reports + 1):
            last = number == reports
            when = start + (milliseconds if last else number * CONTINUES_EVERY_MS)
            deltas = tuple(total * number // reports - total * (number - 1) // reports for total in totals)
            life.append((when, FINISH if last else CONTINUING, deltas))
    return [entry for entry in life if entry[0] < END_MS] if life[-1][0] >= END_MS else life


def _log_for_vnet(tuples: Tuples, connection: SampleConnection, ruling: Ruling, life: Life) -> None:
    """VNet flow logs: milliseconds, protocol number, denials as state D; a platform row like any other."""
    minutes, group = tuples[ruling.vm, None], (ruling.acl_id, ruling.rule)
    _, start, _, src, dst, src_port, dst_port, protocol = connection[:8]
    middle = f",{src},{dst},{src_port},{dst_port},{protocol},{ruling.direction[0]},"
    if not ruling.allowed:
        minutes[(start - START_MS) // 60_000][group].append(f"{start}{middle}D,NX,0,0,0,0")
        return
    encryption = _encryption(connection)
    for when, state, (a, b, c, d) in life:
        minutes[(when - START_MS) // 60_000][group].append(f"{when}{middle}{state},{encryption},{a},{b},{c},{d}")


def _encryption(connection: SampleConnection) -> str:
    """VNet encryption is on inside the shop alone."""
    ends = (connection.outbound, connection.inbound)
    return "X" if all(ruling and lies_in(ruling.vm) == "vnet-shop" for ruling in ends) else "NX"


def _log_for_nsg(tuples: Tuples, connection: SampleConnection, ruling: Ruling, life: Life) -> None:
    """NSG flow logs: seconds, T or U, A or D; version 1 has one tuple a flow and no state.

    A version 2 flow admitted by a user's inbound TCP rule is stateless in the log: a B without counters and nothing
    more. A denied one is a B without counters too.
    """
    nsg = ruling.nsg
    assert nsg is not None
    minutes, group = tuples[ruling.vm, nsg], (ruling.acl_id, ruling.rule)
    src, dst, src_port, dst_port, protocol = connection[3:8]
    letters = f"{'T' if protocol == 6 else 'U'},{ruling.direction[0]},{'A' if ruling.allowed else 'D'}"
    middle = f",{src},{dst},{src_port},{dst_port},{letters}"
    stateless = ruling.direction == "Inbound" and protocol == 6 and ruling.rule.startswith("UserRule_")
    short = nsg.nsg_log == 1 or stateless or not ruling.allowed
    for when, state, (a, b, c, d) in life[:1] if short else life:
        if when >= _NSG_LOGS_END_MS:
            return
        counters = ",,,," if state == BEGIN else f",{a},{b},{c},{d}"
        ending = "" if nsg.nsg_log == 1 else f",{state}{counters}"
        minutes[(when - START_MS) // 60_000][group].append(f"{when // 1000}{middle}{ending}")


def _vnet_record(vm: SampleVm, _: SampleNsg | None, minute: int, groups: dict[Group, list[str]]) -> str:
    acls: dict[str, list[str]] = defaultdict(list)
    for (acl, rule), rows in groups.items():
        acls[acl].append(f'{{"rule":"{rule}","flowTuples":[{_quoted(rows)}]}}')
    flows = ",".join(f'{{"aclID":"{acl}","flowGroups":[{",".join(rules)}]}}' for acl, rules in acls.items())
    return f'{{"time":"{_time(minute)}",{_vnet_head(vm)}"flowRecords":{{"flows":[{flows}]}}}}'


def _nsg_record(vm: SampleVm, nsg: SampleNsg | None, minute: int, groups: dict[Group, list[str]]) -> str:
    assert nsg is not None
    flows = ",".join(
        f'{{"rule":"{rule}","flows":[{{"mac":"{vm.mac}","flowTuples":[{_quoted(rows)}]}}]}}'
        for (_, rule), rows in groups.items()
    )
    properties = f'"properties":{{"Version":{nsg.nsg_log},"flows":[{flows}]}}'
    return (
        f'{{"time":"{_time(minute)}","systemId":"{nsg.guid}","category":"NetworkSecurityGroupFlowEvent",'
        f'"resourceId":"{nsg_id(nsg).upper()}","operationName":"NetworkSecurityGroupFlowEvents",{properties}}}'
    )


def _quoted(rows: list[str]) -> str:
    rows.sort()
    return '"' + '","'.join(rows) + '"'


@cache
def _vnet_head(vm: SampleVm) -> str:
    vnet = _VNETS[lies_in(vm)]
    watcher = f"{_SUBSCRIPTION_ID}/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_"
    flow_log = f"{watcher}{estate.REGION}/flowLogs/{vnet.flow_log}".upper()
    return (
        f'"flowLogVersion":4,"flowLogGUID":"{vnet.flow_log_guid}","macAddress":"{vm.mac}",'
        f'"category":"FlowLogFlowEvent","flowLogResourceID":"{flow_log}",'
        f'"targetResourceID":"{vnet_id(vnet.name)}","operationName":"FlowLogFlowEvent",'
    )


@cache
def _time(minute: int) -> str:
    """When the record of a minute was written: at its end, in the service's seven digits."""
    return (estate.START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:59.9340000Z")


def _blob_name(vm: SampleVm, nsg: SampleNsg | None, hour: int) -> str:
    """The documented paths: NSG logs under the NSG's id, VNet logs in the form that the portal shows."""
    when = (estate.START + timedelta(hours=hour)).strftime("y=%Y/m=%m/d=%d/h=%H/m=00")
    tail = f"{when}/macAddress={vm.mac}/PT1H.json"
    if nsg:
        return f"{NSG_CONTAINER}/resourceId={nsg_id(nsg).upper()}/{tail}"
    log = (
        f"{estate.SUBSCRIPTION}_NETWORKWATCHERRG/NETWORKWATCHER_{estate.REGION}_{_VNETS[lies_in(vm)].flow_log}".upper()
    )
    return f"{VNET_CONTAINER}/flowLogResourceID=/{log}/{tail}"


def nsg_id(nsg: SampleNsg) -> str:
    """The NSG's resource id."""
    return f"{_SUBSCRIPTION_ID}/{nsg.resource_group}/providers/Microsoft.Network/networkSecurityGroups/{nsg.name}"


def vnet_id(name: str) -> str:
    """The VNet's resource id."""
    vnet = _VNETS[name]
    return f"{_SUBSCRIPTION_ID}/{vnet.resource_group}/providers/Microsoft.Network/virtualNetworks/{name}"
