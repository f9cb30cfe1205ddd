"""Writes canonical flow tuples as the rows that Traffic Analytics would make of them.

Rows are added up per hour and equal addresses, destination port, NSG, rule, direction, protocol and verdict, the
source port dropped; public addresses of one such group are packed into one row, save those of a threat feed. VNet
logs become NTANetAnalytics (words, names in lower case, ids in full), NSG logs AzureNetworkAnalytics_CL (short codes,
real numbers, `subscription/group/nsg`), as Microsoft's sample rows of 2025-08 and the schema document show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.words.prefixes import is_platform, is_private, pack

SUBSCRIPTION = "ebb79bc0-aa86-44a7-8111-cabbe0c43993"
_GROUP = ["interval", "vm_ip", "public_side", "dst_port", "protocol", "nsg_id", "nsg", "rule", "rule_kind",
          "direction", "decision", "mac", "log_kind", "other_ip"]  # fmt: skip
_SUMS = ("started", "ended", "src_to_dst_packets", "dst_to_src_packets", "src_to_dst_bytes", "dst_to_src_bytes")


def rows_of(
    tuples: pd.DataFrame,
    nsg_names: Mapping[str, str] | None = None,
    malicious: Iterable[str] = (),
    address_names: AddressNames | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Rows by table name. `tuples` has the canonical columns; `nsg_names` maps an aclID to the NSG's name.

    `address_names` tells which machine stands at an address of the estate.
    """
    known = address_names or AddressNames()
    names = {key.lower(): name for key, name in (nsg_names or {}).items()}
    rows: dict[str, list[dict[str, Any]]] = {}
    per_pair = _added_up(tuples, frozenset(malicious))
    # The rows of a group as tuples: a small frame for each, and pandas' sums over it, took ten times as long.
    entries_of: dict[Any, list[Any]] = {}
    for entry, key in zip(per_pair.itertuples(), per_pair[_GROUP].itertuples(index=False, name=None), strict=True):
        entries_of.setdefault(key, []).append(entry)
    for key, members in entries_of.items():
        group = dict(zip(_GROUP, key, strict=True)) | _span(members)
        entries = [] if group["other_ip"] else members
        write, table = (
            (_nta_row, "NTANetAnalytics") if group["log_kind"] == "VNet" else (_cl_row, "AzureNetworkAnalytics_CL")
        )
        row = write(group, entries, names)
        rows.setdefault(table, []).append(row | _machines(group, known))
    return rows


def _added_up(tuples: pd.DataFrame, malicious: frozenset[str]) -> pd.DataFrame:
    flows = tuples.copy()
    flows["interval"] = flows["time"].dt.floor("h")
    denied = flows["decision"] == "Denied"
    flows["started"] = (denied | flows["flow_state"].isin(["", "Begin"])).astype(int)
    flows["ended"] = (~denied & (flows["flow_state"] == "End")).astype(int)
    public = {ip for ip in {*flows["src_ip"], *flows["dst_ip"]} if is_public(ip)}
    packed_src = flows["src_ip"].isin(public - malicious)
    packed_dst = flows["dst_ip"].isin(public - malicious) & ~packed_src
    flows["public_side"] = packed_src.map({True: "src", False: ""}) + packed_dst.map({True: "dst", False: ""})
    flows["public_ip"] = flows["src_ip"].where(packed_src, flows["dst_ip"].where(packed_dst, ""))
    flows["vm_ip"] = flows["dst_ip"].where(packed_src, flows["src_ip"])
    flows["other_ip"] = flows["dst_ip"].where(flows["public_side"] == "", "")
    summed = flows.groupby([*_GROUP, "public_ip"], sort=True, dropna=False).agg(
        first=("time", "min"), last=("time", "max"), **{name: (name, "sum") for name in _SUMS}
    )
    return summed.reset_index()


def is_public(ip: str) -> bool:
    packed = pack(ip)
    return packed is not None and not is_private(packed) and not is_platform(packed)


def _span(members: list[Any]) -> dict[str, Any]:
    return {"first": min(each.first for each in members), "last": max(each.last for each in members)} | {
        name: sum(int(getattr(each, name)) for each in members) for name in _SUMS
    }


def _packed(entries: list[Any]) -> str:
    return " ".join(
        f"{e.public_ip}|{e.started}|{e.ended}|{e.src_to_dst_packets}|{e.dst_to_src_packets}"
        f"|{e.src_to_dst_bytes}|{e.dst_to_src_bytes}"
        for e in entries
    )


def _ends(group: Mapping[str, Any]) -> tuple[str, str]:
    if group["public_side"] == "src":
        return "", group["vm_ip"]
    return group["vm_ip"], "" if group["public_side"] == "dst" else group["other_ip"]


