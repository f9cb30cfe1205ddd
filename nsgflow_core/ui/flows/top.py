"""The busiest of a view, in short: talkers, required ports and denials; a row leads to the page that explains it."""

from __future__ import annotations

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.question import Question
from nsgflow_core.charts import flows
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.parts import pick, report, tables
from nsgflow_core.ui.parts.pictures import over_time, trends

OVER_TIME = over_time.TimeChart(
    "Allowed and denied over time", "over_time", traffic.over_time, "decision", measures=("flows", "bytes")
)
_HIDDEN = ("directions", "rules", "packets", "bytes", "sources", "destinations", "first_seen", "last_seen")


def questions(view: View) -> tuple[Question, ...]:
    """What all three ask."""
    return tuple(map(view.named, (_talkers(view), _required_ports(view), _denied(view))))


def _talkers(view: View) -> Question:
    return traffic.top_talkers(view.flow_filter, required_ports.TOP)


def _required_ports(view: View) -> Question:
    return required_ports.services(view.flow_filter, "subnet", required_ports.TOP)


def _denied(view: View) -> Question:
    """The first of what Denied shows: asked once for both pages, and no dearer than so few."""
    return denied.first_by_rule_and_port(view.flow_filter, required_ports.TOP, tables.MOST_SHOWN)


def show_talkers(view: View) -> None:
    """Addresses by what they move; a row leads to its pairs."""
    question = view.named(_talkers(view))
    talkers = view.ask(question)
    tables.show(
        talkers,
        tables.TableView(
            "Top talkers",
            "top-talkers",
            question,
            bars=("bytes",),
            halved=True,
            hide=("destinations", "ports"),
        ),
        on_pick=lambda place: url.go("flows", pick.row(view, talkers, place, "src_ip") | {"level": "pairs"}),
    )


def show_required_ports(view: View) -> None:
    """Services that a rule allowed; a row leads to its own on Required ports."""
    asked = _required_ports(view)
    question = view.named(asked)
    ports = view.ask(question)
    went = trends.if_cheap(view, asked, ports)
    tables.show(
        ports,
        tables.TableView(
            "Top required ports",
            "top-required-ports",
            question,
            bars=() if went else ("flows",),
            trends=went,
            halved=True,
            hide=(*_HIDDEN, *(("service",) if went else ())),  # half a page has no room for it beside the trend
            offers=(report.offer(view),),
        ),
        on_pick=lambda place: url.go("required_ports", pick.row(view, ports, place, "source", "destination", "port")),
    )


def show_denied(view: View) -> None:
    """Rules and ports that denied something; a row leads to its own on Denied."""
    asked = _denied(view)
    question = view.named(asked)
    refused = view.ask(question)
    went = trends.if_cheap(view, asked, refused)
    tables.show(
        refused,
        tables.TableView(
            "Top denied",
            "top-denied",
            question,
            bars=("flows",),
            colour=flows.DENIED_COLOUR,
            trends=went,
            hide=("last_seen",) if went else (),
        ),
        on_pick=lambda place: url.go("denied", pick.row(view, refused, place, "nsg", "rule", "port")),
    )
