"""Flows added up as Traffic Analytics does, and the columns that it makes of them.

Per hour and equal addresses, destination port, viewpoint and protocol; the source port is dropped. Words are those of
the tables: whole words in NTANetAnalytics, letters and real numbers in AzureNetworkAnalytics_CL.
Sources: Microsoft Learn, "Traffic analytics schema"; Azure-Sentinel's sample rows of 2025-08.
"""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.stores.kql_on_local.tables.places import VIRTUAL_PUBLIC_IP
from nsgflow_core.stores.kql_on_local.tables.spelling import APPLICATIONS
from nsgflow_core.stores.local.sql.columns_sql import shown_of

ADDED_UP = """SELECT date_trunc('hour', f.time) AS start, f.src, f.dst, f.dst_port, f.protocol, v.viewpoint,
    min(f.time) AS first, max(f.time) AS last, max(f.time) FILTER (f.state IN (0, 1)) AS last_start,
    count(*) AS tuples, count(*) FILTER (f.state IN (0, 1)) AS started, count(*) FILTER (f.state = 3) AS ended,
    count(DISTINCT f.src_port) AS ports, bool_and(f.state = 0) AS is_version_1,
    coalesce(sum(f.src_to_dst_packets), 0)::BIGINT AS packets_out,
    coalesce(sum(f.dst_to_src_packets), 0)::BIGINT AS packets_in,
    coalesce(sum(f.src_to_dst_bytes), 0)::BIGINT AS bytes_out, coalesce(sum(f.dst_to_src_bytes), 0)::BIGINT AS bytes_in
FROM flows f JOIN viewpoint_of v ON v.context = f.context{where} GROUP BY ALL"""
"""On the local store, with `viewpoint_of` (context, viewpoint) beside it."""

OWN_ENDS = """SELECT DISTINCT CASE c.direction WHEN 'Inbound' THEN f.dst ELSE f.src END AS address, c.mac, c.target
FROM (SELECT DISTINCT f.src, f.dst, f.context FROM flows f{where}) f JOIN contexts c ON c.id = f.context"""
"""Which address which NIC had at its own end."""

_FLOW_TYPE = """CASE WHEN s.kind = 'vnet' AND d.kind = 'vnet'
        THEN CASE WHEN s.home = d.home OR s.home = '' OR d.home = '' THEN 'IntraVNet' ELSE 'InterVNet' END
    WHEN s.kind <> 'vnet' AND d.kind <> 'vnet' THEN 'Unknown'
    ELSE CASE CASE WHEN s.kind = 'vnet' THEN d.kind ELSE s.kind END WHEN 'site' THEN 'S2S' WHEN 'client' THEN 'P2S'
        WHEN 'azure' THEN 'AzurePublic' WHEN 'public' THEN 'ExternalPublic' ELSE 'UnknownPrivate' END END"""
_COUNTED = """CASE WHEN v.decision = 'Denied' THEN f.tuples WHEN f.started > 0 THEN f.started
    ELSE greatest(f.ended, f.ports) END"""
"""Flows that started in the hour; of those that only went on, each source port is one."""


def _application() -> str:
    words = " ".join(f"WHEN {port} THEN '{name}'" for port, name in APPLICATIONS.items())
    return f"CASE f.dst_port {words} ELSE 'Unknown' END"


SHOWN = f"""SELECT f.*, v.* EXCLUDE (number), s.text AS src_text, d.text AS dst_text,
    s.subnet AS src_subnet, d.subnet AS dst_subnet, s.subscription AS src_subscription,
    d.subscription AS dst_subscription, s.region AS src_region, d.region AS dst_region, s.nic AS src_nic,
    d.nic AS dst_nic, s.vm AS src_vm, d.vm AS dst_vm, s.gateway AS src_gateway, d.gateway AS dst_gateway,
    s.tag AS src_tag, d.tag AS dst_tag, s.tag_region || d.tag_region AS tag_region,
    s.kind IN ('azure', 'public') AS is_src_public, d.kind IN ('azure', 'public') AS is_dst_public,
    {_FLOW_TYPE} AS flow_type, {_COUNTED} AS counted, {shown_of(COLUMNS["protocol"])} AS protocol_text,
    {_application()} AS application
FROM rows f JOIN viewpoints v ON v.number = f.viewpoint JOIN places s ON s.id = f.src JOIN places d ON d.id = f.dst
WHERE v.log_kind = '{{log_kind}}'"""

_COUNTS = {
    "AllowedInFlows": ("Allowed", "Inbound"),
    "DeniedInFlows": ("Denied", "Inbound"),
    "AllowedOutFlows": ("Allowed", "Outbound"),
    "DeniedOutFlows": ("Denied", "Outbound"),
}
_COUNT = "CASE WHEN decision = '{0}' AND direction = '{1}' THEN counted ELSE 0 END"
_IS_PACKED = "flow_type IN ('AzurePublic', 'ExternalPublic')"
_PACKED = (
    "CASE WHEN {is_packed} AND is_{end}_public THEN concat_ws('|', {end}_text, "
    "CASE WHEN decision = 'Denied' THEN tuples ELSE started END, CASE WHEN decision = 'Denied' THEN 0 ELSE ended END, "
    "packets_out, packets_in, bytes_out, bytes_in) ELSE '' END"
)
_TAGGED = "CASE WHEN {end}_tag IN ('', '{host}') THEN '' ELSE {end}_text || '|' || {end}_tag END"


def _packed(end: str) -> str:
    return _PACKED.format(end=end, is_packed=_IS_PACKED)


