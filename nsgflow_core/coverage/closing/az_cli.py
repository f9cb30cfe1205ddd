"""An az script in bash that does nothing without the word `apply`.

Source: Azure CLI reference, `az network watcher flow-log create`, `update` and `delete`; az itself finds the network
watcher of a location.
"""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.coverage.closing.base import (
    FORMAT_VERSION,
    WRITTEN,
    needs_workspace,
    region_words,
    regions_to_fill,
    story,
)
from nsgflow_core.coverage.closing.wanted import Verb, WantedLog
from nsgflow_core.rules.export.az_cli import as_text
from nsgflow_core.rules.export.shells import bash_line

_WORKSPACE = "WORKSPACE"
_USAGE = """case "${1:-}" in
  apply) apply ;;
  *) echo "usage: $0 apply" >&2; exit 2 ;;
esac"""
_NOT_YET = "Not yet: compare the two first, and take the # away when nothing is lost."
_OPTIONS = (("/subnets/", "--subnet"), ("/virtualnetworks/", "--vnet"), ("/networkinterfaces/", "--nic"))


def write(logs: Sequence[WantedLog]) -> str:
    """The whole script."""
    lines = ["#!/usr/bin/env bash", f"# {WRITTEN}", "# Run: bash FILE apply", "set -euo pipefail"]
    for region in regions_to_fill(logs):
        why = f"the id of a standard StorageV2 account in {region_words(region) if region else 'that region'}"
        lines.append(f': "${{{_storage(region)}:?set it to {why}}}"')
    if needs_workspace(logs):
        lines.append(f': "${{{_WORKSPACE}:?set it to the id of a Log Analytics workspace}}"')
    lines += ["", "apply() {"]
    for log in logs:
        lines += [f"  # {sentence}" for sentence in story(log)]
        lines += [f"  {line(log)}"] if log.is_ready else [f"  # {_NOT_YET}", f"  # {line(log)}"]
    lines += ([] if any(log.is_ready for log in logs) else ["  :"]) + ["}", "", _USAGE]
    return "\n".join(lines) + "\n"


def line(log: WantedLog) -> str:
    """The one line for a flow log."""
    verb = {Verb.CREATE: "create", Verb.DELETE: "delete"}.get(log.verb, "update")
    words = ["az", "network", "watcher", "flow-log", verb]
    words += ["--subscription", log.subscription] if log.subscription else []
    words += ["--location", log.region or "REGION", "--name", as_text(log.name)]
    variables: list[str] = []
    if log.verb is Verb.OFF:
        words += ["--enabled", "false"]
    elif log.verb is not Verb.DELETE:
        more, variables = _settings(log)
        words += more
    return " ".join([bash_line(words), *variables])


def _settings(log: WantedLog) -> tuple[list[str], list[str]]:
    """The options of a flow log that is on, and those whose values are variables of the script."""
    words: list[str] = []
    variables: list[str] = []
    if log.verb is Verb.CREATE:
        target = log.target_id.casefold()
        words += [next((option for part, option in _OPTIONS if part in target), "--vnet"), log.target_id]
    if log.storage_id:
        words += ["--storage-account", log.storage_id]
    else:
        variables.append(f'--storage-account "${_storage(log.region)}"')
    words += ["--enabled", "true", "--log-version", str(FORMAT_VERSION)]
    words += ["--retention", str(log.retention_days)]
    if "log-filtered" in log.changes:
        words += ["--filtering-criteria", ""]
    if "record-types" in log.changes:
        words += ["--record-types", "B,C,E,D"]
    if log.interval_minutes:
        words += ["--traffic-analytics", "true", "--interval", str(log.interval_minutes)]
        if log.workspace_id:
            words += ["--workspace", log.workspace_id]
        else:
            variables.append(f'--workspace "${_WORKSPACE}"')
    return words, variables


def _storage(region: str) -> str:
    return f"STORAGE_{region_words(region).upper()}"
