"""Where a flow was seen: the contexts of the store in the words of Traffic Analytics, one row for one meaning.

One NSG in two spellings is one NSG, so contexts that read the same share a number, by which flows are added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields

import pyarrow as pa

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.kql_on_local.tables import spelling
from nsgflow_core.words import arm_id


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The words of one context; `target` is the ARM id as logged, in lower case."""

    log_kind: str
    direction: str
    decision: str
    acl_group: str
    nsg_list: str
    rule: str
    rule_type: str
    mac: str
    target: str
    target_path: str
    target_type: str
    encryption: str


class NsgPaths:
    """What an NSG is called: its ARM id where the log or the inventory has it, else its name, else its guid."""

    def __init__(self, network: Inventory, names: Mapping[str, str]) -> None:
        self._ids: dict[str, str] = {key: name.casefold() for key, name in names.items()}
        for each in network.rule_sets:
            if each.resource_guid:
                self._ids[each.resource_guid.casefold()] = (each.nsg_id or each.name).casefold()

    def of(self, nsg_id: str) -> str:
        """In lower case; "Unspecified" for platform traffic and for drops by encryption."""
        if not arm_id.nsg_key(nsg_id):
            return spelling.UNSPECIFIED
        key = arm_id.key(nsg_id)
        return key if "/" in key else self._ids.get(key, key)


def viewpoint(context: Mapping[str, str], nsgs: NsgPaths) -> Viewpoint:
    """One context of the store, in the words of the tables. Rule names keep their case."""
    is_platform = context["rule_kind"] == "Platform"
    group = spelling.UNSPECIFIED if is_platform else nsgs.of(context["nsg_id"] or context["nsg"])
    target = arm_id.key(context["target"])
    return Viewpoint(
        log_kind=context["log_kind"],
        direction=context["direction"],
        decision=context["decision"],
        acl_group=group,
        nsg_list=spelling.resource_path(group),
        rule="platformrule" if is_platform else context["rule"],
        rule_type={"User": "User Defined"}.get(context["rule_kind"], context["rule_kind"]),
        mac=spelling.mac_with_dashes(context["mac"]),
        target=target,
        target_path=spelling.resource_path(target),
        target_type=spelling.target_type(target),
        encryption=spelling.ENCRYPTION.get(context["encryption"].upper(), context["encryption"]),
    )


def number_viewpoints(contexts: pa.Table, network: Inventory, names: Mapping[str, str]) -> tuple[pa.Table, pa.Table]:
    """(context, viewpoint) numbers, and the viewpoints by number with their words."""
    nsgs = NsgPaths(network, names)
    numbers: dict[Viewpoint, int] = {}
    of_contexts = []
    for row in contexts.to_pylist():
        words = {key: str(value or "") for key, value in row.items()}
        of_contexts.append(numbers.setdefault(viewpoint(words, nsgs), len(numbers)))
    listed = {
        field.name: pa.array([astuple(each)[at] for each in numbers], pa.string())
        for at, field in enumerate(fields(Viewpoint))
    }
    return (
        pa.table({"context": contexts.column("id"), "viewpoint": pa.array(of_contexts, pa.int32())}),
        pa.table({"number": pa.array(range(len(numbers)), pa.int32()), **listed}),
    )
