# ruff: noqa: E501
"""The columns of the Traffic Analytics tables and their Kusto types, in the order in which an answer shows them.

Sources: Microsoft Learn, Azure Monitor reference "NTANetAnalytics" and "NTAIpDetails" (2026-07), "NTATopologyDetails",
"NTARuleRecommendation", and "Traffic analytics schema" (AzureNetworkAnalytics_CL and AzureNetworkAnalyticsIPDetails_CL,
with the deprecated columns of schema 1); the topology columns of AzureNetworkAnalytics_CL from that article's queries.
The suffix of a custom log's column is its type: _s string, _d real, _t datetime, _b bool, _g a guid as text.
"""

from __future__ import annotations

from collections.abc import Mapping

NTA, CL = "NTANetAnalytics", "AzureNetworkAnalytics_CL"
IP_DETAILS, CL_IP_DETAILS = "NTAIpDetails", "AzureNetworkAnalyticsIPDetails_CL"
TOPOLOGY, RECOMMENDATION = "NTATopologyDetails", "NTARuleRecommendation"

DUCKDB_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
}
"""Kusto type -> the type of the column that holds it. A string is never null in Kusto, anything else may be."""


def _columns(text: str) -> dict[str, str]:
    lines = (line.split(":") for line in text.strip().splitlines())
    return {name: kind for kind, names in lines for name in names.split()}


_OF_ALL = "string:SourceSystem TenantId Type _IsBillable\nreal:_BilledSize"

DOCUMENTED: Mapping[str, Mapping[str, str]] = {
    NTA: _columns(
        """
datetime:TimeGenerated
string:SubType FaSchemaVersion
datetime:TimeProcessed FlowIntervalStartTime FlowIntervalEndTime FlowStartTime FlowEndTime
string:FlowType SrcIp DestIp
int:DestPort
string:L4Protocol L7Protocol FlowDirection FlowStatus AclGroup AclRule MacAddress TargetResourceId TargetResourceType FlowLogResourceId SrcSubscription DestSubscription SrcRegion DestRegion SrcNic DestNic SrcVm DestVm SrcSubnet DestSubnet SrcPublicIps DestPublicIps
long:AllowedInFlows DeniedInFlows AllowedOutFlows DeniedOutFlows CompletedFlows PacketsSrcToDest PacketsDestToSrc BytesSrcToDest BytesDestToSrc RecordCount
string:FlowEncryption Country AzureRegion SrcServiceTags DestServiceTags SrcLocalNetworkGateway DestLocalNetworkGateway SrcApplicationGateway DestApplicationGateway SrcLoadBalancer DestLoadBalancer SrcExpressRouteCircuit DestExpressRouteCircuit ExpressRouteCircuitPeeringType ConnectionType ConnectionName ConnectingVnets SrcPorts SrcNetworkGroups DestNetworkGroups NsgList NsgRule NsgRuleType
bool:IsFlowCapturedAtUdrHop
string:PrivateEndpointResourceId PrivateLinkResourceId PrivateLinkResourceName Action Description Status LogResourceId TrafficAnalyticsResourceId SrcCloud DestCloud SrcEnvironment DestEnvironment SrcServiceId DestServiceId SrcServiceName DestServiceName SrcTenantId DestTenantId SrcTenantName DestTenantName
"""
        + _OF_ALL
    ),
    CL: _columns(
        """
datetime:TimeGenerated
string:SubType_s FASchemaVersion_s
datetime:TimeProcessed_t FlowIntervalStartTime_t FlowIntervalEndTime_t FlowStartTime_t FlowEndTime_t
string:FlowType_s SrcIP_s DestIP_s
real:DestPort_d
string:L4Protocol_s L7Protocol_s FlowDirection_s FlowStatus_s NSGList_s NSGRule_s NSGRuleType_s MACAddress_s Subscription1_g Subscription2_g Region1_s Region2_s NIC1_s NIC2_s VM1_s VM2_s Subnet1_s Subnet2_s SrcPublicIPs_s DestPublicIPs_s
real:AllowedInFlows_d DeniedInFlows_d AllowedOutFlows_d DeniedOutFlows_d CompletedFlows_d OutboundPackets_d InboundPackets_d OutboundBytes_d InboundBytes_d
string:Country_s AzureRegion_s LocalNetworkGateway1_s LocalNetworkGateway2_s ApplicationGateway1_s ApplicationGateway2_s LoadBalancer1_s LoadBalancer2_s ExpressRouteCircuit1_s ExpressRouteCircuit2_s ExpressRouteCircuitPeeringType_s ConnectionType_s ConnectionName_s ConnectingVNets_s
bool:IsFlowCapturedAtUDRHop_b
string:VMIP_s Subscription_g Region_s NSGRules_s Subnet_s VM_s NIC_s PublicIPs_s
real:FlowCount_d
string:ResourceType Name_s DiscoveryRegion_s FlowLogStorageAccount_s AddressPrefixes_s Subnetwork_s PrivateIPAddresses_s PublicIPAddresses_s VirtualMachine_s
bool:IsFlowEnabled_b
string:Computer MG ManagementGroupName RawData _ResourceId
"""
        + _OF_ALL
    ),
    IP_DETAILS: _columns(
        """
datetime:TimeGenerated
string:SubType FaSchemaVersion
datetime:FlowIntervalStartTime FlowIntervalEndTime
string:FlowType Ip Location PublicIpDetails ThreatType ThreatDescription DnsDomain Url
int:Port
"""
        + _OF_ALL
    ),
    CL_IP_DETAILS: _columns(
        """
datetime:TimeGenerated
string:SubType_s FASchemaVersion_s
datetime:FlowIntervalStartTime_t FlowIntervalEndTime_t
string:FlowType_s IP Location PublicIPDetails ThreatType ThreatDescription DNSDomain Url
int:Port
string:Computer RawData
"""
        + _OF_ALL
    ),
    TOPOLOGY: _columns(
        """
datetime:TimeGenerated
string:SubType FaSchemaVersion
datetime:TimeProcessed
string:AzureResourceType Name Subscription Region AddressPrefixes Nsg Subnetwork PrivateIpAddresses PublicIpAddresses MacAddress VirtualMachine Access Direction
int:Priority
string:Protocol SourceAddressPrefix SourcePortRange DestinationAddressPrefix DestinationPortRange RuleType Description
"""
        + _OF_ALL
    ),
    RECOMMENDATION: _columns(
        """
datetime:TimeGenerated StartTime EndTime
string:RecommendedRuleName RecommendedAction RuleScope SummarizationType TargetResourceId TargetResourceIdsList VirtualNetworkResourceId L4Protocol PortCategory DestPortsRanges SrcPublicIpCidrs DestPublicIpCidrs SrcServiceTagsList DestServiceTagsList SrcSubscriptionId DestSubscriptionId IpRegionDetails IpUrls
int:TotalFlowCount
string:UnecryptedFlowDetails SchemaVersion AdditionalProperties
"""
        + _OF_ALL
    ),
}
"""Table -> column -> Kusto type."""


def select_list(table: str, made: Mapping[str, str]) -> str:
    """The whole table from what is made of it: what is not made is typed and empty. Raises KeyError for no column."""
    columns = DOCUMENTED[table]
    if unknown := made.keys() - columns.keys():
        raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}.")
    shown = []
    for name, kind in columns.items():
        empty = f"'{table}'" if name == "Type" else "''" if kind == "string" else "NULL"
        shown.append(f'CAST({made.get(name, empty)} AS {DUCKDB_TYPES[kind]}) AS "{name}"')
    return ", ".join(shown)
