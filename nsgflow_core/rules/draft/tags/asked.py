"""The questions about service tags: should a rule name the tag that holds public addresses of a service?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.asking.answering import whole_internet_id
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.kinds import SERVICE_TAG
from nsgflow_core.rules.draft.asking.question import PUBLIC_SIDES, DraftQuestion, busiest_of_each
from nsgflow_core.rules.draft.fit import Fit, fit_on
from nsgflow_core.rules.draft.tags.held import SIDES
from nsgflow_core.rules.draft.tags.proposed import NONE, Proposal, TagAbout
from nsgflow_core.rules.draft.tags.standing import size_in_words
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import FAMILIES, INTERNET
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import count_distinct, first_of_each, group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS


def tag_questions(material: Material, fit: Fit, names: Sequence[str]) -> Iterator[DraftQuestion]:
    """One for each tag that may stand for public ends of a service, busiest addresses first.

    None on the exact rung, where a tag never stands; none where the tag would open what was denied last; and none where
    a person said that the whole Internet is meant.
    """
    proposed = material.proposed
    if not fit.rung.internet or not proposed.proposals:
        return
    choices = {answer.question: answer.choice for answer in material.answers}
    is_answered = np.array([each.id in choices for each in proposed.proposals], dtype=np.bool_)
    may_stand = _where_it_may_stand(material, fit)
    for side in SIDES:
        places = proposed.of(side, len(material.flows))
        rows = np.flatnonzero(places != NONE)
        rows = rows[may_stand[rows] | is_answered[places[rows]]]
        if len(rows):
            yield from _of_side(
                material, side, rows, choices, [names[opening] for opening in fit.member[rows].tolist()]
            )


def _of_side(
    material: Material, side: str, rows: Codes, choices: Mapping[str, Choice], rules: Sequence[str]
) -> Iterator[DraftQuestion]:
    """The questions about one side of these flows, whose rules are `rules`."""
    met = material.flows.iloc[rows]
    numbers, group = np.unique(material.proposed.of(side, len(material.flows))[rows], return_inverse=True)
    firsts, flows = first_of_each(group), np.bincount(group, weights=met["flows"].to_numpy(float))
    concerned = busiest_of_each(met, group, f"{side}_ip", len(numbers))
    is_v6 = (met["family"] == 6).to_numpy()
    v4, v6 = (np.bincount(group, weights=mask, minlength=len(numbers)) > 0 for mask in (~is_v6, is_v6))
    everyone = _public_ends(material.flows, side)
    for place, number in enumerate(numbers.tolist()):
        proposal = material.proposed.proposals[number]
        whole = choices.get(whole_internet_id(side, proposal.about)) is Choice.ALLOW
        if whole and proposal.id not in choices:
            continue
        families = [family for family, has_any in zip(FAMILIES, (v4[place], v6[place]), strict=True) if has_any]
        words = _words(proposal, concerned[place][1], everyone[proposal.about])
        opens = size_in_words(proposal.token, families, material.tokens)
        yield DraftQuestion(
            proposal.id,
            SERVICE_TAG,
            f"{words} in {proposal.tag} ({opens}). Write the tag instead?",
            f"The rule says {proposal.tag}: all that Microsoft lists in it, now and later, other customers' among it.",
            "The rule stays as it is, without the tag.",
            Choice.ALLOW if material.options.service_tags == "use" else Choice.LEAVE_OUT,
            rules[int(firsts[place])],
            addresses=concerned[place][0],
            total=concerned[place][1],
            flows=int(flows[place]),
            labels=(f"Write {proposal.tag}", "No tag"),
        )


def _public_ends(flows: pd.DataFrame, side: str) -> dict[TagAbout, int]:
    """How many public addresses each service met on that side."""
    public = flows[(flows[f"{side}_label"] == INTERNET).to_numpy()]
    group = group_numbers(*(public[column] for column in PUBLIC_SIDES[side]), in_order=False)
    firsts = public.iloc[first_of_each(group)][PUBLIC_SIDES[side]]
    many = count_distinct(group, public[f"{side}_ip"], len(firsts)).tolist()
    abouts = firsts.itertuples(index=False, name=None)
    return {(str(label), str(protocol), int(port)): n for (label, protocol, port), n in zip(abouts, many, strict=True)}


def _words(proposal: Proposal, inside: int, everyone: int) -> str:
    """Like "TCP 443 from web: 14 of the 21 public destinations lie"."""
    end = "source" if proposal.side == "src" else "destination"
    if everyone == 1:
        ends = f"the public {end} lies"
    elif inside == everyone:
        ends = f"{'both' if inside == 2 else f'all {inside:,}'} public {end}s lie"
    else:
        ends = f"{inside:,} of the {everyone:,} public {end}s {'lies' if inside == 1 else 'lie'}"
    return f"{_service(proposal)}: {ends}"


def not_written(material: Material, fit: Fit) -> Iterator[str]:
    """The wanted tags that do not stand for all of their addresses, a sentence each."""
    without = material.written.where(dict.fromkeys(SIDES, fit.tagless))
    for side, places in without.places.items():
        for number in np.unique(places[places >= 0]).tolist():
            proposal, met = without.proposals[number], material.flows[places == number]
            addresses = counted(met[f"{side}_ip"].nunique(), "address")
            yield (
                f"{proposal.tag} does not stand for {addresses} of {_service(proposal)}: it would open again what a "
                "deny closes, or what the log shows as denied last."
            )


def _where_it_may_stand(material: Material, fit: Fit) -> NDArray[np.bool_]:
    """The flows for which their proposed tag opens nothing that is closed: the fit knows of those that are written, and
    the others are tried."""
    size = len(material.flows)
    found = material.written.mask(size) & ~fit.tagless
    rows = np.flatnonzero(material.proposed.mask(size) & ~material.written.mask(size))
    if len(rows):
        tried = replace(material, flows=material.flows.iloc[rows].reset_index(drop=True), closed_cells=material.closed)
        found[rows] = ~fit_on(tried, fit.rung, material.proposed.at(rows)).tagless
    return found


def _service(proposal: Proposal) -> str:
    """Like "TCP 443 from web" or "TCP 443 of web"."""
    label, protocol, port = proposal.about
    service = f"{protocol} {port}" if protocol in WITH_PORTS else protocol
    return f"{service} {'of' if proposal.side == 'src' else 'from'} {label}"
