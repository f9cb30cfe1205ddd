"""Judges drafts of an estate by the estate's own plain loops: what each rung reopens, loses, and Azure refuses."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Access
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.words.vocabulary import Direction
from tests.estates.contested import Estate
from tests.estates.flows import Key, store_of

MOST_UNSEEN = 300


def options_of(rng: random.Random, direction: Direction) -> DraftOptions:
    """Options as somebody might choose them, also those that open the most."""
    return DraftOptions(
        subnet_threshold=rng.choice((1, 2, 3)),
        internet=rng.choice(("auto", "always", "never")),
        internet_threshold=rng.choice((2, 20)),
        port_gap=rng.choice((0, 0, 3)),
        keep_ephemeral=rng.random() < 0.5,
        close_internet=direction is Direction.OUTBOUND and rng.random() < 0.5,
        allow_icmp=rng.random() < 0.3,
    )


def judged(folder: Path, estate: Estate, rng: random.Random) -> pd.DataFrame:
    """One row per rung: its exactness, the options, and the counts that `bench/rules/estates.py` explains."""
    store = store_of(folder / "f.duckdb", estate.rows, estate.subnets)
    existing = estate.file if rng.random() < 0.8 else None
    options = options_of(rng, estate.direction)
    space = AddressSpace.of(estate.subnets)
    material = gather(
        store, FlowFilter(), estate.scope, estate.direction, options=options, existing=existing, space=space
    )
    closed = [key for key, (decision, _) in estate.last.items() if decision == "Denied"]
    asked = set(material.set_apart[list(FLOW_KEY)].itertuples(index=False, name=None))
    allowed = [key for key, (decision, _) in estate.last.items() if decision == "Allowed"]
    going = [key for key in allowed if not _stopped(estate, key, existing is not None)]
    doubtful = {key for key in going if estate.is_doubtful(key)}
    legitimate = [key for key in going if key not in doubtful]
    passed = set(map(one_spelling, estate.let_begin()))
    silently_closed = [key for key in map(one_spelling, closed) if key in passed and key not in asked]
    stopped = sorted(set(allowed) - set(going))
    unseen = _unseen_and_stopped(estate, rng) if existing is not None else []
    rows = []
    for rung in RUNGS:
        made = compose(material, rung.exactness)
        rules = [rule for rule in made.rule_set.rules if not rule.is_default]
        written = {rule.name for rule in made.own_rules if rule.access is Access.ALLOW}
        admitting = {key: estate.decision(rules, key) for key in (*closed, *going, *stopped, *unseen)}
        rows.append(
            {
                "exactness": rung.exactness,
                "closed": len(closed),
                "reopened": sum(
                    admitting[key].name in (written - made.closing if estate.is_denied_elsewhere(key) else written)
                    for key in closed
                ),
                "refused": int(bool(made.refused)),
                "legitimate": len(legitimate),
                "doubtful": len(doubtful),
                "silent": len(silently_closed)
                + sum(one_spelling(key) not in asked and admitting[key].access is Access.DENY for key in doubtful),
                "lost": sum(admitting[key].access is Access.DENY for key in legitimate),
                "unseen": len(unseen),
                "overruled": sum(admitting[key].name in written for key in (*stopped, *unseen)),
                "options": f"{options} file={existing is not None}",
            }
        )
    return pd.DataFrame(rows)


def one_spelling(key: Key) -> Key:
    """The cell with its addresses as a store spells them."""
    return (str(ipaddress.ip_address(key[0])), str(ipaddress.ip_address(key[1])), *key[2:])


def _stopped(estate: Estate, key: Key, has_file: bool) -> bool:
    """True where a user's deny of the file stops the flow as the file is."""
    rule = estate.decision(estate.after, key)
    return has_file and rule.access is Access.DENY and not rule.is_default


def _unseen_and_stopped(estate: Estate, rng: random.Random) -> list[Key]:
    """Services between ends that were met, never logged between these two, which a user's deny of the file stops."""
    sources = sorted({source for source, *_ in estate.last})
    services = sorted({(destination, protocol, port) for _, destination, protocol, port in estate.last})
    every: Iterable[Key] = (
        (source, destination, protocol, port)
        for source in sources
        for destination, protocol, port in services
        if source != destination and (":" in source) == (":" in destination)
    )
    unseen = [key for key in every if key not in estate.last]
    tried = rng.sample(unseen, min(len(unseen), MOST_UNSEEN))
    return [key for key in tried if _stopped(estate, key, has_file=True)]