NTA_MADE: Mapping[str, str] = {
    "TimeGenerated": "start + INTERVAL 1 HOUR",
    "SubType": "'FlowLog'",
    "FaSchemaVersion": "'3'",
    "TimeProcessed": "start + INTERVAL 1 HOUR",
    "FlowIntervalStartTime": "start",
    "FlowIntervalEndTime": "start + INTERVAL 1 HOUR",
    "FlowStartTime": "first",
    "FlowEndTime": "last",
    "FlowType": "flow_type",
    "SrcIp": "src_text",
    "DestIp": "dst_text",
    "DestPort": "dst_port",
    "L4Protocol": "protocol_text",
    "L7Protocol": "application",
    "FlowDirection": "direction",
    "FlowStatus": "decision",
    "AclGroup": "acl_group",
    "AclRule": "rule",
    "MacAddress": "mac",
    "TargetResourceId": "target_path",
    "TargetResourceType": "target_type",
    "SrcSubscription": "src_subscription",
    "DestSubscription": "dst_subscription",
    "SrcRegion": "src_region",
    "DestRegion": "dst_region",
    "SrcNic": "src_nic",
    "DestNic": "dst_nic",
    "SrcVm": "src_vm",
    "DestVm": "dst_vm",
    "SrcSubnet": "src_subnet",
    "DestSubnet": "dst_subnet",
    "SrcPublicIps": _packed("src"),
    "DestPublicIps": _packed("dst"),
    **{name: _COUNT.format(*words) for name, words in _COUNTS.items()},
    "CompletedFlows": "CASE WHEN decision = 'Denied' THEN 0 ELSE ended END",
    "PacketsSrcToDest": "packets_out",
    "PacketsDestToSrc": "packets_in",
    "BytesSrcToDest": "bytes_out",
    "BytesDestToSrc": "bytes_in",
    "RecordCount": "tuples",
    "FlowEncryption": "encryption",
    "AzureRegion": "CASE WHEN flow_type = 'AzurePublic' THEN tag_region ELSE '' END",
    "SrcServiceTags": _TAGGED.format(end="src", host=VIRTUAL_PUBLIC_IP),
    "DestServiceTags": _TAGGED.format(end="dst", host=VIRTUAL_PUBLIC_IP),
    "SrcLocalNetworkGateway": "src_gateway",
    "DestLocalNetworkGateway": "dst_gateway",
}
CL_MADE: Mapping[str, str] = {
    "TimeGenerated": "start + INTERVAL 1 HOUR",
    "SubType_s": "'FlowLog'",
    "FASchemaVersion_s": "'2'",
    "TimeProcessed_t": "start + INTERVAL 1 HOUR",
    "FlowIntervalStartTime_t": "start",
    "FlowIntervalEndTime_t": "start + INTERVAL 1 HOUR",
    "FlowStartTime_t": "first",
    "FlowEndTime_t": "coalesce(last_start, last)",
    "FlowType_s": "flow_type",
    "SrcIP_s": "src_text",
    "DestIP_s": "dst_text",
    "DestPort_d": "dst_port",
    "L4Protocol_s": "CASE protocol_text WHEN 'TCP' THEN 'T' WHEN 'UDP' THEN 'U' ELSE protocol_text END",
    "L7Protocol_s": "application",
    "FlowDirection_s": "direction[1]",
    "FlowStatus_s": "decision[1]",
    "NSGList_s": "nsg_list",
    "NSGRule_s": "rule",
    "NSGRuleType_s": "rule_type",
    "MACAddress_s": "mac",
    "Subscription1_g": "src_subscription",
    "Subscription2_g": "dst_subscription",
    "Region1_s": "src_region",
    "Region2_s": "dst_region",
    "NIC1_s": "src_nic",
    "NIC2_s": "dst_nic",
    "VM1_s": "src_vm",
    "VM2_s": "dst_vm",
    "Subnet1_s": "src_subnet",
    "Subnet2_s": "dst_subnet",
    "SrcPublicIPs_s": _packed("src"),
    "DestPublicIPs_s": _packed("dst"),
    **{f"{name}_d": _COUNT.format(*words) for name, words in _COUNTS.items()},
    "CompletedFlows_d": "CASE WHEN decision = 'Denied' THEN 0 ELSE ended END",
    **{
        f"{name}_d": f"CASE WHEN is_version_1 THEN NULL ELSE {made} END"
        for name, made in {
            "OutboundPackets": "packets_out",
            "InboundPackets": "packets_in",
            "OutboundBytes": "bytes_out",
            "InboundBytes": "bytes_in",
        }.items()
    },
    "AzureRegion_s": "CASE WHEN flow_type = 'AzurePublic' THEN tag_region ELSE '' END",
    "LocalNetworkGateway1_s": "src_gateway",
    "LocalNetworkGateway2_s": "dst_gateway",
}
IP_DETAILS_MADE: Mapping[str, str] = {
    "TimeGenerated": "start + INTERVAL 1 HOUR",
    "{SubType}": "'FlowLog'",
    "{FaSchemaVersion}": "{version}",
    "{FlowIntervalStartTime}": "start",
    "{FlowIntervalEndTime}": "start + INTERVAL 1 HOUR",
    "{FlowType}": "flow_type",
    "{Ip}": "ip",
    "Location": "region",
    "{PublicIpDetails}": "tag",
}
"""One row per public address, at the first hour that saw it."""
PUBLIC_ADDRESSES = """SELECT ip, min(start) AS start, any_value(flow_type) AS flow_type, any_value(tag) AS tag,
    any_value(region) AS region FROM (
    SELECT src_text AS ip, start, flow_type, src_tag AS tag, tag_region AS region FROM shown
    WHERE is_src_public AND flow_type IN ('AzurePublic', 'ExternalPublic')
    UNION ALL SELECT dst_text, start, flow_type, dst_tag, tag_region FROM shown
    WHERE is_dst_public AND flow_type IN ('AzurePublic', 'ExternalPublic')) GROUP BY ip"""
