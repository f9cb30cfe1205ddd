"""The local store's flows in the columns and types of the Traffic Analytics tables, added up per hour.

Column names and codes: Microsoft Learn, "Traffic Analytics schema"; words in NTANetAnalytics, letters and real numbers
in AzureNetworkAnalytics_CL, as Azure-Sentinel's sample rows of 2025-08 and its custom table file have them.
"""

from __future__ import annotations

import pyarrow as pa

from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.local.sql.columns_sql import Statement, places_and_words, shown_of
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import PRIVATE_RANGES, parse_prefix

_ADDED = """added AS (SELECT date_trunc('hour', f.time) AS start, f.src, f.dst, f.dst_port, {protocol} AS protocol,
    c.direction, c.decision, c.nsg, c.nsg_id, c.rule, c.rule_kind, c.mac, c.target, c.encryption,
    min(f.time) AS first, max(f.time) AS last, count(*) AS tuples, count(*) FILTER (f.state IN (0, 1)) AS started,
    count(*) FILTER (f.state = 3) AS ended,
    coalesce(sum(f.src_to_dst_packets), 0)::BIGINT AS packets_out,
    coalesce(sum(f.dst_to_src_packets), 0)::BIGINT AS packets_in,
    coalesce(sum(f.src_to_dst_bytes), 0)::BIGINT AS bytes_out, coalesce(sum(f.dst_to_src_bytes), 0)::BIGINT AS bytes_in
    FROM flows f JOIN words c ON c.id = f.context{where} AND c.log_kind = {kind} GROUP BY ALL),
shown AS (SELECT a.*, s.text AS src_text, d.text AS dst_text, s.label AS src_label, d.label AS dst_label,
    CASE WHEN {private_src} AND {private_dst} THEN 'IntraVNet' ELSE 'ExternalPublic' END AS flow_type,
    CASE a.dst_port WHEN 22 THEN 'ssh' WHEN 53 THEN 'domain' WHEN 80 THEN 'http' WHEN 123 THEN 'ntp'
        WHEN 389 THEN 'ldap'
        WHEN 443 THEN 'https' WHEN 445 THEN 'microsoft-ds' WHEN 1433 THEN 'ms-sql-s' WHEN 3306 THEN 'mysql'
        WHEN 3389 THEN 'ms-wbt-server' WHEN 5432 THEN 'postgresql' ELSE 'Unknown' END AS application,
    CASE WHEN a.decision = 'Denied' THEN a.tuples ELSE a.started END AS counted
    FROM added a JOIN places s ON s.id = a.src JOIN places d ON d.id = a.dst)"""

