"""What everyone opens first: of a large store, the answers about all that it holds are made before anybody asks."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from nsgflow_core.analysis import required_ports, traffic
from nsgflow_core.analysis.denied_stories import stories
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import NsgflowError
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.flows import changed, compare_windows, denied_steps, top
from nsgflow_core.ui.frame import page, session
from nsgflow_core.ui.frame.asking import unasked
from nsgflow_core.ui.frame.busy import running
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.parts import kpis, tables
from nsgflow_core.ui.parts.pictures import over_time


def begin() -> None:
    """At the end of a page's run: where this session may look at a large store and no import adds to it, what Overview,
    Denied (by rule or by story), Required ports and Flows ask of all of it is made in turn as soon as it is calm."""
    with suppress(NsgflowError):  # the page said it, and the next one will
        if _is_worth_it():
            unasked.ask_ahead(lambda: questions(page.whole()), {"stories": partial(stories, FlowFilter())})


def _is_worth_it() -> bool:
    """Smaller stores answer at once."""
    is_local = isinstance(session.current_store(), LocalStore)
    return is_local and session.extent().tuples > over_time.DEAR and running.desk().running is None


def questions(view: View) -> list[Question | Composed]:
    """What these pages ask of a view, in the order in which they are opened."""
    by_subnet = required_ports.services(view.flow_filter, "subnet", tables.MOST_SHOWN)
    return [
        *kpis.questions(view.flow_filter),
        over_time.usual(view, top.OVER_TIME),
        *changed.questions(view, compare_windows.newest(view.flow_filter)).values(),
        *top.questions(view),
        *denied_steps.questions(view),
        over_time.usual(view, denied_steps.OVER_TIME),
        view.named(by_subnet),
        required_ports.volume(view.flow_filter),
        traffic.between_subnets(view.flow_filter),
    ]
