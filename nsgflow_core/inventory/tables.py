"""The inventory as tables, for the page and the command line."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.inventory.files import told_words
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.vnet import subnet_labels

TOLD_COLUMNS = ("file", "read", "kind", "things", "finding")


def found_frame(inventory: Inventory) -> pd.DataFrame:
    """One row per file and kind, then one per finding. Columns `TOLD_COLUMNS`; `read` is UTC, null where not known."""
    rows: list[tuple[str, object, str, int, str]] = []
    for file in inventory.files:
        moment = next((entry.read for entry in inventory.entries if entry.file == file), None)
        rows += [(file, moment, words, count, "") for words, count in inventory.told(file)]
        rows += [(file, moment, "", 0, each.sentence) for each in inventory.findings if each.file == file]
    found = pd.DataFrame(rows, columns=list(TOLD_COLUMNS))
    found["read"] = pd.to_datetime(found["read"], utc=True)
    return found.astype({"file": "str", "kind": "str", "things": "int64", "finding": "str"})


def files_frame(inventory: Inventory) -> pd.DataFrame:
    """One row per file: file, read (UTC), found (in words), findings (how many)."""
    rows = [
        (
            file,
            next((entry.read for entry in inventory.entries if entry.file == file), None),
            told_words(inventory, file),
            sum(finding.file == file for finding in inventory.findings),
        )
        for file in inventory.files
    ]
    listed = pd.DataFrame(rows, columns=["file", "read", "found", "findings"])
    listed["read"] = pd.to_datetime(listed["read"], utc=True)
    return listed.astype({"file": "str", "found": "str", "findings": "int64"})


def findings_frame(inventory: Inventory) -> pd.DataFrame:
    """One row per finding: file, finding."""
    rows = [(finding.file, finding.sentence) for finding in inventory.findings]
    return pd.DataFrame(rows, columns=["file", "finding"], dtype="str")


def subnets_frame(inventory: Inventory) -> pd.DataFrame:
    """One row per prefix of a subnet: subnet (its label), prefix, vnet, nsg (the name of the NSG set on it)."""
    rows = [
        (label, prefix.text, vnet.name, subnet.nsg_id.rsplit("/", 1)[-1])
        for label, vnet, subnet in subnet_labels(inventory.vnets)
        for prefix in subnet.prefixes
    ]
    return pd.DataFrame(rows, columns=["subnet", "prefix", "vnet", "nsg"], dtype="str")


def nsgs_frame(inventory: Inventory) -> pd.DataFrame:
    """One row per id by which logs know an NSG: acl_id, name."""
    names = inventory.nsg_names
    return pd.DataFrame({"acl_id": list(names), "name": list(names.values())}, dtype="str")
