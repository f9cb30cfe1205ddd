"""The columns of an answer: what one is called and how it reads on screen."""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo

import pandas as pd

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.measures import MEASURES, Measure
from nsgflow_core.ask.text.times import zone_words

_SPELLED = {"nsg": "NSG", "Nsg": "NSG", "Nic": "NIC", "vnet": "VNet", "Vnets": "VNets", "Gb": "GB"}
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


def is_of_utc_days(name: str) -> bool:
    """True for days and weeks, which are those of UTC on every clock, and say so."""
    length = COLUMNS[name].kind.length if name in COLUMNS else None
    return length is not None and length >= timedelta(days=1)


def in_zone(frame: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """The frame with its moments in a zone; days and weeks stay those of UTC. A moment without one is of UTC."""
    made = {
        str(name): (values.dt.tz_localize("UTC") if values.dt.tz is None else values).dt.tz_convert(zone)
        for name, values in frame.items()
        if zone is not UTC and pd.api.types.is_datetime64_any_dtype(values.dtype) and not is_of_utc_days(str(name))
    }
    return frame.assign(**made) if made else frame


def label_with_zone(name: str, values: pd.Series) -> str:
    """The words of a column; those of moments name their zone: "Last seen (Europe/Amsterdam)"."""
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        return label(name)
    return f"{label(name).removesuffix(' (UTC)')} ({zone_words(values.dt.tz or UTC)})"
