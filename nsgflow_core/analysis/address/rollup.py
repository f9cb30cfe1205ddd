"""Services of a part by port: how many others are behind each, in place of a row for each of them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nsgflow_core.analysis.address.parts import Part
from nsgflow_core.words.several import NsgRule, NsgRules

_BY = ["protocol", "port", "service"]


def by_port(services: pd.DataFrame, part: Part) -> pd.DataFrame:
    """One row a protocol and port: addresses at the other end, rules, flows, bytes, first and last seen; busiest first.

    Services are distinct pairs, so that flows and bytes add up.
    """
    grouped = services.groupby(_BY, sort=False)
    ports = grouped.agg(
        addresses=(part.way.peer, "nunique"),
        rules=("rules", _together),
        flows=("flows", "sum"),
        bytes=("bytes", "sum"),
        first_seen=("first_seen", "min"),
        last_seen=("last_seen", "max"),
    ).reset_index()
    return ports.sort_values("flows", ascending=False, kind="stable", ignore_index=True)


def _together(rules: pd.Series[Any]) -> NsgRules:
    distinct: dict[NsgRule, None] = {rule: None for each in rules for rule in each}
    return NsgRules(sorted(distinct))
