"""Terraform: one `azurerm_network_watcher_flow_log` a flow log; what is there already is imported.

Source: Terraform registry documentation of azurerm, "azurerm_network_watcher_flow_log" (`target_resource_id`, all of
`traffic_analytics` is required), "azurerm_log_analytics_workspace" (data source) and "Azure Provider" (`environment`).
The provider knows no filters.
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
from nsgflow_core.rules.export.terraform import hcl_literal
from nsgflow_core.words import arm_id

RESOURCE = "azurerm_network_watcher_flow_log"
_DATA = "azurerm_log_analytics_workspace"
_LEFT = "Deleted, switched off and filtered by nobody but az: what Terraform does not manage it cannot change."
_BY_AZ_TOO = frozenset({"log-filtered", "record-types"})
_ENVIRONMENTS = {"usgov": "usgovernment", "usdod": "usgovernment", "china": "china"}
"""What azurerm calls a cloud that is not the public one, by how the names of its regions begin."""


def write(logs: Sequence[WantedLog]) -> str:
    """One file; with a provider for each subscription where there are several, or one lies in another cloud."""
    subscriptions = {log.subscription: _environment(log.region) for log in logs}
    lines = [f"# {WRITTEN}", "# The azurerm provider 4 or later; import blocks need Terraform 1.5."]
    taken: set[str] = set()
    needs_provider = len(subscriptions) > 1 or any(subscriptions.values())
    aliases = {each: identifier(f"sub_{each}", taken) for each in subscriptions} if needs_provider else {}
    for subscription, alias in aliases.items():
        lines += _provider(alias, subscription, subscriptions[subscription])
    for region in regions_to_fill(logs):
        lines += _variable(_storage(region), f"Id of a standard StorageV2 account in {region}.")
    if needs_workspace(logs):
        lines += _variable("workspace_id", "Id of a Log Analytics workspace.")
    written = [log for log in logs if log.verb in (Verb.CREATE, Verb.CHANGE)]
    workspaces = _Workspaces(written, taken, aliases)
    lines += workspaces.lines
    for log in written:
        name = identifier(log.name, taken)
        lines += ["", *(f"# {sentence}" for sentence in story(log))]
        if log.existing:
            lines += ["import {", f"  to = {RESOURCE}.{name}", f"  id = {hcl_literal(log.log_id)}"]
            lines += [f"  provider = azurerm.{aliases[log.subscription]}"] if aliases else []
            lines += ["}"]
        lines += _resource(log, name, aliases.get(log.subscription, ""), workspaces)
    others = [log for log in logs if log not in written or log.changes & _BY_AZ_TOO]
    if others:
        lines += ["", f"# {_LEFT}"]
    for log in others:
        lines += [*(f"# {sentence}" for sentence in story(log)), f"# {one_line(az_cli.line(log))}"]
    return "\n".join(lines) + "\n"


class _Workspaces:
    """The workspaces that are named, as data sources: azurerm wants their guid and region beside their id."""

    def __init__(self, logs: Sequence[WantedLog], taken: set[str], aliases: dict[str, str]) -> None:
        self.names: dict[str, str] = {}
        self.lines: list[str] = []
        for log in logs:
            key = arm_id.key(log.workspace_id)
            if not log.interval_minutes or key in self.names or (key and not arm_id.part(key, "resourceGroups")):
                continue
            self.names[key] = identifier(arm_id.last(log.workspace_id) or "workspace", taken)
            name, group = _of_id(log.workspace_id)
            self.lines += ["", f'data "{_DATA}" "{self.names[key]}" {{', f"  name                = {name}"]
            self.lines += [f"  resource_group_name = {group}"]
            alias = aliases.get(arm_id.part(log.workspace_id, "subscriptions"))
            self.lines += [f"  provider            = azurerm.{alias}"] if alias else []
            self.lines += ["}"]

    def block(self, log: WantedLog) -> list[str]:
        """The traffic_analytics block of a flow log."""
        name = self.names.get(arm_id.key(log.workspace_id))
        if not log.interval_minutes or name is None:
            return []
        source = f"data.{_DATA}.{name}"
        return [
            "",
            "  traffic_analytics {",
            "    enabled               = true",
            f"    workspace_id          = {source}.workspace_id",
            f"    workspace_region      = {source}.location",
            f"    workspace_resource_id = {source}.id",
            f"    interval_in_minutes   = {log.interval_minutes}",
            "  }",
        ]


def _of_id(workspace_id: str) -> tuple[str, str]:
    """Name and group of a workspace as expressions; from the variable where none is known."""
    if workspace_id:
        return hcl_literal(arm_id.last(workspace_id)), hcl_literal(arm_id.part(workspace_id, "resourceGroups"))
    return 'element(split("/", var.workspace_id), 8)', 'element(split("/", var.workspace_id), 4)'


def _resource(log: WantedLog, name: str, alias: str, workspaces: _Workspaces) -> list[str]:
    storage = hcl_literal(log.storage_id) if log.storage_id else f"var.{_storage(log.region)}"
    return [
        f'resource "{RESOURCE}" "{name}" {{',
        *([f"  provider             = azurerm.{alias}"] if alias else []),
        f"  network_watcher_name = {hcl_literal(log.watcher)}",
        f"  resource_group_name  = {hcl_literal(log.watcher_group)}",
        f"  name                 = {hcl_literal(log.name)}",
        f"  target_resource_id   = {hcl_literal(log.target_id)}",
        f"  storage_account_id   = {storage}",
        "  enabled              = true",
        f"  version              = {FORMAT_VERSION}",
        "",
        "  retention_policy {",
        f"    enabled = {'true' if log.retention_days else 'false'}",
        f"    days    = {log.retention_days}",
        "  }",
        *workspaces.block(log),
        "}",
    ]


def _provider(alias: str, subscription: str, environment: str) -> list[str]:
    return [
        "",
        'provider "azurerm" {',
        f"  alias           = {hcl_literal(alias)}",
        f"  subscription_id = {hcl_literal(subscription)}",
        *([f"  environment     = {hcl_literal(environment)}"] if environment else []),
        "  features {}",
        "}",
    ]


def _environment(region: str) -> str:
    """The cloud of a region to azurerm; "" for the public one, which it takes without a word."""
    begins = "".join(region.split()).casefold()[:5]
    return _ENVIRONMENTS.get(begins, "")


def _variable(name: str, about: str) -> list[str]:
    return ["", f'variable "{name}" {{', "  type        = string", f"  description = {hcl_literal(about)}", "}"]


def _storage(region: str) -> str:
    return f"storage_{region_words(region)}"
