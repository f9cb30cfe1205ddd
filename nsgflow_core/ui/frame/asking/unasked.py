"""What pages ask of a store, asked before anybody does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial

import pandas as pd

from nsgflow_core.analysis.question import Composed, Question, asking
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.filter_bar import suggested

Ask = Callable[[Question], pd.DataFrame]


def ask_ahead(
    questions: Callable[[], Iterable[Question | Composed]], tellings: Mapping[str, Callable[[Ask], object]]
) -> None:
    """Have what the filter bar offers, the answers to these and what each telling asks, by its name, made when nobody
    asks for anything, once for each state of the session's store; nothing that is read with the user's own credential.

    What a telling asks turns on what it was answered, so it is told ahead to find out.
    """
    ahead, state = session.AHEAD, session.state()
    if session.active().is_personal or ahead.is_for(state):
        return
    answer = asking(session.current_store())

    def ask(question: Question) -> pd.DataFrame:
        return question.answered(lambda query: ahead.made((state, query), partial(answer, query)))

    told: dict[Hashable, Callable[[], object]] = {
        (state, ("told", name)): partial(_told, tell, ask) for name, tell in tellings.items()
    }
    ahead.want(state, session.values_by_key(suggested()) | session.by_key(questions()) | told)


def _told(tell: Callable[[Ask], object], ask: Ask) -> bool:
    tell(ask)  # what it was answered is kept: pages tell of it anew
    return True