_COUNT = "(CASE WHEN decision = '{0}' AND direction = '{1}' THEN counted ELSE 0 END)::{2}"
_COUNTS = {
    "AllowedInFlows": ("Allowed", "Inbound"),
    "DeniedInFlows": ("Denied", "Inbound"),
    "AllowedOutFlows": ("Allowed", "Outbound"),
    "DeniedOutFlows": ("Denied", "Outbound"),
}
_NTA: dict[str, str] = {
    "TimeGenerated": "start + INTERVAL 1 HOUR",
    "SubType": "'FlowLog'",
    "FaSchemaVersion": "3",
    "FlowIntervalStartTime": "start",
    "FlowIntervalEndTime": "start + INTERVAL 1 HOUR",
    "FlowStartTime": "first",
    "FlowEndTime": "last",
    "FlowType": "flow_type",
    "SrcIp": "src_text",
    "DestIp": "dst_text",
    "DestPort": "dst_port::INTEGER",
    "L4Protocol": "protocol",
    "L7Protocol": "application",
    "FlowDirection": "direction",
    "FlowStatus": "decision",
    "AclGroup": "CASE WHEN rule_kind IN ('Platform', 'Unspecified') THEN 'Unspecified' ELSE nsg END",
    "AclRule": "CASE WHEN rule_kind = 'Platform' THEN 'platformrule' ELSE rule END",
    "MacAddress": r"regexp_replace(mac, '(..)(..)(..)(..)(..)(..)', '\1-\2-\3-\4-\5-\6')",
    "TargetResourceId": "target",
    "FlowEncryption": "CASE WHEN encryption = 'X' THEN 'Encrypted' ELSE 'Unencrypted' END",
    "SrcSubnet": "src_label",
    "DestSubnet": "dst_label",
    **{name: _COUNT.format(*words, "BIGINT") for name, words in _COUNTS.items()},
    "CompletedFlows": "ended::BIGINT",
    "PacketsSrcToDest": "packets_out",
    "PacketsDestToSrc": "packets_in",
    "BytesSrcToDest": "bytes_out",
    "BytesDestToSrc": "bytes_in",
    "SrcPublicIps": "''",
    "DestPublicIps": "''",
}
_CL: dict[str, str] = {
    "TimeGenerated": "start + INTERVAL 1 HOUR",
    "SubType_s": "'FlowLog'",
    "FASchemaVersion_s": "'2'",
    "FlowIntervalStartTime_t": "start",
    "FlowIntervalEndTime_t": "start + INTERVAL 1 HOUR",
    "FlowStartTime_t": "first",
    "FlowEndTime_t": "last",
    "FlowType_s": "flow_type",
    "SrcIP_s": "src_text",
    "DestIP_s": "dst_text",
    "DestPort_d": "dst_port::DOUBLE",
    "L4Protocol_s": "CASE protocol WHEN 'TCP' THEN 'T' WHEN 'UDP' THEN 'U' ELSE protocol END",
    "L7Protocol_s": "application",
    "FlowDirection_s": "direction[1]",
    "FlowStatus_s": "decision[1]",
    "NSGList_s": "nsg",
    "NSGRule_s": "rule",
    "NSGRuleType_s": "CASE rule_kind WHEN 'User' THEN 'User Defined' ELSE rule_kind END",
    "MACAddress_s": "mac",
    "Subnet1_s": "src_label",
    "Subnet2_s": "dst_label",
    **{f"{name}_d": _COUNT.format(*words, "DOUBLE") for name, words in _COUNTS.items()},
    "CompletedFlows_d": "ended::DOUBLE",
    "OutboundPackets_d": "packets_out::DOUBLE",
    "InboundPackets_d": "packets_in::DOUBLE",
    "OutboundBytes_d": "bytes_out::DOUBLE",
    "InboundBytes_d": "bytes_in::DOUBLE",
    "SrcPublicIPs_s": "''",
    "DestPublicIPs_s": "''",
}


def compile_tables(store: LocalStore, window: FlowFilter) -> dict[str, pa.Table]:
    """Both tables for a window of the store, by name; a kind of log that is not there gives an empty table."""
    return {
        "NTANetAnalytics": store.table(_statement(window, "VNet", _NTA)),
        "AzureNetworkAnalytics_CL": store.table(_statement(window, "NSG", _CL)),
    }


def _statement(window: FlowFilter, kind: str, columns: dict[str, str]) -> Statement:
    parameters = Parameters()
    stages = places_and_words(parameters, None, None)
    where = conditions_sql(window, parameters).rows or " WHERE true"
    private = [
        f"{{end}}.packed BETWEEN {parameters.add(prefix.first)} AND {parameters.add(prefix.last)}"
        for prefix in map(parse_prefix, PRIVATE_RANGES)
    ]
    is_private = "(" + " OR ".join(private) + ")"
    added = _ADDED.format(
        protocol=shown_of(COLUMNS["protocol"]),
        where=where,
        kind=parameters.add(kind),
        private_src=is_private.format(end="s"),
        private_dst=is_private.format(end="d"),
    )
    shown = ", ".join(f'{made} AS "{name}"' for name, made in columns.items())
    return Statement("WITH " + ",\n".join([*stages, added]) + f"\nSELECT {shown} FROM shown", parameters.values)
