"""What is told about a subject: its card, its traffic over time, its four parts, and what is new."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.address import asked
from nsgflow_core.analysis.address.about import About, about, flows_by_decision
from nsgflow_core.analysis.address.known import Known, known_of
from nsgflow_core.analysis.address.parts import PARTS, Part
from nsgflow_core.analysis.address.rollup import by_port
from nsgflow_core.analysis.address.subject import Subject, SubjectKind
from nsgflow_core.analysis.address.words import denied_as_well, facts, handed_over, new_words, title, unseen
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts import flows
from nsgflow_core.ui.flows import drill
from nsgflow_core.ui.flows.address.subject import inventory_of
from nsgflow_core.ui.frame import empty, page, params, session, url
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.ui.parts import pick, tables
from nsgflow_core.ui.parts.pictures import over_time, trends
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import Decision

_ROWS = {"address": "A row an address", "port": "A row a port"}
_OVER_TIME = over_time.TimeChart(
    "Allowed and denied over time, either way",
    "address_time",
    traffic.over_time,
    "decision",
    measures=("flows", "bytes"),
)
_PART = "part"
"""Which part alone is shown, in the link."""
_HIDDEN = ("way", "decision", "bytes")


def show(view: View, subject: Subject) -> None:
    """All of it; a service leads to its flow rows."""
    either = view.narrowed(subject.either_way(view.flow_filter))
    page.say(view, either.flow_filter)
    inventory, subnets = inventory_of(view)
    known = known_of(subject, inventory, subnets)
    told = about(
        subject,
        view.flow_filter,
        session.extent(),
        view.ask,
        unknown=view.store.unsupported,
    )
    _show_card(told, known)
    if told.seen is None:
        _show_unseen(told, known, either)
        return
    shown = url.asked_for(_PART, [part.key for part in PARTS], "")
    _show_cards(told, shown)
    if not shown:
        over_time.show(either, _OVER_TIME)
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    rows = url.choice(row, "Rows", tuple(_ROWS), "rows", _ROWS.__getitem__)
    only_new = bool(told.compared) and url.switch(row, "Only what is new", "new", new_words(told))
    with_trends = rows == "address" and trends.wanted(row)
    ports = _of_ends(view) | subject.either_way(FlowFilter()).to_params()
    url.link(row, "required_ports", "Required ports", ports, about="of it")
    for part in [part for part in PARTS if shown in ("", part.key)]:
        _show_part(view, told, part, rows, only_new=only_new, with_trends=with_trends)
    if shown:
        over_time.show(either, _OVER_TIME)


def _show_card(told: About, known: Known) -> None:
    """Who it is: a pair of words and value for each thing that is known."""
    st.subheader(plain(title(known, told)), anchor=False)
    if changed := handed_over(told, clock.zone()):
        st.warning(plain(changed), icon=":material/swap_horiz:")
    with st.container(border=True, key="address_card"), st.grid(6, min_column_width=150, gap="small") as cells:
        for what, value in facts(known, told, clock.zone()):
            with cells.cell(), st.container(gap=None):
                st.caption(plain(what))
                st.markdown(plain(value))
                if what == "Subnet" and told.subject.kind is not SubjectKind.SUBNET:
                    url.link(st.container(), "address", "All of it", {"ip": value})


def _show_unseen(told: About, known: Known, either: View) -> None:
    said, hint = unseen(told, known, session.extent(), clock.zone())
    st.info(plain(hint), title=plain(said), icon=":material/visibility_off:")
    if told.ever:
        empty.offer(either.flow_filter, either.asked)
        return
    row = st.container(horizontal=True)
    url.link(row, "coverage", "What is logged")
    url.link(row, "connect", "Import flow logs")


def _show_cards(told: About, shown: str) -> None:
    """How much there is of each part, with the way to it alone, and how much of all is new.

    Four tables and a chart stand one below the other: the last begins three screens down.
    """
    with st.grid(5, min_column_width=150, gap="small"):
        for part in PARTS:
            with st.container(border=True, gap=None, height="stretch"):
                st.metric(plain(part.title), f"{told.in_all[part.key]:,}")
                st.caption(f"services, {counted(flows_by_decision(told.of(part))[part.decision], 'flow')}")
                is_shown = shown == part.key
                st.button(
                    "Show all parts" if is_shown else heard("Only these", part.title),
                    key=f"only_{part.key}",
                    type="tertiary",
                    icon=f":material/{'close' if is_shown else 'arrow_forward'}:",
                    icon_position="right",
                    on_click=params.put,
                    args=({_PART: "" if is_shown else part.key},),
                    disabled=not (is_shown or told.in_all[part.key]),
                )
        if told.compared:
            with st.container(border=True, gap=None, height="stretch"):
                st.metric("New", f"{len(told.news):,}")
                st.caption(f"not seen in {plain(told.compared.words)}")


def _show_part(view: View, told: About, part: Part, rows: str, *, only_new: bool, with_trends: bool) -> None:
    services = told.of(part)
    if only_new:
        services = services[services["new"] != ""].reset_index(drop=True)
    if services.empty:
        st.subheader(plain(f"{part.title}: nothing new" if only_new else part.nothing), anchor=False)
        return
    question = asked.services(part.way.part(told.subject, told.flow_filter), view.store.unsupported)
    shown = by_port(services, part) if rows == "port" else services
    went = trends.of(view, question, shown) if with_trends else ()
    beside_a_trend = "last_seen" if part.decision is Decision.DENIED else "first_seen"
    own = (part.way.own, part.way.own_end, part.way.name_of_own) if services[part.way.own].nunique() == 1 else ()
    tables.show(
        shown,
        tables.TableView(
            part.title,
            part.key.replace("_", "-"),
            question,
            of=told.in_all[part.key] if rows != "port" and not only_new else None,
            bars=("flows",),
            colour=flows.COLOURS[part.decision],
            trends=went,
            hide=(*_HIDDEN, *((beside_a_trend,) if went else ()), *own, *(() if services["new"].any() else ("new",))),
            note=f"{counted(flows_by_decision(services)[part.decision], 'flow')}{denied_as_well(told, part)}",
            height=420,
            keeps=("rules", "first_seen") if part.decision is Decision.DENIED else (),
        ),
        on_pick=None if rows == "port" else lambda place: _open(view, services, place),
    )
    if part.decision is Decision.DENIED:
        url.link(st.container(), "denied", "By rule and port", _of_ends(view) | _asked_of(told, part))


def _asked_of(told: About, part: Part) -> dict[str, str]:
    """The condition that the subject is that end, as a link has it."""
    return part.way.part(told.subject, FlowFilter()).to_params()


def _of_ends(view: View) -> dict[str, str]:
    """What a link asked of the ends, taken back."""
    return dict.fromkeys((*view.settled, "either_way"), "")


def _open(view: View, services: pd.DataFrame, place: int) -> None:
    """The flow rows of a service, one way, whatever a link asked of the ends; a callback."""
    url.go("flows", _of_ends(view) | pick.row(view, services, place, *drill.ADDRESSES) | {"level": "rows"})
