"""What a resource is: told by its ARM type, where a writer leaves that out by its id, or else by its fields.

Source: Microsoft Learn, REST references of each type (the fields that only this type has).
"""

from __future__ import annotations

from nsgflow_core.inventory.shapes.fields import Fields, text
from nsgflow_core.words import arm_id

VNET = "microsoft.network/virtualnetworks"
SUBNET = f"{VNET}/subnets"
PEERING = f"{VNET}/virtualnetworkpeerings"
NSG = "microsoft.network/networksecuritygroups"
RULE = f"{NSG}/securityrules"
DEFAULT_RULE = f"{NSG}/defaultsecurityrules"
ROUTE_TABLE = "microsoft.network/routetables"
ROUTE = f"{ROUTE_TABLE}/routes"
NIC = "microsoft.network/networkinterfaces"
VM = "microsoft.compute/virtualmachines"
SCALE_SET_NIC = "microsoft.compute/virtualmachinescalesets/virtualmachines/networkinterfaces"
SCALE_SET_VM = "microsoft.compute/virtualmachinescalesets/virtualmachines"
PUBLIC_IP = "microsoft.network/publicipaddresses"
LOAD_BALANCER = "microsoft.network/loadbalancers"
PRIVATE_ENDPOINT = "microsoft.network/privateendpoints"
PRIVATE_LINK_SERVICE = "microsoft.network/privatelinkservices"
APP_GATEWAY = "microsoft.network/applicationgateways"
FIREWALL = "microsoft.network/azurefirewalls"
BASTION = "microsoft.network/bastionhosts"
API_MANAGEMENT = "microsoft.apimanagement/service"
SITE_GATEWAY = "microsoft.network/localnetworkgateways"
CLIENT_GATEWAY = "microsoft.network/virtualnetworkgateways"
NETWORK_MANAGER = "microsoft.network/networkmanagers"
ADMIN_COLLECTION = f"{NETWORK_MANAGER}/securityadminconfigurations/rulecollections"
ADMIN_RULE = f"{ADMIN_COLLECTION}/rules"
GROUP_MEMBER = f"{NETWORK_MANAGER}/networkgroups/staticmembers"
FLOW_LOG = "microsoft.network/networkwatchers/flowlogs"
STORAGE_ACCOUNT = "microsoft.storage/storageaccounts"
WORKSPACE = "microsoft.operationalinsights/workspaces"
SERVICE_TAG = "nsgflow/servicetag"
ADDRESS_DATABASE = "nsgflow/addressdatabase"
EFFECTIVE_NSG = "nsgflow/effectivensg"
NSG_NAME = "nsgflow/nsgname"
NAMED = "nsgflow/named"
"""A resource that a listing names without telling what it is; its kind is its `of`."""
DEPLOYMENT_STATUS = "nsgflow/deploymentstatus"
"""What `az network manager list-deploy-status` and a commit print of a network manager's configurations."""
EFFECTIVE_ROUTE = "nsgflow/effectiveroute"
"""What `az network nic show-effective-route-table` prints: it does not say of which NIC."""
ATTACHMENT = "nsgflow/attachment"
"""Terraform's associations: which NSG or application security group is set on which subnet or NIC."""

