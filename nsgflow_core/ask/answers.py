"""The columns of an answer: what one is called and how it reads on screen."""

from __future__ import annotations

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.measures import MEASURES, Measure

_SPELLED = {"nsg": "NSG", "Nsg": "NSG", "vnet": "VNet", "Vnets": "VNets", "Gb": "GB"}
"""Words of names that people write in capitals."""


def row_of(name: str) -> Column | Measure | None:
    """The row of a column of an answer or of single rows; None for a name that is in no table."""
    named = (column for column in COLUMNS.values() if column.single and column.single.name == name)
    return COLUMNS.get(name) or MEASURES.get(name) or next(named, None)


def label(name: str) -> str:
    """Its words on screen."""
    row = row_of(name)
    measured, _, when = name.rpartition("_")
    if row is None and when in ("before", "after") and measured in MEASURES:
        return f"{MEASURES[measured].label} {when}"
    return row.label if row else " ".join(_SPELLED.get(each, each) for each in name.capitalize().split("_"))
