"""An estate of many VNets that is logged whole, as files and as a store; tests take parts of it away."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, keep, row

SUB = "aaaaaaaa-0000-4000-8000-00000000000a"
REGION = "westeurope"
HOURS = 48
Doc = dict[str, Any]


def arm(kind: str, name: str, group: str = "rg", provider: str = "Microsoft.Network", subscription: str = SUB) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{kind}/{name}"


ACCOUNT = arm("storageAccounts", "logs", provider="Microsoft.Storage")
WORKSPACE = arm("workspaces", "law", provider="Microsoft.OperationalInsights")


def vnet_id(name: str) -> str:
    return arm("virtualNetworks", name)


def flow_log(name: str, target: str, **changed: Any) -> Doc:
    analytics = {
        "enabled": True, "workspaceId": "c-1", "workspaceResourceId": WORKSPACE, "trafficAnalyticsInterval": 10,
    }  # fmt: skip
    return {
        "id": arm(f"networkWatchers/NetworkWatcher_{REGION}/flowLogs", name, "NetworkWatcherRG"), "name": name,
        "location": REGION, "targetResourceId": target, "storageId": ACCOUNT, "enabled": True,
        "provisioningState": "Succeeded", "format": {"type": "JSON", "version": 2},
        "retentionPolicy": {"days": 90, "enabled": True},
        "flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": analytics},
        **changed,
    }  # fmt: skip


@dataclass
class Machine:
    """One NIC with its machine. `logs` are the (kind, target) that it writes to; `hours` those of which it has some."""

    name: str
    vnet: str
    subnet: str
    address: str
    mac: str
    logs: list[tuple[str, str]]
    silent: set[int] = field(default_factory=set)
    power: str = "VM running"
    gone_after: int = HOURS
    """From this hour on nobody exchanges anything with it."""
    nsg: str = ""

    @property
    def nic_id(self) -> str:
        return arm("networkInterfaces", f"{self.name}-nic")


@dataclass
class Estate:
    """VNets `v00`, `v01`, … and a hub, each with subnets app and db; `talks` are pairs that meet in each hour."""

    vnets: dict[str, Doc] = field(default_factory=dict)
    nsgs: dict[str, Doc] = field(default_factory=dict)
    logs: dict[str, Doc] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    talks: list[tuple[str, str, int]] = field(default_factory=list)
    accounts: list[Doc] = field(default_factory=list)
    workspaces: list[Doc] = field(default_factory=list)
    more: list[Doc] = field(default_factory=list)
    only_nsg: list[tuple[str, str, int]] = field(default_factory=list)
    """Pairs of which the NSG flow logs alone hold the entries."""

    def add_vnet(self, name: str, number: int) -> None:
        subnets = []
        for place, part in enumerate(("app", "db")):
            nsg = arm("networkSecurityGroups", f"nsg-{name}-{part}")
            self.nsgs[f"{name}-{part}"] = {
                "id": nsg, "name": f"nsg-{name}-{part}", "securityRules": [], "location": REGION,
                "resourceGuid": f"bbbbbbbb-0000-4000-8000-{number:08d}{place:04d}",
            }  # fmt: skip
            subnets.append(
                {
                    "id": f"{vnet_id(name)}/subnets/{part}",
                    "name": part,
                    "networkSecurityGroup": {"id": nsg},
                    "addressPrefix": f"10.{number}.{place + 1}.0/24",
                }
            )
        self.vnets[name] = {
            "id": vnet_id(name), "name": name, "location": REGION, "subnets": subnets,
            "addressSpace": {"addressPrefixes": [f"10.{number}.0.0/16"]},
        }  # fmt: skip
        self.logs[name] = flow_log(f"{name}-flowlog", vnet_id(name))
        for at, (machine, part) in enumerate((("app1", "app"), ("app2", "app"), ("db1", "db"))):
            place = ("app", "db").index(part) + 1
            self.machines[f"{name}-{machine}"] = Machine(
                f"{name}-{machine}", name, part, f"10.{number}.{place}.{4 + at}", f"000D3A{number:04X}{at:02X}",
                [("VNet", vnet_id(name))],
            )  # fmt: skip
        self.talks.append((f"{name}-app1", f"{name}-db1", 1433))
        if name == "hub":
            self.talks.append(("hub-app2", "hub-db1", 445))
        else:
            self.talks.append((f"{name}-app2", "hub-app1", 443))
            self.talks.append((f"{name}-db1", "hub-app1", 10_000))

    def documents(self) -> list[Any]:
        """The files, as az would write them."""
        nics = [
            {
                "id": each.nic_id, "name": f"{each.name}-nic", "macAddress": "-".join(
                    each.mac[at : at + 2] for at in range(0, 12, 2)
                ),
                "virtualMachine": {"id": arm("virtualMachines", each.name, provider="Microsoft.Compute")},
                "networkSecurityGroup": {"id": each.nsg} if each.nsg else None,
                "ipConfigurations": [
                    {
                        "privateIpAddress": each.address,
                        "subnet": {"id": f"{vnet_id(each.vnet)}/subnets/{each.subnet}"},
                    }
                ],
            }
            for each in self.machines.values()
        ]  # fmt: skip
        machines = [
            {
                "id": arm("virtualMachines", each.name, provider="Microsoft.Compute"), "name": each.name,
                "type": "Microsoft.Compute/virtualMachines", "powerState": each.power,
                "networkProfile": {"networkInterfaces": [{"id": each.nic_id}]},
            }
            for each in self.machines.values()
        ]  # fmt: skip
        whole = [list(self.vnets.values()), list(self.nsgs.values()), nics, machines]
        return [*whole, list(self.logs.values()), self.accounts, self.workspaces, self.more]

    def inventory(self) -> Inventory:
        """What nsgflow makes of them."""
        files = [(f"{number}.json", json.dumps(each)) for number, each in enumerate(self.documents()) if each]
        return read(files)

    def store(self, path: Path, hours: int = HOURS) -> LocalStore:
        """A local store of what these machines logged."""
        store = LocalStore(path)
        store.save_subnets(self.inventory().subnet_map)
        keep(store, "flows.json", pa.Table.from_pylist(self._rows(hours), schema=FLOW_SCHEMA))
        return store

    def _rows(self, hours: int) -> list[Doc]:
        found = []
        for source, destination, port in self.talks + self.only_nsg:
            ends = (self.machines[source], "Outbound"), (self.machines[destination], "Inbound")
            key = (ends[0][0].address, ends[1][0].address, "TCP", port)
            for hour in range(min(hours, *(machine.gone_after for machine, _ in ends))):
                for minute in (20, 40):
                    moment = START + timedelta(hours=hour, minutes=minute)
                    for machine, direction in ends:
                        if hour not in machine.silent:
                            alone = (source, destination, port) in self.only_nsg
                            found += _logged(machine, key, moment, direction, alone=alone)
        return found


def _logged(
    machine: Machine, key: tuple[str, str, str, int], moment: datetime, direction: str, *, alone: bool
) -> list[Doc]:
    return [
        {**row(key, moment, direction=direction), "mac": machine.mac, "target": target, "log_kind": kind}
        for kind, target in machine.logs
        if kind == "NSG" or not alone
    ]


def estate(count: int) -> Estate:
    """A hub and so many VNets, all of it logged as it should be."""
    made = Estate()
    for number, name in enumerate(["hub", *(f"v{at:02d}" for at in range(count))]):
        made.add_vnet(name, number)
    made.accounts.append(
        {
            "id": ACCOUNT,
            "name": "logs",
            "location": "West Europe",
            "kind": "StorageV2",
            "type": "Microsoft.Storage/storageAccounts",
            "sku": {"name": "Standard_LRS"},
        }
    )
    made.workspaces.append(
        {
            "id": WORKSPACE,
            "name": "law",
            "location": REGION,
            "customerId": "cccccccc-0000-4000-8000-000000000001",
            "type": "Microsoft.OperationalInsights/workspaces",
            "retentionInDays": 30,
        }
    )
    return made


def changed(document: Doc, **more: Any) -> Doc:
    """A document with other fields."""
    return {**deepcopy(document), **more}
