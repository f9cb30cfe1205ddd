"""The report of a page's filter as a file to take away: required ports and denials, with charts and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime

from nsgflow_core.analysis.required_ports import EndsAs
from nsgflow_core.report import as_html, asking
from nsgflow_core.ui.frame import known
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts.export import Offer
from nsgflow_core.words.visible import utf8


def offer(view: View, by: EndsAs = "subnet") -> Offer:
    """The report of what the bar says; the page's own condition would leave out the denials."""
    check, store, flow_filter = access.check_later(), view.store, view.asked
    inventory, zone = known.inventory(known.settings_of(store)), clock.zone()

    def make() -> bytes:
        check()
        return utf8(as_html.write(asking.ask(store, flow_filter, inventory, datetime.now(UTC), by, zone)))

    words = "required ports and denials with charts, one HTML file that prints"
    return Offer("Report", "nsgflow-report.html", "text/html", words, make)
