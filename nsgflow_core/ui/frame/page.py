"""The frame around every page: sign-in, heading, freshness, filter bar, the sentence, and the one error boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from nsgflow_core.analysis.coverage import age
from nsgflow_core.analysis.naming import SomeQuestion, tells_nics, with_names_behind
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.analysis.windows import Window
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import floor, moment_words
from nsgflow_core.errors import BadFilter, Cancelled, FormatError, InputError, NsgflowError, SourceError, StoreError
from nsgflow_core.stores.base import Extent, FlowStore
from nsgflow_core.ui.frame import choices, empty, filter_bar, known, navigation, search, session
from nsgflow_core.ui.frame.asking import clock, links, partly
from nsgflow_core.ui.frame.browser import scripts
from nsgflow_core.ui.frame.busy import running, waiting
from nsgflow_core.ui.frame.plain import heard, plain, store_badge
from nsgflow_core.ui.frame.pointing import chips, pointed
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.unforeseen import reference_to

ICON = "🛡️"
LOGO = Path(__file__).with_name("logo.svg")
LOOK = Path(__file__).with_name("look.css")
_VIEW, _OPEN = "_view", "_open_page"


@dataclass(frozen=True)
class View:
    """What a page shows: a store, and the part of its traffic that the bar, the page and a pick leave."""

    store: FlowStore
    flow_filter: FlowFilter
    asked: FlowFilter
    """What the bar says, without what the page adds."""
    window: Window
    """That of the filter; an end that it leaves open is where the store's flows begin or end."""
    held: Window
    """From the store's first flow to its last."""
    refused: tuple[BadFilter, ...]
    """What of the bar has no meaning and was left out."""
    settled: frozenset[str]
    """The dimensions that the page decides."""

    def named(self, question: SomeQuestion) -> SomeQuestion:
        """The same question, its answer with the names that this store knows."""
        return with_names_behind(
            question, self.store.unsupported, known.nics(self.store) if tells_nics(question) else None
        )

    def ask(self, question: Question | Composed) -> pd.DataFrame:
        """The answer to a question of `analysis`; it may come from the cache."""
        return session.ask(question)

    def asking(self, *questions: Question | Composed) -> AbstractContextManager[None]:
        """Inside, the answers to all of them are made, in their order, while the page draws those that are there."""
        return session.side_by_side(questions)

    def later(self, question: Question | Composed) -> Callable[[], pd.DataFrame]:
        """The question asked when this is called: for a download, which runs outside the session."""
        check = access.check_later()

        def ask() -> pd.DataFrame:
            check()
            return question.ask(self.store)

        return ask

    def narrowed(self, flow_filter: FlowFilter) -> View:
        """This view of another part of the traffic."""
        return replace(self, flow_filter=flow_filter)


@dataclass(frozen=True)
class _Framed:
    """The mark that the frame was drawn in this run; a page without it was opened alone."""

    view: View | None = None


def open_frame() -> Page:
    """Draw everything around the page that the URL asks for; the page itself, to run next."""
    _configure()
    st.html(LOOK)
    row, chosen = navigation.menu(is_hidden=access.role() is None)
    st.session_state[_OPEN] = row.name
    scripts.load()  # after the menu: what tells the width asks for a run of the page that the browser knows by then
    access.guard()
    session.begin_run()
    waiting.begin_run()
    choices.refresh()
    pointed.begin_run(row.settled if row.filtered else None)
    running.show(row.name)
    words, box = _heading(row)
    links.begin_run(st.container())
    partly.begin_run(st.container())
    if not row.filtered:
        search.show(box)
        empty.say_whose(session.active(), row.name)
        if not row.says_itself:
            _store_name(words, session.active())
    st.session_state[_VIEW] = _Framed(_filtered_view(row, words, box) if row.filtered else None)
    return chosen


def _heading(row: navigation.PageRow) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The page's title and, at its right, who is signed in; the places for words about the store and for the search."""
    heading = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    heading.header(plain(row.title), anchor=False, width="content")
    right = heading.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
    box = right.container(width=250, key="search_box")
    words = right.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="store")
    access.show_person(right)
    return words, box


def _configure() -> None:
    """Title, icon, logo. Without an emoji here the browser would fetch a page's Material icon from a font host."""
    st.set_page_config(page_title="nsgflow", page_icon=ICON, layout="wide")
    st.logo(LOGO.read_text("utf-8"), size="medium")


def view() -> View:
    """What the page shows. Opened without its frame (a deep link on a fresh server), the page starts again in it."""
    made = _framed().view
    if made is None:
        raise RuntimeError("This page has no filter bar: its row in navigation.PAGES says filtered=False.")
    return made


def whole() -> View:
    """What a page would show of all that the session's store holds. The store must hold something."""
    shown, everything = session.active(), FlowFilter()
    return View(
        shown.store, everything, everything, *_windows(everything, session.extent()), refused=(), settled=frozenset()
    )


def framed() -> None:
    """For a page without filter bar: start again inside the frame when it was opened alone."""
    _framed()