def _machines(group: Mapping[str, Any], known: AddressNames) -> dict[str, str]:
    """`rg/vm` of the ends that Azure knows: those that are no public address."""
    columns = ("SrcVm", "DestVm") if group["log_kind"] == "VNet" else ("VM1_s", "VM2_s")
    names = [known.of(pack(end) or b"").name if end and not is_public(end) else "" for end in _ends(group)]
    return {column: f"rg/{name}" if name else "" for column, name in zip(columns, names, strict=True)}


def _counted(group: Mapping[str, Any]) -> dict[str, int]:
    column = ("Allowed" if group["decision"] == "Allowed" else "Denied") + (
        "InFlows" if group["direction"] == "Inbound" else "OutFlows"
    )
    return {name: group["started"] if name == column else 0 for name in
            ("AllowedInFlows", "DeniedInFlows", "AllowedOutFlows", "DeniedOutFlows")}  # fmt: skip


def _times(group: Mapping[str, Any]) -> dict[str, Any]:
    naive = {name: group[name].tz_localize(None) for name in ("interval", "first", "last")}
    return {
        "TimeGenerated": naive["interval"] + timedelta(hours=1, minutes=11, seconds=21),
        "TimeProcessed": naive["interval"] + timedelta(hours=1, minutes=11, seconds=15),
        "FlowIntervalStartTime": naive["interval"],
        "FlowIntervalEndTime": naive["interval"] + timedelta(hours=1),
        "FlowStartTime": naive["first"],
        "FlowEndTime": naive["last"],
    }


def _nta_row(group: Mapping[str, Any], entries: list[Any], names: Mapping[str, str]) -> dict[str, Any]:
    src, dst = _ends(group)
    packed = _packed(entries)
    kind, rule = group["rule_kind"], group["rule"]
    nsg = names.get(group["nsg_id"].lower(), group["nsg"])
    acl = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.network/networksecuritygroups/{nsg}"
    if kind == "Admin":
        acl = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.network/networkmanagers/avnm/" + nsg
    if kind in ("Platform", "Unspecified"):
        acl = "Unspecified"
    mac = group["mac"]
    return _times(group) | _counted(group) | {
        "SubType": "FlowLog",
        "FaSchemaVersion": "3",
        "FlowType": "ExternalPublic" if packed else "IntraVNet",
        "SrcIp": src,
        "DestIp": dst,
        "DestPort": group["dst_port"],
        "L4Protocol": {6: "TCP", 17: "UDP"}.get(group["protocol"], str(group["protocol"])),
        "FlowDirection": group["direction"],
        "FlowStatus": group["decision"],
        "MacAddress": "-".join(mac[at : at + 2] for at in range(0, len(mac), 2)),
        "TargetResourceId": f"{SUBSCRIPTION}/rg/vnet",
        "CompletedFlows": group["ended"],
        "PacketsSrcToDest": group["src_to_dst_packets"],
        "PacketsDestToSrc": group["dst_to_src_packets"],
        "BytesSrcToDest": group["src_to_dst_bytes"],
        "BytesDestToSrc": group["dst_to_src_bytes"],
        "SrcPublicIps": packed if group["public_side"] == "src" else "",
        "DestPublicIps": packed if group["public_side"] == "dst" else "",
        "AclGroup": acl if acl == "Unspecified" else acl.lower(),
        "AclRule": "platformrule" if kind == "Platform" else rule.lower(),
    }  # fmt: skip


def _cl_row(group: Mapping[str, Any], entries: list[Any], _: Mapping[str, str]) -> dict[str, Any]:
    src, dst = _ends(group)
    packed = _packed(entries)
    times = {name if name == "TimeGenerated" else f"{name}_t": value for name, value in _times(group).items()}
    return times | {f"{name}_d": float(count) for name, count in _counted(group).items()} | {
        "SubType_s": "FlowLog",
        "FASchemaVersion_s": "2",
        "FlowType_s": "ExternalPublic" if packed else "IntraVNet",
        "SrcIP_s": src,
        "DestIP_s": dst,
        "DestPort_d": float(group["dst_port"]),
        "L4Protocol_s": {6: "T", 17: "U"}.get(group["protocol"], str(group["protocol"])),
        "FlowDirection_s": group["direction"][0],
        "FlowStatus_s": group["decision"][0],
        "MACAddress_s": group["mac"],
        "NSGList_s": f"{SUBSCRIPTION}/rg/{group['nsg'].lower()}",
        "NSGRule_s": group["rule"].lower(),
        "NSGRuleType_s": {"User": "User Defined", "Default": "Default"}.get(group["rule_kind"], ""),
        "CompletedFlows_d": float(group["ended"]),
        "OutboundPackets_d": float(group["src_to_dst_packets"]),
        "InboundPackets_d": float(group["dst_to_src_packets"]),
        "OutboundBytes_d": float(group["src_to_dst_bytes"]),
        "InboundBytes_d": float(group["dst_to_src_bytes"]),
        "SrcPublicIPs_s": packed if group["public_side"] == "src" else "",
        "DestPublicIPs_s": packed if group["public_side"] == "dst" else "",
    }  # fmt: skip
