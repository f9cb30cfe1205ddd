"""Where flow logs go: storage accounts that keep them, and workspaces that Traffic Analytics fills.

Sources: `az storage account list` (REST reference "Storage Accounts - List"), `az monitor log-analytics workspace list`
(REST reference "Workspaces - List").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, inner, name_of, text


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """One storage account; `account_kind` like StorageV2, `sku` like Standard_LRS, "" where the file does not say."""

    name: str
    account_id: str = ""
    location: str = ""
    account_kind: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Log Analytics workspace; `customer_id` is the guid that queries and Traffic Analytics know it by."""

    name: str
    workspace_id: str = ""
    location: str = ""
    customer_id: str = ""


def storage_account_of(fields: Fields, _note: Note) -> StorageAccount:
    """The storage account of a resource."""
    where = text(fields, "location") or text(fields, "primarylocation")
    return StorageAccount(
        name_of(fields), text(fields, "id"), where, text(fields, "kind"), text(inner(fields, "sku"), "name")
    )


def storage_account_fields(account: StorageAccount) -> dict[str, Any]:
    """The account in the shape of `az storage account show`; `storage_account_of` reads it back equal."""
    return {
        "type": kinds.STORAGE_ACCOUNT,
        "id": account.account_id,
        "name": account.name,
        "location": account.location,
        "kind": account.account_kind,
        "sku": {"name": account.sku},
    }


def workspace_of(fields: Fields, _note: Note) -> Workspace:
    """The workspace of a resource."""
    return Workspace(name_of(fields), text(fields, "id"), text(fields, "location"), text(fields, "customerid"))


def workspace_fields(workspace: Workspace) -> dict[str, Any]:
    """The workspace in the shape of `az monitor log-analytics workspace show`; `workspace_of` reads it back equal."""
    return {
        "type": kinds.WORKSPACE,
        "id": workspace.workspace_id,
        "name": workspace.name,
        "location": workspace.location,
        "customerId": workspace.customer_id,
    }
