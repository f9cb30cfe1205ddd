"""Answers laid over the traffic behind a draft: what was let in becomes part of it, what was left out is set apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import CLOSE_INTERNET, NEW_PORTS, WHOLE_INTERNET
from nsgflow_core.rules.draft.asking.question import PUBLIC_SIDES, SETTLED_BY, question_id
from nsgflow_core.rules.draft.asking.reasons import DYNAMIC, REASON_OF_KIND
from nsgflow_core.rules.draft.new_ports.range import DynamicRange, RangeKind
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import is_among


def answered(material: Material, answers: Iterable[Answer]) -> Material:
    """The material as these answers have it: flows let in, public addresses to list, and the way out closed.

    Flows that an answer lets in, or that waited for it, name it in their column `answer` (its place among
    `Material.answers`, from 1 on). Answers to questions that are not asked change nothing.
    """
    given = {answer.question: answer for answer in answers}
    if not given:
        return material
    answers = tuple(given.values())
    options = material.options
    if _is_left_out(given, close_internet_id()):
        options = replace(options, close_internet=True)
    material = _without_what_was_left_out(_as_seen(material, given), given)
    places = {each.question: at for at, each in enumerate(answers, 1)}
    flows, set_apart = _let_in(material, places, given)
    flows["listed"] = _listed(flows, given)
    _let_reach(material, flows, places, given)
    return replace(material, answers=answers, options=options, flows=flows, set_apart=set_apart)


def close_internet_id() -> str:
    """The id of the question whether the way out stays open for what nobody was seen to use."""
    return question_id(CLOSE_INTERNET, ())


def whole_internet_id(side: str, about: Iterable[object]) -> str:
    """The id of the question whether a service is open to the whole Internet (about: PUBLIC_SIDES of that side)."""
    return question_id(WHOLE_INTERNET, (side, *about))


Pair = tuple[str, str, str]
"""Source, destination and protocol."""


def range_id(each: DynamicRange) -> str:
    """The id of the question whether a marked range stays."""
    return question_id(NEW_PORTS, ("range", each.protocol, *each.sources, "to", *each.destinations))


def pair_id(pair: Pair) -> str:
    """The id of the question about a pair whose ports may be new every day."""
    return question_id(NEW_PORTS, pair)


def pair_mask(flows: pd.DataFrame, pair: Pair) -> pd.Series[bool]:
    """The flows of such a pair: each on a port that was used on one day alone."""
    source, destination, protocol = pair
    is_pair = (flows["src_ip"] == source) & (flows["dst_ip"] == destination) & (flows["protocol"] == protocol)
    return is_pair & (flows["days"] <= 1)


def _without_what_was_left_out(material: Material, given: Mapping[str, Answer]) -> Material:
    """The material without the drafted flows that a person left out: they are set apart."""
    flows = material.flows
    ids, why = _new_ports_left_out(material, given), np.full(len(flows), DYNAMIC.words, dtype=object)
    for question in material.asked:
        if question.standing is Choice.ALLOW and _is_left_out(given, question.id):
            chosen = (flows["question"] == question.id).to_numpy()
            ids[chosen], why[chosen] = question.id, REASON_OF_KIND[question.kind].words
    gone = ids != ""
    if not gone.any():
        return material
    never = pd.Series(pd.NaT, index=flows.index[gone], dtype="datetime64[us, UTC]")
    moved = flows[gone].assign(
        reason=why[gone], denied_by="", denied_since=never, allowed_until=never, question=ids[gone]
    )
    apart = pd.concat([material.set_apart, moved[material.set_apart.columns]], ignore_index=True)
    apart = apart.sort_values("flows", ascending=False, kind="stable", ignore_index=True)
    return replace(material, flows=flows[~gone].reset_index(drop=True), set_apart=apart)


def _as_seen(material: Material, given: Mapping[str, Answer]) -> Material:
    """The material with the ports that were seen, in place of the mapped ranges that a person does not want."""
    unwanted = [
        place
        for place, each in enumerate(material.ranges)
        if each.kind is RangeKind.MAPPED and _is_left_out(given, range_id(each))
    ]
    if not unwanted:
        return material
    held = material.flows["range"]
    return replace(material, flows=material.flows.assign(range=held.mask(held.isin(unwanted), -1)))


def _new_ports_left_out(material: Material, given: Mapping[str, Answer]) -> NDArray[np.object_]:
    """For each drafted flow the question about its range or pair of new ports, where a person left that out; ""."""
    flows = material.flows
    ids = np.full(len(flows), "", dtype=object)
    for place, each in enumerate(material.ranges):
        if _is_left_out(given, asked := range_id(each)):
            ids[(flows["range"] == place).to_numpy()] = asked
    for source, destination, protocol, _ in material.asked_pairs.itertuples(index=False, name=None):
        if _is_left_out(given, asked := pair_id((source, destination, protocol))):
            ids[pair_mask(flows, (source, destination, protocol)).to_numpy()] = asked
    return ids


def answers_behind(material: Material, member: Codes, size: int) -> list[tuple[Answer, ...]]:
    """The answers that let in flows of each opening from 0 to size-1; `member` maps flows to openings."""
    found: list[list[Answer]] = [[] for _ in range(size)]
    answer = material.flows["answer"].to_numpy()
    for opening, place in sorted(set(zip(member[answer > 0].tolist(), answer[answer > 0].tolist(), strict=True))):
        found[opening].append(material.answers[place - 1])
    return [tuple(each) for each in found]


def _is_left_out(given: Mapping[str, Answer], question: str) -> bool:
    return question in given and given[question].choice is Choice.LEAVE_OUT


def _let_in(
    material: Material, places: Mapping[str, int], given: Mapping[str, Answer]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The flows of the draft with those that answers let in, by FLOW_KEY, and what stays apart."""
    apart, flows = material.set_apart, material.flows.copy()
    allowed = [question for question, answer in given.items() if answer.choice is Choice.ALLOW]
    waited = flows["waits"] & flows["question"].isin(allowed)
    flows["answer"] = flows["answer"].mask(waited, flows["question"].map(places).fillna(0).astype(np.int64))
    flows["waits"] &= ~waited
    chosen = apart["question"].isin(allowed).to_numpy()
    if not chosen.any():
        return flows, apart
    moved = apart[chosen].drop(columns=["reason", *SETTLED_BY])
    moved = moved.assign(
        scan=0,
        listed=False,
        range=-1,
        waits=False,
        undoes=apart.loc[chosen, "denied_by"] != "",
        reaches=False,
        answer=[places[each] for each in apart.loc[chosen, "question"]],
    )
    flows = pd.concat([flows, moved[flows.columns]], ignore_index=True)
    return flows.sort_values(list(FLOW_KEY), kind="stable", ignore_index=True), apart[~chosen].reset_index(drop=True)


def _listed(flows: pd.DataFrame, given: Mapping[str, Answer]) -> NDArray[np.bool_]:
    """True for flows of the services whose public addresses a person wants listed, never the whole Internet."""
    listed = np.zeros(len(flows), dtype=bool)
    for side, columns in PUBLIC_SIDES.items():
        public = (flows[f"{side}_label"] == INTERNET).to_numpy()
        services = flows.loc[public, columns].drop_duplicates()
        wanted = [_is_left_out(given, whole_internet_id(side, about)) for about in services.itertuples(index=False)]
        if any(wanted):
            listed |= public & is_among(flows[columns], services[wanted])
    return listed


def _let_reach(material: Material, flows: pd.DataFrame, places: Mapping[str, int], given: Mapping[str, Answer]) -> None:
    """Mark the flows of jump hosts that a person lets into every host of a label."""
    for each in material.jump_hosts:
        if each.id in given and given[each.id].choice is Choice.ALLOW:
            chosen = each.mask(flows)
            flows.loc[chosen, ["answer", "waits", "reaches"]] = [places[each.id], False, True]
