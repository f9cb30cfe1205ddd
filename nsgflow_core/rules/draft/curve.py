"""The curve of the dial: what a draft would be at each of its points."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.rules.draft.dial import RUNGS, Opening
from nsgflow_core.rules.draft.fit import fit_on
from nsgflow_core.rules.draft.placing.full import Beside
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.prefixes import INTERNET


def curve(material: Material, chosen: float) -> pd.DataFrame:
    """Rules against over-permission: one row per rung, from exact to simple.

    Columns: exactness, name, meaning, rules (drafted ones, without the closing rules), over_permission (of IPv4),
    over_permission_v6, opened (both in words), internet_rules (of them open to the whole Internet), passes_limit
    (words, "" when it fits), chosen.
    """
    other = Beside.of(material).count
    rows = []
    for rung in RUNGS:
        fit = fit_on(material, rung)
        rows.append(
            {
                "exactness": rung.exactness,
                "name": rung.name,
                "meaning": rung.meaning,
                "rules": len(fit.openings),
                "over_permission": fit.opened.v4.ratio,
                "over_permission_v6": fit.opened.v6.ratio,
                "opened": fit.opened.words,
                "internet_rules": sum(open_to_internet(opening) for opening in fit.openings),
                "passes_limit": fit.passed_limit(other, material.options.limits),
                "chosen": rung.exactness == chosen,
            }
        )
    return pd.DataFrame(rows)


def open_to_internet(opening: Opening) -> bool:
    """True when one side is the whole Internet."""
    return INTERNET in opening.sources or INTERNET in opening.destinations
