"""Flow logs and where they go, as the azurerm provider has them."""

from __future__ import annotations

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, inner, text
from nsgflow_core.inventory.shapes.terraform.named import identified


def flow_log(values: Fields) -> Fields:
    """`azurerm_network_watcher_flow_log`."""
    analytics = inner(values, "trafficanalytics")
    return identified(kinds.FLOW_LOG, values) | {
        "enabled": values.get("enabled"),
        "location": text(values, "location"),
        "targetresourceid": text(values, "targetresourceid") or text(values, "networksecuritygroupid"),
        "storageid": text(values, "storageaccountid"),
        "retentionpolicy": inner(values, "retentionpolicy"),
        "format": {"version": values.get("version")},
        "flowanalyticsconfiguration": {
            "networkwatcherflowanalyticsconfiguration": {
                "enabled": analytics.get("enabled"),
                "workspaceresourceid": text(analytics, "workspaceresourceid"),
                "trafficanalyticsinterval": analytics.get("intervalinminutes"),
            }
        },
    }


def storage_account(values: Fields) -> Fields:
    """`azurerm_storage_account`."""
    sku = "_".join(filter(None, (text(values, "accounttier"), text(values, "accountreplicationtype"))))
    told = {"location": text(values, "location"), "kind": text(values, "accountkind"), "sku": {"name": sku}}
    return identified(kinds.STORAGE_ACCOUNT, values) | told


def workspace(values: Fields) -> Fields:
    """`azurerm_log_analytics_workspace`."""
    told = {"location": text(values, "location"), "customerid": text(values, "workspaceid")}
    return identified(kinds.WORKSPACE, values) | told
