"""The questions about service tags: should a rule name the tag that holds public addresses of a service?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.asking.answering import whole_internet_id
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.question import PUBLIC_SIDES, Question, busiest_of_each
from nsgflow_core.rules.draft.fit import Fit, fit_on
from nsgflow_core.rules.draft.tags.held import SIDES
from nsgflow_core.rules.draft.tags.proposed import SERVICE_TAG, Proposal
from nsgflow_core.rules.draft.tags.standing import size_in_words
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import FAMILIES, INTERNET, family_of
from nsgflow_core.words.vocabulary import WITH_PORTS


def tag_questions(material: Material, fit: Fit, names: Sequence[str]) -> Iterator[Question]:
    """One for each tag that may stand for public ends of a service, busiest addresses first.

    None on the exact rung, where a tag never stands; none where the tag would open what was denied last; and none where
    a person said that the whole Internet is meant.
    """
    proposed = material.proposed
    if not fit.rung.internet or not proposed.proposals:
        return
    answers = {answer.question: answer.choice for answer in material.answers}
    may_stand = _where_it_may_stand(material, fit)
    for number, proposal in enumerate(proposed.proposals):
        rows = np.flatnonzero(proposed.of(proposal.side, len(material.flows)) == number)
        is_answered = proposal.id in answers
        if not is_answered:
            rows = rows[may_stand[rows]]
        whole = answers.get(whole_internet_id(proposal.side, proposal.about)) is Choice.ALLOW
        if len(rows) and (is_answered or not whole):
            yield _question(material, proposal, material.flows.iloc[rows], names[fit.member[rows[0]]])


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


def _question(material: Material, proposal: Proposal, met: pd.DataFrame, rule: str) -> Question:
    (concerned,) = busiest_of_each(met, np.zeros(len(met), dtype=np.int64), f"{proposal.side}_ip", 1)
    addresses, total = concerned
    ends = "source" if proposal.side == "src" else "destination"
    everyone = _public_ends(material.flows, proposal)
    some = f"{total:,} of the {everyone:,} public {ends}s" if everyone > total else _all(total, ends)
    families = [family for family in FAMILIES if family in set(map(family_of, met[f"{proposal.side}_ip"].unique()))]
    opens = size_in_words(proposal.token, families, material.tokens)
    return Question(
        proposal.id,
        SERVICE_TAG,
        f"{_service(proposal)}: {some} {'lies' if total == 1 else 'lie'} in {proposal.tag} ({opens}). Write the tag "
        f"instead?",
        f"The rule says {proposal.tag}: all that Microsoft lists in it, now and later, other customers' among it.",
        "The rule stays as it is, without the tag.",
        Choice.ALLOW if material.options.service_tags == "use" else Choice.LEAVE_OUT,
        rule,
        addresses=addresses,
        total=total,
        flows=int(met["flows"].sum()),
        labels=(f"Write {proposal.tag}", "No tag"),
    )


def _all(total: int, ends: str) -> str:
    return f"the public {ends}" if total == 1 else f"all {total:,} public {ends}s"


def _public_ends(flows: pd.DataFrame, proposal: Proposal) -> int:
    """How many public addresses met the service."""
    is_public = flows[f"{proposal.side}_label"] == INTERNET
    for column, value in zip(PUBLIC_SIDES[proposal.side], proposal.about, strict=True):
        is_public &= flows[column] == value
    return int(flows.loc[is_public, f"{proposal.side}_ip"].nunique())


def _service(proposal: Proposal) -> str:
    """Like "TCP 443 from web" or "TCP 443 of web"."""
    label, protocol, port = proposal.about
    service = f"{protocol} {port}" if protocol in WITH_PORTS else protocol
    return f"{service} {'of' if proposal.side == 'src' else 'from'} {label}"