def _framed() -> _Framed:
    mark = st.session_state.pop(_VIEW, None)
    if not isinstance(mark, _Framed):
        _configure()
        access.guard()
        navigation.menu()
        st.rerun()
    return mark


@contextmanager
def error_boundary() -> Iterator[None]:
    """Every failure in words: what a user can act on with what to do, anything else with a reference to the log."""
    try:
        yield
    except NsgflowError as error:
        st.warning(plain(error.hint) or "Nothing was changed.", title=plain(error.message), icon=":material/info:")
        _link_after(error)
    except Exception as failure:
        reference = reference_to(failure, "while a page was drawn")
        st.error(
            f"The page could not be shown. The server's log has the details under **{plain(reference)}**.",
            title="Something went wrong on our side",
            icon=":material/error:",
        )


_GO_ON: Mapping[type[NsgflowError], str] = {StoreError: "connect", SourceError: "connect", FormatError: "connect"}
_BY_THE_SAMPLE = (
    "With the sample estate shown, this page opens, and with it the way to a workspace, a cluster or a Parquet folder: "
    "they need no store on this machine."
)


def _link_after(error: NsgflowError) -> None:
    if isinstance(error, Cancelled):
        st.button("Ask again", icon=":material/refresh:", key="ask_again")
    if isinstance(error, BadFilter):
        st.button("Clear all filters", on_click=filter_bar.clear, icon=":material/filter_alt_off:", key="clear_failed")
    for kind, name in _GO_ON.items():
        if not isinstance(error, kind) or isinstance(error, InputError):
            continue
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.button("Try again", icon=":material/refresh:", key="try_again")
        is_connect = st.session_state.get(_OPEN) == name
        if not is_connect:
            row.page_link(navigation.page_file(name), label="Go to Connect", icon=":material/database:")
        if not session.shows_sample():
            row.button("Show the sample estate", on_click=session.use_sample, icon=":material/science:", key="leave")
        if is_connect and not session.shows_sample():
            st.caption(_BY_THE_SAMPLE)


def _filtered_view(row: navigation.PageRow, words: DeltaGenerator, box: DeltaGenerator) -> View:
    try:
        shown = session.active()
        is_told = empty.say_whose(shown, row.name)
        held = session.extent()
        reading = filter_bar.show(row.name, row.settled) if held.tuples else None
    except NsgflowError:
        filter_bar.put_by()
        raise
    finally:  # what the bar asked of the store is at hand now; nothing can be drawn any more where the page ends
        search.show(box)
    if reading is None:
        _store_words(words, shown, held, is_told=is_told)
        empty.stop_without_flows(shown)
    _store_words(words, shown, held, is_told=is_told)  # on the clock that the bar has read from the link
    about = row.about(reading.flow_filter)
    windows = _windows(about, held)
    made = View(shown.store, about, reading.flow_filter, *windows, reading.refused, row.settled)
    if not row.says_itself:
        say(made, about)
        met = replace(about, since=None, until=None) if row.compares else about
        empty.stop_without_match(met, reading.flow_filter)
    return made


def _windows(about: FlowFilter, extent: Extent) -> tuple[Window, Window]:
    """The filter's window, and that of all flows; to whole minutes where it is the flows that end it."""
    if extent.first is None or extent.until is None:
        raise RuntimeError("An empty store has no window: empty.stop_without_flows comes first.")
    minute = timedelta(minutes=1)
    held = Window(floor(extent.first, minute), extent.until)
    since = about.since or min(held.since, (about.until or held.until) - minute)
    return Window(since, about.until or max(held.until, since + minute)), held


def _store_words(words: DeltaGenerator, shown: session.ActiveStore, held: Extent, *, is_told: bool) -> None:
    """Which store this is and how fresh it is, at the right of the heading; the way to one's own where none is told."""
    _store_name(words, shown)
    if held.last is not None:
        old = plain(age(held.last, datetime.now(UTC)))
        newest = plain(moment_words(held.last, clock.zone()))
        words.caption(f"{counted(held.tuples, 'log entry')} · newest {newest} ({old})")
    if shown.is_sample and not is_told:
        words.page_link(navigation.page_file("connect"), label="Use your own", icon=":material/arrow_forward:")


def _store_name(words: DeltaGenerator, shown: session.ActiveStore) -> None:
    if shown.is_sample:
        words.badge("Sample estate", icon=":material/science:", color="violet")
    else:
        words.markdown(store_badge(shown.store.name))


def say(view: View, about: FlowFilter) -> None:
    """What is shown, in one sentence, with the way back to everything; and what of the filter had no meaning."""
    for error in view.refused:
        st.warning(plain(error.hint), title=f"Left out: {plain(error.message)}", icon=":material/filter_alt_off:")
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="shown")
    row.markdown(f"**{plain(about.describe(clock.zone()))}**", width="content")
    chips.show(row, view.asked.without(*view.settled))
    if view.asked != FlowFilter():
        row.button(
            heard("Clear all", "of the filter"),
            on_click=filter_bar.clear,
            type="tertiary",
            icon=":material/close:",
            key="clear_all",
        )
    pointed.show(about)
