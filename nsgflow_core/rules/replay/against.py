"""Where two rule sets, say the NSG as it is and a draft for it, decide the same flows otherwise."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.rules.replay.replay import Outcome

DIFFERING = (
    *("existing_outcome", "existing_rule", "draft_outcome", "draft_rule"),
    *("direction", "source_ip", "destination_ip", "protocol", "port", "logged_rule", "flows"),
)
_FLOW = ["direction", "source_ip", "destination_ip", "protocol", "port", "logged_rule"]
_WAS_ALLOWED = {
    str(Outcome.STILL_ALLOWED): True,
    str(Outcome.NEWLY_DENIED): True,
    str(Outcome.NEWLY_ALLOWED): False,
    str(Outcome.STILL_DENIED): False,
}


def decided_otherwise(existing: pd.DataFrame, draft: pd.DataFrame) -> pd.DataFrame:
    """The rows of two replays of one traffic that differ in outcome, most flows first; columns DIFFERING.

    A flow that was both allowed and denied under one rule, which changed meanwhile, is compared with itself alone.
    """
    joined = _side(existing, "existing").merge(_side(draft, "draft").drop(columns="flows"), on=_FLOW)
    was = [joined[f"{name}_outcome"].map(_WAS_ALLOWED) for name in ("existing", "draft")]
    is_same_flow = was[0].isna() | was[1].isna() | (was[0] == was[1])
    differs = joined[is_same_flow & (joined["existing_outcome"] != joined["draft_outcome"])]
    return differs[list(DIFFERING)].sort_values("flows", ascending=False, kind="stable", ignore_index=True)


def _side(outcomes: pd.DataFrame, name: str) -> pd.DataFrame:
    named = outcomes.rename(columns={"outcome": f"{name}_outcome", "decided_by": f"{name}_rule"})
    return named[[*_FLOW, "flows", f"{name}_outcome", f"{name}_rule"]]
