"""The row of totals: six different things, each against the period before, with a link to the page that explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import streamlit as st

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.compared import periods
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.stores.base import OF
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.numbers import change_in_words


def _count(number: float) -> str:
    return f"{number:,.0f}"


@dataclass(frozen=True, slots=True)
class Card:
    """One total: what is asked, the column that holds it ("" for how many rows there are), and where it leads."""

    title: str
    asked: Callable[[FlowFilter], Question]
    column: str
    page: str
    link: str
    extra: Mapping[str, str] = field(default_factory=dict)
    words: Callable[[float], str] = _count

    def value(self, view: View, flow_filter: FlowFilter) -> float | None:
        """The total for a filter; None where the store does not say how many rows there are."""
        found = view.ask(self.asked(flow_filter))
        if self.column:
            return float(found[self.column].sum())
        return float(found.attrs.get(OF, 0)) if found.empty or OF in found.attrs else None


CARDS = (
    Card("Flows", traffic.totals, "flows", "flows", "By subnet"),
    Card("Bytes, both ways", traffic.totals, "bytes", "flows", "Bytes by subnet", {"show": "bytes"}, bytes_in_words),
    Card(
        "Required ports",
        lambda asked: required_ports.services(asked, "subnet", required_ports.TOP),
        "",
        "required_ports",
        "All required ports",
    ),
    Card("Sources", traffic.totals, "sources", "flows", "Address pairs", {"level": "pairs"}),
    Card("Denied flows", denied.totals, "flows", "denied", "By rule"),
    Card("Denied sources", denied.totals, "sources", "changes", "New ones", {"of": "sources"}),
)


def questions(*parts: FlowFilter) -> tuple[Question, ...]:
    """What the cards ask of each of these parts of the traffic."""
    return tuple(card.asked(part) for card in CARDS for part in parts)


def asked(view: View) -> tuple[Question, ...]:
    """What the cards of a view ask."""
    before = periods.whole_before(view.flow_filter, session.extent())
    return questions(view.flow_filter, *([before] if before else []))


def show(view: View) -> None:
    """The cards of a view; against the period of the same length just before, where the store holds all of it."""
    before = periods.whole_before(view.flow_filter, session.extent())
    values = [(card.value(view, view.flow_filter), card.value(view, before) if before else None) for card in CARDS]
    with st.container(key="kpis"), st.grid(len(CARDS), min_column_width=150, gap="small"):
        for card, (now, was) in zip(CARDS, values, strict=True):
            with st.container(border=True, gap="xxsmall"):
                st.metric(
                    plain(card.title),
                    plain(card.words(now) if now is not None else "many"),
                    plain(change_in_words(was, now)) if was is not None and now is not None else None,
                    delta_color="off",
                    delta_arrow="off",
                    help=plain(f"{card.words(was)} in the {_length(before)} before") if was is not None else None,
                )
                url.link(st.container(), card.page, card.link, card.extra)
    _say_what_is_compared(view, before)


def _say_what_is_compared(view: View, before: FlowFilter | None) -> None:
    if before:
        st.caption(plain(f"Against the {_length(before)} before, {periods.in_words(before, clock.zone())}."))
    elif view.flow_filter.since is None:
        st.caption("Choose a window to see how it was before it.")
    else:
        st.caption("The store does not hold the period before this window, so there is nothing to compare with.")


def _length(part: FlowFilter | None) -> str:
    return periods.length_in_words(part) if part else ""
