"""The Export menu of a table: all its rows as each format of a file, made at the click, with where they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.provenance import origin_of
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.ask.answers import in_zone
from nsgflow_core.exports import FILE_FORMATS, FileFormat
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.busy import failed_files
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.ui.frame.sign_in import access


@dataclass(frozen=True)
class Offer:
    """One file of an Export menu: its words, its name, and what makes it, outside the session, at the click."""

    label: str
    file_name: str
    media_type: str
    help: str
    make: Callable[[], bytes]


def menu(
    row: DeltaGenerator,
    frame: pd.DataFrame,
    title: str,
    file_name: str,
    question: Question | Composed | None,
    complete: Callable[[], pd.DataFrame] | None,
    offers: Sequence[Offer],
) -> None:
    """The button that opens it; a table without rows has nothing to take away.

    `complete` gives all rows where the frame is a part of them, `offers` are further files.
    """
    store, check, zone = session.current_store(), access.check_later(), clock.zone()

    def offer(form: FileFormat) -> Offer:
        def make() -> bytes:
            check()
            whole = in_zone(complete() if complete else frame, zone)
            return form.write(whole, lambda: origin_of(store, title, question, datetime.now(UTC), zone))

        return Offer(form.label, f"{file_name}.{form.extension}", form.media_type, form.help, make)

    forms = [offer(form) for form in FILE_FORMATS.values() if form.on_pages]
    menu_of = row.popover(
        heard("Export", title), icon=":material/download:", type="tertiary", key=f"export_{file_name}",
        disabled=frame.empty,
    )  # fmt: skip
    for each in (*forms, *offers):
        _offered(menu_of, each, f"{each.label.lower()}_{file_name}")


def _offered(place: DeltaGenerator, offer: Offer, key: str) -> None:
    place.download_button(
        plain(offer.label),
        data=failed_files.watched(offer.file_name, offer.make),
        file_name=offer.file_name,
        mime=offer.media_type,
        key=key,
        icon=":material/download:",
        type="tertiary",
        help=plain(offer.help),
        on_click="ignore",
    )
