"""A file per kind of thing that a network is made of, each read from a resource; THINGS holds one row per kind."""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.addressed.databases import database_fields, database_of
from nsgflow_core.inventory.things.addressed.fronts import front_fields, front_of, public_ip_fields, public_ip_of
from nsgflow_core.inventory.things.admin_rules import (
    admin_collection_fields,
    admin_collection_of,
    admin_rule_fields,
    admin_rule_of,
    group_member_fields,
    group_member_of,
)
from nsgflow_core.inventory.things.base import ThingKind
from nsgflow_core.inventory.things.flow_logs import flow_log_fields, flow_log_of
from nsgflow_core.inventory.things.gateways import (
    client_gateway_fields,
    client_gateway_of,
    site_gateway_fields,
    site_gateway_of,
)
from nsgflow_core.inventory.things.log_places import (
    storage_account_fields,
    storage_account_of,
    workspace_fields,
    workspace_of,
)
from nsgflow_core.inventory.things.nics import (
    effective_nsg_fields,
    effective_nsg_of,
    nic_fields,
    nic_of,
    vm_fields,
    vm_of,
)
from nsgflow_core.inventory.things.nsg_names import nsg_name_fields, nsg_name_of
from nsgflow_core.inventory.things.route_tables import route_table_fields, route_table_of
from nsgflow_core.inventory.things.rule_sets import rule_set_fields, rule_set_of
from nsgflow_core.inventory.things.service_tags import service_tag_fields, service_tag_of
from nsgflow_core.inventory.things.vnet import vnet_fields, vnet_of
from nsgflow_core.words import arm_id

_OF_A_FRONT = ("front_id", "addresses", "public_ips", "nic_ids", "subnets")


def _by_id(arm: str, *names: str) -> tuple[str, ...]:
    return ("id", arm_id.key(arm)) if arm else ("name", *(name.casefold() for name in names))


THINGS: Mapping[str, ThingKind] = {
    each.arm_type: each
    for each in (
        ThingKind(
            *(kinds.VNET, "VNet", "VNets", vnet_of, vnet_fields),
            *(lambda vnet: _by_id(vnet.vnet_id, vnet.name), ("vnet_id",)),
        ),
        ThingKind(
            *(kinds.NSG, "NSG", "NSGs", rule_set_of, rule_set_fields),
            lambda rule_set: _by_id(rule_set.nsg_id, rule_set.name),
            ("nsg_id", "resource_guid", "subnets", "network_interfaces"),
        ),
        ThingKind(
            *(kinds.ROUTE_TABLE, "route table", "route tables", route_table_of, route_table_fields),
            *(lambda table: _by_id(table.route_table_id, table.name), ("route_table_id",)),
        ),
        ThingKind(
            *(kinds.ADMIN_RULE, "admin rule", "admin rules", admin_rule_of, admin_rule_fields),
            *(lambda rule: _by_id(rule.regional_id, rule.name), ()),
        ),
        ThingKind(
            *(kinds.ADMIN_COLLECTION, "admin rule collection", "admin rule collections"),
            *(admin_collection_of, admin_collection_fields),
            *(lambda collection: _by_id(collection.collection_id, collection.name), ()),
        ),
        ThingKind(
            *(kinds.GROUP_MEMBER, "network group member", "network group members"),
            *(group_member_of, group_member_fields),
            *(lambda member: _by_id(member.member_id, member.name), ()),
        ),
        ThingKind(
            *(kinds.NIC, "NIC", "NICs", nic_of, nic_fields),
            *(lambda nic: _by_id(nic.nic_id, nic.name), ("nic_id", "mac")),
        ),
        ThingKind(*(kinds.VM, "VM", "VMs", vm_of, vm_fields), *(lambda vm: _by_id(vm.vm_id, vm.name), ("vm_id",))),
        *(
            ThingKind(
                *(kind, one, f"{one}s", front_of, front_fields),
                *(lambda front: _by_id(front.front_id, front.name), _OF_A_FRONT),
            )
            for kind, one in (
                (kinds.LOAD_BALANCER, "load balancer"),
                (kinds.PRIVATE_ENDPOINT, "private endpoint"),
                (kinds.PRIVATE_LINK_SERVICE, "private link service"),
                (kinds.APP_GATEWAY, "application gateway"),
                (kinds.FIREWALL, "firewall"),
                (kinds.BASTION, "Bastion host"),
                (kinds.API_MANAGEMENT, "API Management service"),
            )
        ),
        ThingKind(
            *(kinds.PUBLIC_IP, "public IP", "public IPs", public_ip_of, public_ip_fields),
            *(lambda public: _by_id(public.public_ip_id, public.name), ("public_ip_id", "address", "set_on")),
        ),
        ThingKind(
            *(kinds.SITE_GATEWAY, "local network gateway", "local network gateways"),
            *(site_gateway_of, site_gateway_fields),
            *(lambda gateway: _by_id(gateway.gateway_id, gateway.name), ("gateway_id",)),
        ),
        ThingKind(
            *(kinds.CLIENT_GATEWAY, "VNet gateway", "VNet gateways", client_gateway_of, client_gateway_fields),
            *(lambda gateway: _by_id(gateway.gateway_id, gateway.name), ("gateway_id",)),
        ),
        ThingKind(
            *(kinds.FLOW_LOG, "flow log", "flow logs", flow_log_of, flow_log_fields),
            *(lambda log: _by_id(log.flow_log_id, log.name), ("flow_log_id",)),
        ),
        ThingKind(
            *(kinds.STORAGE_ACCOUNT, "storage account", "storage accounts"),
            *(storage_account_of, storage_account_fields),
            *(lambda account: _by_id(account.account_id, account.name), ("account_id",)),
        ),
        ThingKind(
            *(kinds.WORKSPACE, "workspace", "workspaces", workspace_of, workspace_fields),
            *(lambda workspace: _by_id(workspace.workspace_id, workspace.name), ("workspace_id",)),
        ),
        ThingKind(
            *(kinds.SERVICE_TAG, "service tag", "service tags", service_tag_of, service_tag_fields),
            *(lambda tag: _by_id("", tag.name), ()),
        ),
        ThingKind(
            *(kinds.ADDRESS_DATABASE, "database of addresses", "databases of addresses"),
            *(database_of, database_fields),
            *(lambda database: _by_id("", database.name), ()),
        ),
        ThingKind(
            *(kinds.EFFECTIVE_NSG, "effective NSG", "effective NSGs", effective_nsg_of, effective_nsg_fields),
            *(lambda e: ("id", arm_id.key(e.nsg_id), arm_id.key(e.nic_id), arm_id.key(e.subnet_id)), ()),
        ),
        ThingKind(
            *(kinds.NSG_NAME, "NSG name", "NSG names", nsg_name_of, nsg_name_fields),
            *(lambda name: _by_id(name.acl_id), ()),
        ),
    )
}
"""In the order in which they are told."""
