"""Questions of the field as KQL, in words of our own; each runs here and in a workspace.

The jobs are those that Microsoft Learn ("Use queries in traffic analytics") and Sentinel's hunting queries publish: who
is denied, who scans, what calls home at even times, what is new, what leaves most, what is open to the Internet.
"""

from __future__ import annotations

from collections.abc import Mapping

_FLOWS = 'NTANetAnalytics\n| where SubType == "FlowLog"'

EXAMPLES: Mapping[str, str] = {
    "All flows": """AzureNetworkAnalytics_CL
| where SubType_s == "FlowLog"
| project FlowType_s, FlowEndTime_t, SrcIP_s, DestIP_s, DestPort_d, L4Protocol_s, L7Protocol_s""",
    "Denied by rule": """NTANetAnalytics
| where FlowStatus == "Denied"
| summarize Flows = sum(DeniedInFlows + DeniedOutFlows) by AclRule, DestPort
| sort by Flows desc""",
    "Denied over time": f"""{_FLOWS} and FlowStatus == "Denied"
| summarize Flows = sum(DeniedInFlows + DeniedOutFlows) by bin(FlowIntervalStartTime, 1h)
| render columnchart""",
    "Port scan": f"""{_FLOWS} and FlowStatus == "Denied"
| summarize Ports = dcount(DestPort), Hosts = dcount(DestIp), Flows = sum(DeniedInFlows + DeniedOutFlows)
    by SrcIp, bin(FlowIntervalStartTime, 1h)
| where Ports >= 10 or Hosts >= 10
| sort by Ports desc, Hosts desc""",
    "Beacon": f"""{_FLOWS} and FlowDirection == "Outbound" and FlowStatus == "Allowed"
| summarize by SrcIp, DestIp, DestPort, FlowStartTime
| sort by SrcIp asc, DestIp asc, DestPort asc, FlowStartTime asc
| extend Gap = iff(SrcIp == prev(SrcIp) and DestIp == prev(DestIp) and DestPort == prev(DestPort),
    (FlowStartTime - prev(FlowStartTime)) / 1s, real(null))
| where isnotnull(Gap)
| summarize Times = count(), Every = round(avg(Gap)), Spread = round(stdev(Gap)) by SrcIp, DestIp, DestPort
| where Times >= 20 and Spread < 0.2 * Every
| sort by Times desc""",
    "New talkers": """let Newest = toscalar(NTANetAnalytics | summarize max(FlowIntervalStartTime));
let Before = NTANetAnalytics | where FlowIntervalStartTime < Newest - 1d | distinct SrcIp, DestIp, DestPort;
NTANetAnalytics
| where FlowIntervalStartTime >= Newest - 1d and FlowStatus == "Allowed"
| summarize FirstSeen = min(FlowStartTime), Flows = sum(AllowedInFlows + AllowedOutFlows) by SrcIp, DestIp, DestPort
| join kind=leftanti Before on SrcIp, DestIp, DestPort
| sort by FirstSeen asc""",
    "Top egress": f"""{_FLOWS} and FlowDirection == "Outbound" and FlowType in ("ExternalPublic", "AzurePublic")
| summarize Bytes = sum(BytesSrcToDest), Destinations = dcount(DestIp) by SrcIp
| top 20 by Bytes
| extend Size = format_bytes(Bytes, 1)""",
    "Public exposure": f"""{_FLOWS} and FlowDirection == "Inbound" and FlowStatus == "Allowed"
    and FlowType in ("ExternalPublic", "AzurePublic")
| summarize Flows = sum(AllowedInFlows), Sources = dcount(SrcIp), Rules = make_set(AclRule) by DestIp, DestPort
| sort by Sources desc""",
    "Management ports from outside": f"""let Ports = dynamic([22, 3389, 5985, 5986]);
{_FLOWS} and FlowDirection == "Inbound" and DestPort in (Ports) and not(ipv4_is_private(SrcIp))
| summarize Allowed = sum(AllowedInFlows), Denied = sum(DeniedInFlows), Sources = dcount(SrcIp) by DestIp, DestPort""",
    "Subnets that talk": f"""{_FLOWS} and FlowDirection == "Inbound"
    and isnotempty(SrcSubnet) and isnotempty(DestSubnet)
| summarize Flows = sum(AllowedInFlows), Bytes = sum(BytesSrcToDest + BytesDestToSrc)
    by SrcSubnet, DestSubnet, L4Protocol, DestPort
| sort by Bytes desc""",
    "Traffic by type": f"""{_FLOWS}
| summarize Flows = sum(AllowedInFlows + AllowedOutFlows), Bytes = sum(BytesSrcToDest + BytesDestToSrc) by FlowType
| render piechart""",
    "Brute force": f"""{_FLOWS} and FlowDirection == "Inbound" and DestPort in (22, 3389, 1433, 445)
| summarize Attempts = sum(AllowedInFlows + DeniedInFlows), Hours = dcount(FlowIntervalStartTime)
    by SrcIp, DestIp, DestPort
| where Attempts >= 50
| sort by Attempts desc""",
    "Denied, then allowed": f"""{_FLOWS}
| summarize Denied = sum(DeniedInFlows), Allowed = sum(AllowedInFlows), Rules = make_set(AclRule)
    by SrcIp, DestIp, DestPort
| where Denied > 0 and Allowed > 0
| sort by Denied desc""",
    "Hosts that went silent": """let Newest = toscalar(NTANetAnalytics | summarize max(FlowIntervalStartTime));
NTANetAnalytics
| where FlowDirection == "Outbound"
| summarize LastSeen = max(FlowEndTime), Flows = sum(AllowedOutFlows) by SrcIp
| where LastSeen < Newest - 1d
| sort by LastSeen asc""",
    "Hourly series of each port": f"""let Top = {_FLOWS}
| summarize Flows = sum(AllowedInFlows) by DestPort
| top 5 by Flows;
{_FLOWS} and DestPort in ((Top | project DestPort))
| make-series Flows = sum(AllowedInFlows) default = 0 on FlowIntervalStartTime step 1h by DestPort
| render timechart""",
    "What each rule admits": f"""{_FLOWS} and FlowStatus == "Allowed"
| summarize Flows = sum(AllowedInFlows + AllowedOutFlows), Ports = make_set(DestPort, 20), LastSeen = max(FlowEndTime)
    by AclGroup, AclRule
| extend Nsg = tostring(split(AclGroup, "/")[-1])
| project Nsg, AclRule, Flows, Ports, LastSeen
| sort by Flows desc""",
}
"""What each is called on the page -> its text."""
