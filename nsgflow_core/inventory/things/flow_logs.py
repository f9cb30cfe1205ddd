"""Flow logs as they are set up: what is logged, where to, for how long, and whether Traffic Analytics reads it.

Sources: REST reference "Flow Logs - List", Microsoft Learn "Virtual network flow logs" (filtering).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, flag, inner, name_of, text
from nsgflow_core.words.numbers import whole_number

_ANALYTICS = "networkWatcherFlowAnalyticsConfiguration"


@dataclass(frozen=True, slots=True)
class FlowLog:
    """One flow log; None where the file does not say. `retention_days` 0 keeps for ever, `filters` "" logs all."""

    name: str
    flow_log_id: str = ""
    target_id: str = ""
    is_enabled: bool | None = None
    retention_days: int | None = None
    version: int | None = None
    storage_id: str = ""
    filters: str = ""
    workspace_id: str = ""
    """Traffic Analytics' workspace, its ARM id where known; "" when Traffic Analytics is off."""
    interval_minutes: int | None = None
    record_types: str = ""
    """Which states it logs, like "B,E,D"; "" logs all."""
    location: str = ""
    """Its region, which is that of its target, like `westeurope`; "" where the file does not say."""
    state: str = ""
    """How Azure's last change of it ended, like Succeeded or Failed."""
    is_analysed: bool | None = None
    """True where Traffic Analytics is on, even without a workspace that could be read; None where not said."""


def flow_log_of(fields: Fields, _note: Note) -> FlowLog:
    """The flow log of a resource."""
    analytics = inner(inner(fields, "flowanalyticsconfiguration"), _ANALYTICS.casefold())
    retention = inner(fields, "retentionpolicy")
    is_on = flag(analytics, "enabled") is not False
    workspace = text(analytics, "workspaceresourceid") or text(analytics, "workspaceid")
    return FlowLog(
        name=name_of(fields),
        flow_log_id=text(fields, "id"),
        target_id=text(fields, "targetresourceid"),
        is_enabled=flag(fields, "enabled"),
        retention_days=_number(retention, "days") if retention.get("enabled") is not False else 0,
        version=_number(inner(fields, "format"), "version"),
        storage_id=text(fields, "storageid"),
        filters=text(fields, "enabledfilteringcriteria"),
        workspace_id=workspace if is_on else "",
        interval_minutes=_number(analytics, "trafficanalyticsinterval") if is_on else None,
        record_types=text(fields, "recordtypes"),
        location=text(fields, "location"),
        state=text(fields, "provisioningstate"),
        is_analysed=flag(analytics, "enabled"),
    )


def flow_log_fields(log: FlowLog) -> dict[str, Any]:
    """The flow log in the shape of `az network watcher flow-log show`; `flow_log_of` reads it back equal."""
    return {
        "type": kinds.FLOW_LOG,
        "id": log.flow_log_id,
        "name": log.name,
        "targetResourceId": log.target_id,
        "enabled": log.is_enabled,
        "retentionPolicy": {"days": log.retention_days},
        "format": {"version": log.version},
        "storageId": log.storage_id,
        "enabledFilteringCriteria": log.filters,
        "recordTypes": log.record_types,
        "location": log.location,
        "provisioningState": log.state,
        "flowAnalyticsConfiguration": {
            _ANALYTICS: {
                "enabled": log.is_analysed,
                "workspaceResourceId": log.workspace_id,
                "trafficAnalyticsInterval": log.interval_minutes,
            }
        },
    }


_MOST_OF_A_SETTING = 10**9


def _number(fields: Fields, key: str) -> int | None:
    held = fields.get(key)
    if isinstance(held, str):
        return whole_number(held, _MOST_OF_A_SETTING)
    return held if isinstance(held, int) and not isinstance(held, bool) else None
