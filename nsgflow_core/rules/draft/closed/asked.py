"""The questions about flows that were allowed and are closed now: should they be allowed again?"""

from __future__ import annotations

import pandas as pd

from nsgflow_core.rules.draft.asking.reasons import REASONS, REASONS_OF_DENIALS
from nsgflow_core.rules.draft.evidence_query import SERVICE, WITH_PORTS
from nsgflow_core.rules.draft.questions import OpenQuestion, busiest
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.vocabulary import Direction


def closed_questions(material: Material) -> tuple[OpenQuestion, ...]:
    """One question for each deny, and each service between two labels that it closed."""
    apart = material.set_apart[material.set_apart["reason"].isin(REASONS_OF_DENIALS)]
    peer = "src_ip" if material.direction is Direction.INBOUND else "dst_ip"
    groups = apart.groupby(["reason", "denied_by", *SERVICE], sort=False, observed=True)
    return tuple(
        OpenQuestion(REASONS[str(reason)].key, "", _question(flows, str(reason)), *busiest(flows, peer))
        for (reason, *_), flows in groups
    )


def _question(flows: pd.DataFrame, reason: str) -> str:
    """Like "10.40.1.4 -> 10.20.3.4 TCP 1433 was allowed until ... and is denied by ... Should it be allowed again?"."""
    example, asks = flows.iloc[0], REASONS[reason].asks
    ends = [
        str(example[f"{side}_ip"] if flows[f"{side}_ip"].nunique() == 1 else example[f"{side}_label"])
        for side in ("src", "dst")
    ]
    port = f" {example['port']}" if example["protocol"] in WITH_PORTS else ""
    since, until = flows["denied_since"].min(), flows["allowed_until"].max()
    return (
        ""
        if asks is None
        else asks.question.format(
            source=ends[0],
            destination=ends[1],
            services=f"{example['protocol']}{port}",
            deny=example["denied_by"],
            denied_since="" if pd.isna(since) else f"{since:%Y-%m-%d}",
            allowed_until=f"{until:%Y-%m-%d}",
        )
    )
