"""The canonical flow: every source is mapped to these columns once, and everything else speaks only of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column: its name, its label on screen, and what it means."""

    name: str
    label: str
    meaning: str


COLUMNS: tuple[Column, ...] = (
    Column("time", "Time (UTC)", "When the tuple was logged, to the millisecond where the source has it."),
    Column("src_ip", "Source address", "IPv4 or IPv6, in canonical text."),
    Column("dst_ip", "Destination address", "IPv4 or IPv6, in canonical text."),
    Column("src_port", "Source port", "0 to 65535."),
    Column("dst_port", "Port", "Destination port, 0 to 65535."),
    Column("protocol", "Protocol", "TCP, UDP, ICMP, ... or the IANA number."),
    Column("direction", "Direction", "Inbound or Outbound, relative to the NIC that logged it."),
    Column("decision", "Decision", "Allowed or Denied."),
    Column("flow_state", "State", "Begin, Continuing, End or Deny; empty in version 1 logs."),
    Column("src_to_dst_packets", "Packets sent", "Since the flow's previous tuple, source to destination."),
    Column("src_to_dst_bytes", "Bytes sent", "Since the flow's previous tuple, source to destination."),
    Column("dst_to_src_packets", "Packets returned", "Since the flow's previous tuple, destination to source."),
    Column("dst_to_src_bytes", "Bytes returned", "Since the flow's previous tuple, destination to source."),
    Column("encryption", "Encryption", "X, NX or NX_*, as VNet flow logs write it."),
    Column("nsg", "NSG", "Name of the network security group, or the aclID of a VNet flow log."),
    Column("rule", "Rule", "Rule that decided, without UserRule_ or DefaultRule_."),
    Column("rule_kind", "Rule kind", "User, Default, Admin, Platform or Unspecified."),
    Column("mac", "MAC address", "Of the NIC that logged the flow."),
    Column("target", "Target", "The resource that the flow log is set on."),
    Column("log_kind", "Log", "NSG or VNet flow log."),
)

COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
