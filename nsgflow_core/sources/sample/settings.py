"""The sample estate's flow logs as they are set up, as `az network watcher flow-log list` would list them.

With what it leaves out, for the page on coverage: docs/sample.md tells it.
"""

from __future__ import annotations

from typing import Any

from nsgflow_core.sources.sample import estate as estate
from nsgflow_core.sources.sample import nsgs as rule_tables
from nsgflow_core.sources.sample.logs import nsg_id, vnet_id

_GROUP = f"/subscriptions/{estate.SUBSCRIPTION}/resourceGroups/rg-hub/providers"
_ACCOUNT = f"{_GROUP}/Microsoft.Storage/storageAccounts/stflowlogs"
_WORKSPACE = f"{_GROUP}/Microsoft.OperationalInsights/workspaces/log-hub"
_WATCHER = (
    f"/subscriptions/{estate.SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network"
    f"/networkWatchers/NetworkWatcher_{estate.REGION}"
)
_KEPT = {"vnet-shop": 0, "vnet-dev": 7}
"""Days, where they are not 90."""
_MINUTES = {"vnet-hub": 60, "vnet-dev": 0}
"""Of Traffic Analytics, where they are not 10; 0 is off."""
_OFF = frozenset({"nsg-erp-app"})
"""The NSG flow log that was switched off on Thursday; that of nsg-erp-data was forgotten."""
_GONE = "vnet-lab"


def sample_flow_logs() -> list[dict[str, Any]]:
    """One flow log a VNet, those of the ERP's NSGs, and one that was left behind by a VNet that is gone."""
    found = [_flow_log(vnet.flow_log, vnet_id(vnet.name), vnet.name) for vnet in estate.VNETS]
    found += [
        _flow_log(f"{nsg.name}-{nsg.resource_group}-flowlog", nsg_id(nsg), nsg.name, version=nsg.nsg_log)
        for nsg in rule_tables.NSGS
        if nsg.nsg_log
    ]
    gone = vnet_id(estate.VNETS[0].name).replace(estate.VNETS[0].name, _GONE)
    return [*found, _flow_log(f"{_GONE}-rg-hub-flowlog", gone, _GONE)]


def sample_log_places() -> list[dict[str, Any]]:
    """Where they go: the storage account, and the workspace that Traffic Analytics fills."""
    account = {
        "id": _ACCOUNT, "name": "stflowlogs", "type": "Microsoft.Storage/storageAccounts", "kind": "StorageV2",
        "location": estate.REGION, "sku": {"name": "Standard_LRS", "tier": "Standard"},
    }  # fmt: skip
    workspace = {
        "id": _WORKSPACE, "name": "log-hub", "type": "Microsoft.OperationalInsights/workspaces",
        "location": estate.REGION, "customerId": "00000000-0000-4000-8000-000000000301", "retentionInDays": 30,
    }  # fmt: skip
    return [account, workspace]


def _flow_log(name: str, target: str, of: str, version: int = 2) -> dict[str, Any]:
    days, minutes = _KEPT.get(of, 90), _MINUTES.get(of, 10)
    analytics: dict[str, Any] = {"enabled": bool(minutes)}
    if minutes:
        analytics |= {"workspaceResourceId": _WORKSPACE, "trafficAnalyticsInterval": minutes}
    return {
        "id": f"{_WATCHER}/flowLogs/{name}",
        "name": name,
        "type": "Microsoft.Network/networkWatchers/flowLogs",
        "location": estate.REGION,
        "targetResourceId": target,
        "storageId": _ACCOUNT,
        "enabled": of not in _OFF,
        "provisioningState": "Succeeded",
        "format": {"type": "JSON", "version": version},
        "retentionPolicy": {"days": days, "enabled": bool(days)},
        "flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": analytics},
    }
