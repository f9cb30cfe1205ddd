"""Flows of a special subnet that a rule which it needs admits, whatever else is drafted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.matching import Matching
from nsgflow_core.rules.special.base import Special
from nsgflow_core.words.vocabulary import Direction


def required_for(
    flows: pd.DataFrame, specials: Sequence[Special], direction: Direction, space: AddressSpace
) -> NDArray[np.object_]:
    """Of each flow (src_label, dst_label and what rules match) the name of the first required rule that surely matches
    it, "" for none. Of an NSG that guards other subnets too, what those do with that rule is another matter.
    """
    found = np.full(len(flows), "", dtype=object)
    own = flows["dst_label" if direction is Direction.INBOUND else "src_label"].astype(str).str.casefold()
    for special in specials:
        rules, subnet = special.required(direction), special.subnet.casefold()
        rows = np.flatnonzero((own == subnet) | own.str.endswith(f"/{subnet}"))
        if not rules or not rows.size:
            continue
        matching = Matching(rules, flows.iloc[rows], space)
        for place, rule in enumerate(rules):
            _, sure = matching.meet(place, np.ones(matching.size, dtype=np.bool_))
            meets = np.isin(matching.combination, sure) & (found[rows] == "")
            found[rows[meets]] = rule.name
    return found