_SHORT = {"routes": ROUTE, "securityrules": RULE, "subnets": SUBNET, "virtualnetworkpeerings": PEERING}
_OF_A_SCALE_SET = {SCALE_SET_NIC: NIC, SCALE_SET_VM: VM}
"""What is of an instance of a scale set is what it is of a machine."""
_TOLD_BY: tuple[tuple[str, tuple[str, ...]], ...] = (
    (EFFECTIVE_NSG, ("effectivesecurityrules",)),
    (NSG, ("securityrules",)),
    (NSG, ("defaultsecurityrules",)),
    (ADMIN_RULE, ("priority", "access", "sources", "destinations")),
    (ADMIN_COLLECTION, ("appliestogroups",)),
    (DEPLOYMENT_STATUS, ("configurationids",)),
    (RULE, ("priority", "access")),
    (FLOW_LOG, ("targetresourceid", "storageid")),
    (STORAGE_ACCOUNT, ("primaryendpoints",)),
    (WORKSPACE, ("customerid", "retentionindays")),
    (SERVICE_TAG, ("systemservice", "addressprefixes")),
    (PEERING, ("remotevirtualnetwork",)),
    (SITE_GATEWAY, ("localnetworkaddressspace",)),
    (CLIENT_GATEWAY, ("vpnclientconfiguration",)),
    (CLIENT_GATEWAY, ("gatewaytype",)),
    (PRIVATE_ENDPOINT, ("privatelinkserviceconnections",)),
    (PRIVATE_ENDPOINT, ("manualprivatelinkserviceconnections",)),
    (PRIVATE_LINK_SERVICE, ("loadbalancerfrontendipconfigurations",)),
    (PUBLIC_IP, ("publicipallocationmethod",)),
    (APP_GATEWAY, ("gatewayipconfigurations",)),
    (LOAD_BALANCER, ("frontendipconfigurations",)),
    (FIREWALL, ("threatintelmode",)),
    (FIREWALL, ("networkrulecollections",)),
    (BASTION, ("scaleunits",)),
    (EFFECTIVE_ROUTE, ("nexthoptype", "nexthopipaddress", "state")),
    (ROUTE_TABLE, ("disablebgproutepropagation",)),
    (ROUTE_TABLE, ("routes",)),
    (ROUTE, ("addressprefix", "nexthoptype")),
    (VNET, ("addressspace",)),
    (SUBNET, ("addressprefix",)),
    (SUBNET, ("addressprefixes",)),
    (VNET, ("subnets",)),
    (NIC, ("ipconfigurations",)),
    (VM, ("networkprofile",)),
)
TELLING = {
    VNET: ("addressspace", "subnets", "virtualnetworkpeerings"),
    NSG: ("securityrules", "defaultsecurityrules"),
    ROUTE_TABLE: ("routes", "disablebgproutepropagation"),
    NIC: ("ipconfigurations", "networksecuritygroup", "macaddress"),
    VM: ("networkprofile",),
    FLOW_LOG: ("targetresourceid", "storageid", "enabled"),
}
"""What tells something of a resource of a kind: without any of it a VNet would have no subnets, an NSG no rules."""
OF_ACCOUNT = TELLING | {
    SUBNET: ("addressprefix", "addressprefixes", "networksecuritygroup", "routetable"),
    PEERING: ("remotevirtualnetwork", "remoteaddressspace", "allowvirtualnetworkaccess", "peeringstate"),
    ROUTE: ("addressprefix", "nexthoptype"),
}
"""Of what is written as a child by itself, too."""
READ = frozenset(kind for kind, _ in _TOLD_BY) | {
    SCALE_SET_NIC,
    SCALE_SET_VM,
    DEFAULT_RULE,
    GROUP_MEMBER,
    API_MANAGEMENT,
}
"""What is told by its id; of a network manager any type: its lists of what is in force leave types out, and share
fields."""


def kind_of(fields: Fields) -> str:
    """The resource's type in lower case; "" when neither its type, its id nor its fields say."""
    told = text(fields, "type").casefold()
    if told in _SHORT:
        return _SHORT[told]
    if told:
        return _OF_A_SCALE_SET.get(told, told)
    of_id = arm_id.type_of(text(fields, "id"))
    if of_id in READ or of_id.startswith(NETWORK_MANAGER):
        return _OF_A_SCALE_SET.get(of_id, of_id)
    return next((kind for kind, keys in _TOLD_BY if all(key in fields for key in keys)), "")


def is_named_only(fields: Fields) -> bool:
    """True where nothing of a resource is told but that it is there, as `az resource list` writes it."""
    telling = TELLING.get(kind_of(fields), ())
    return bool(telling) and all(fields.get(key) is None for key in telling)
