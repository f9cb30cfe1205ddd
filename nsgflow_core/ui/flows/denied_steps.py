"""The parts of the Denied page, and the step from a bar or a source to the flows behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis import denied
from nsgflow_core.analysis.question import Question
from nsgflow_core.charts import flows
from nsgflow_core.charts.pointed import ranked
from nsgflow_core.charts.pointed.ranked import RULE_AND_PORT
from nsgflow_core.inventory.names.logged_nsgs import NO_NSG
from nsgflow_core.ui.flows import denied_stories
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.parts import pick, tables
from nsgflow_core.ui.parts.export import Offer
from nsgflow_core.ui.parts.pictures import chart_files, over_time, pointed_picture, trends
from nsgflow_core.words.vocabulary import Direction

CHART_HEIGHT = ranked.height(ranked.MOST)
SHOWN = 500
OVER_TIME = over_time.TimeChart("Over time, by rule", "denied_time", denied.over_time, "rule", height=CHART_HEIGHT)


def questions(view: View) -> tuple[Question, ...]:
    """Whose rules denied it, rules and ports, and the sources."""
    return denied.nsgs(view.flow_filter), _rules(view), _sources(view)


def _rules(view: View) -> Question:
    """As many as the table shows, for the bars too: asked once."""
    return denied.by_rule_and_port(view.flow_filter, tables.MOST_SHOWN)


def _sources(view: View) -> Question:
    return view.named(denied.by_source(view.flow_filter, SHOWN))


def show_bars(view: View) -> Sequence[Offer]:
    """The rules and ports that denied most, as bars; a click on one offers what can be done with it.

    Returns the bars as files to take away.
    """
    question = _rules(view)
    tables.chart_heading("By rule and port", question, "denied_bars", "Click a bar for more.")
    busiest = view.ask(question)
    bars = ranked.rules_and_ports(busiest.head(ranked.MOST))
    pointed_picture.show(bars, "denied_bars", "Denied flows by rule and port")
    return chart_files.of(bars, "Denied by rule and port", view.flow_filter, "denied")


def show_rules(view: View, bars: Sequence[Offer], *, with_trends: bool) -> None:
    """Every rule and port that denied something; its files, and those of its bars."""
    question = view.named(_rules(view))
    busiest = view.ask(question)
    went = trends.of(view, denied.by_rule_and_port(view.flow_filter), busiest) if with_trends else ()
    tables.show(
        busiest,
        tables.TableView(
            "Rules and ports",
            "denied",
            question,
            complete=view.later(view.named(denied.by_rule_and_port(view.flow_filter))),
            bars=("flows",),
            colour=flows.DENIED_COLOUR,
            offers=bars,
            hide=("last_seen",) if went else (),  # there is no room for it, and the trend shows whether it goes on
            trends=went,
        ),
        on_pick=lambda place: _open(view, busiest, place, *RULE_AND_PORT),
    )


def link_to_rules(view: View, place: DeltaGenerator) -> None:
    """The way to what would mend it, where one NSG denied all that is shown."""
    found = view.ask(denied.nsgs(view.flow_filter))
    if len(found) != 1:
        return
    nsg, direction = map(str, found.loc[found.index[0], ["nsg", "direction"]])
    if nsg != NO_NSG:
        url.link(place, "rules", "What would let it in" if direction == Direction.INBOUND else "What would let it out",
                 narrowing.rules_of(nsg, direction))  # fmt: skip


def show_sources(view: View) -> None:
    """Where denied traffic came from."""
    question = _sources(view)
    sources = view.ask(question)
    tables.show(
        sources,
        tables.TableView(
            "Sources",
            "denied-sources",
            question,
            complete=view.later(view.named(denied.by_source(view.flow_filter))),
            bars=("flows",),
            colour=flows.DENIED_COLOUR,
        ),
        on_pick=lambda place: _open(view, sources, place, "src_ip"),
    )


def _open(view: View, frame: pd.DataFrame, place: int, *columns: str) -> None:
    """The flows of a row: the page narrowed to it; a callback."""
    narrowing.apply(pick.row(view, frame, place, *columns) | {denied_stories.KEY: "rows"})
