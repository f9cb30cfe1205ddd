"""The questions about jump hosts: may one reach every host of a label, where some of them were seen?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.kinds import JUMP_HOST
from nsgflow_core.rules.draft.asking.question import DraftQuestion, busiest_of_each
from nsgflow_core.rules.draft.fit import Fit
from nsgflow_core.rules.draft.jump_hosts.jump_host import JumpHost
from nsgflow_core.rules.draft.traffic import Material


def jump_host_questions(material: Material, fit: Fit, names: Sequence[str]) -> Iterator[DraftQuestion]:
    """One for each host, service and label that it met, as far as the draft does not open all of that label anyway.

    None on rungs where no subnet stands for its hosts, for a yes opens nothing there; what was answered stays.
    """
    answers = {answer.question for answer in material.answers}
    for each in material.jump_hosts:
        rows = np.flatnonzero(each.mask(material.flows))
        if not len(rows) or (each.id not in answers and (not fit.rung.subnets or _is_open(each, rows, fit))):
            continue
        met = material.flows.iloc[rows]
        ((addresses, total),) = busiest_of_each(met, np.zeros(len(rows), dtype=np.int64), "dst_ip", 1)
        yield DraftQuestion(
            each.id,
            JUMP_HOST,
            each.words,
            f"A rule lets it into every host of {each.label}, seen or not, as far as no deny that stays keeps it out.",
            "Nothing is opened for it beyond the hosts that were seen.",
            Choice.LEAVE_OUT,
            names[int(fit.member[rows[0]])],
            addresses=addresses,
            total=total,
            flows=int(met["flows"].sum()),
            labels=(f"Every host of {each.label}", "Only those seen"),
        )


def _is_open(each: JumpHost, rows: np.ndarray, fit: Fit) -> bool:
    """True where the rules of these flows hold the whole label as it is."""
    whole = fit.tokens.block_token(each.label)
    return all(whole in fit.openings[place].destinations for place in set(fit.member[rows].tolist()))
