# ruff: noqa: E501
"""Both Traffic Analytics tables with all their columns and Kusto types, as Microsoft documents them.

Sources: Microsoft Learn, Azure Monitor reference "NTANetAnalytics" (2026-07) and "Traffic Analytics schema" (schema 1
and 2 columns of AzureNetworkAnalytics_CL); types of the latter as Azure-Sentinel's custom table file has them.
"""

from __future__ import annotations


def _columns(text: str) -> dict[str, str]:
    return {
        name: kind for kind, names in (line.split(":") for line in text.strip().splitlines()) for name in names.split()
    }


NTA = _columns(
    """
string:TenantId SubType FlowType SrcIp DestIp SrcPorts L4Protocol L7Protocol FlowDirection FlowStatus NsgList NsgRule NsgRuleType MacAddress TargetResourceId TargetResourceType FlowLogResourceId SrcSubscription DestSubscription SrcRegion DestRegion SrcNic DestNic SrcVm DestVm SrcSubnet DestSubnet SrcApplicationGateway DestApplicationGateway SrcLoadBalancer DestLoadBalancer SrcLocalNetworkGateway DestLocalNetworkGateway SrcExpressRouteCircuit DestExpressRouteCircuit ExpressRouteCircuitPeeringType ConnectionType ConnectionName ConnectingVnets Country AzureRegion FlowEncryption SrcPublicIps DestPublicIps AclGroup AclRule Status PrivateEndpointResourceId PrivateLinkResourceId PrivateLinkResourceName Action Description SrcServiceTags DestServiceTags SrcNetworkGroups DestNetworkGroups SourceSystem Type
int:FaSchemaVersion DestPort
datetime:TimeGenerated TimeProcessed FlowIntervalStartTime FlowIntervalEndTime FlowStartTime FlowEndTime
bool:IsFlowCapturedAtUdrHop
long:AllowedInFlows DeniedInFlows AllowedOutFlows DeniedOutFlows PacketsDestToSrc PacketsSrcToDest BytesDestToSrc BytesSrcToDest CompletedFlows RecordCount
"""
)
CL = _columns(
    """
string:TenantId SubType_s FASchemaVersion_s FlowType_s SrcIP_s DestIP_s VMIP_s L4Protocol_s L7Protocol_s FlowDirection_s FlowStatus_s NSGList_s NSGRules_s NSGRule_s NSGRuleType_s MACAddress_s Subscription_g Subscription1_g Subscription2_g Region_s Region1_s Region2_s NIC_s NIC1_s NIC2_s VM_s VM1_s VM2_s Subnet_s Subnet1_s Subnet2_s ApplicationGateway1_s ApplicationGateway2_s LoadBalancer1_s LoadBalancer2_s LocalNetworkGateway1_s LocalNetworkGateway2_s ConnectionType_s ConnectionName_s ConnectingVNets_s Country_s AzureRegion_s PublicIPs_s SrcPublicIPs_s DestPublicIPs_s SourceSystem Type
datetime:TimeGenerated TimeProcessed_t FlowIntervalStartTime_t FlowIntervalEndTime_t FlowStartTime_t FlowEndTime_t
bool:IsFlowCapturedAtUDRHop_b
real:DestPort_d AllowedInFlows_d DeniedInFlows_d AllowedOutFlows_d DeniedOutFlows_d CompletedFlows_d FlowCount_d InboundPackets_d OutboundPackets_d InboundBytes_d OutboundBytes_d
"""
)
SCHEMAS: dict[str, dict[str, str]] = {"NTANetAnalytics": NTA, "AzureNetworkAnalytics_CL": CL}
DUCKDB_TYPES = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
}
