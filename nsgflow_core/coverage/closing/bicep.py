"""Bicep: one resource a flow log, below the network watcher of its region; one file a subscription.

Source: Microsoft Learn, "Microsoft.Network networkWatchers/flowLogs" (Bicep resource definition).
"""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.coverage.closing import az_cli
from nsgflow_core.coverage.closing.base import (
    FORMAT_VERSION,
    WRITTEN,
    needs_workspace,
    region_words,
    regions_to_fill,
    story,
)
from nsgflow_core.coverage.closing.wanted import Verb, WantedLog
from nsgflow_core.rules.export.base import identifier, one_line
from nsgflow_core.rules.export.bicep import bicep_literal

API_VERSION = "2025-07-01"
_WATCHER = "Microsoft.Network/networkWatchers"
_LEFT = "Bicep deletes and switches off nothing here; that is for az:"


def write(logs: Sequence[WantedLog]) -> str:
    """A file for each subscription and group of network watchers, one after another, each with where it goes."""
    homes = dict.fromkeys((log.subscription, log.watcher_group) for log in logs)
    return "\n".join(
        _file([log for log in logs if (log.subscription, log.watcher_group) == home], *home) for home in homes
    )


def _file(logs: Sequence[WantedLog], subscription: str, group: str) -> str:
    where = f"az deployment group create --subscription {subscription} --resource-group {group} --template-file FILE"
    lines = [f"// {WRITTEN}", f"// {one_line(where)}"]
    lines += [f"param {_storage(region)} string" for region in regions_to_fill(logs)]
    lines += ["param workspaceId string"] if needs_workspace(logs) else []
    written = [log for log in logs if log.verb in (Verb.CREATE, Verb.CHANGE)]
    taken = {"workspaceid", *(_storage(region).casefold() for region in regions_to_fill(logs))}
    watchers: dict[str, str] = {}
    for log in written:
        if log.watcher not in watchers:
            watchers[log.watcher] = identifier(f"watcher_{log.region}", taken)
            lines += ["", f"resource {watchers[log.watcher]} '{_WATCHER}@{API_VERSION}' existing = {{"]
            lines += [f"  name: {bicep_literal(log.watcher)}", "}"]
        lines += ["", *(f"// {sentence}" for sentence in story(log))]
        lines += _resource(log, identifier(log.name, taken), watchers[log.watcher])
    others = [log for log in logs if log not in written]
    if others:
        lines += ["", f"// {_LEFT}"]
    for log in others:
        lines += [*(f"// {sentence}" for sentence in story(log)), f"// {one_line(az_cli.line(log))}"]
    return "\n".join(lines) + "\n"


def _resource(log: WantedLog, symbol: str, watcher: str) -> list[str]:
    storage = bicep_literal(log.storage_id) if log.storage_id else _storage(log.region)
    return [
        f"resource {symbol} '{_WATCHER}/flowLogs@{API_VERSION}' = {{",
        f"  parent: {watcher}",
        f"  name: {bicep_literal(log.name)}",
        f"  location: {bicep_literal(log.region)}",
        "  properties: {",
        f"    targetResourceId: {bicep_literal(log.target_id)}",
        f"    storageId: {storage}",
        "    enabled: true",
        "    format: {",
        "      type: 'JSON'",
        f"      version: {FORMAT_VERSION}",
        "    }",
        "    retentionPolicy: {",
        f"      days: {log.retention_days}",
        f"      enabled: {'true' if log.retention_days else 'false'}",
        "    }",
        *_kept_filters(log),
        *_analytics(log),
        "  }",
        "}",
    ]


def _kept_filters(log: WantedLog) -> list[str]:
    """A deployment replaces the whole resource, so what is not to change is written again."""
    if log.existing is None:
        return []
    kept = {"log-filtered": ("enabledFilteringCriteria", log.existing.filters)}
    kept["record-types"] = ("recordTypes", log.existing.record_types)
    return [
        f"    {name}: {bicep_literal(text)}" for key, (name, text) in kept.items() if text and key not in log.changes
    ]


def _analytics(log: WantedLog) -> list[str]:
    if not log.interval_minutes:
        return []
    lines = ["    flowAnalyticsConfiguration: {", "      networkWatcherFlowAnalyticsConfiguration: {"]
    lines += ["        enabled: true", f"        trafficAnalyticsInterval: {log.interval_minutes}"]
    lines.append(
        f"        workspaceResourceId: {bicep_literal(log.workspace_id) if log.workspace_id else 'workspaceId'}"
    )
    if log.workspace and log.workspace.customer_id and log.workspace.location:
        lines.append(f"        workspaceId: {bicep_literal(log.workspace.customer_id)}")
        lines.append(f"        workspaceRegion: {bicep_literal(log.workspace.location)}")
    return [*lines, "      }", "    }"]


def _storage(region: str) -> str:
    return f"storage{region_words(region).capitalize()}"
