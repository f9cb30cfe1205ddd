"""How long the local store keeps flows, a copy of it, and making it anew: each says what it does before it does it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core import COMMAND
from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.errors import NsgflowError
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.stores.local.disk.passing import passing
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.backup import back_up
from nsgflow_core.stores.local.upkeep.retention import MOST_DAYS, Leaving
from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.connect.state import start_import, state
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.known import Said
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import said
from nsgflow_core.words.numbers import counted

MOST_DOWNLOADED = 500 << 20
"""A browser's download is made in memory; a larger store is copied with the command."""
_DAYS = "keep_days"
_ASKED = "_asked_to"
_SAID = "_keeping_said"


def show() -> None:
    """The card; nothing while the local store holds nothing."""
    store = session.local_store()
    if not store.knows_blobs():
        return
    size = store.path.stat().st_size
    with cards.card("What the local store keeps", f"{store.path.name} · {bytes_in_words(size)}", key="keeping"):
        said.show(st.session_state.get(_SAID, []))
        _show_retention(store)
        row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="keeping_more")
        _offer_copy(row, store, size)
        _offer_rebuild(row)


def _show_retention(store: LocalStore) -> None:
    """The choice, what it lets go, and the buttons: one sets it, two let go."""
    kept = keeping.days_kept(store)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="keeping_days")
    st.session_state.setdefault(_DAYS, kept)  # not by `value`: a field that starts with one cannot be emptied
    days = row.number_input(
        "Days to keep",
        min_value=1,
        max_value=MOST_DAYS,
        value=None,
        placeholder="all",
        key=_DAYS,
        width=160,
        help="Whole days (UTC) before the newest flow. Empty: everything is kept.",
    )
    row.button(
        "Set",
        on_click=_set,
        args=(store, days),
        disabled=days == kept or not access.may_edit(),
        icon=":material/event_repeat:",
        key="set_days",
    )
    leaving = _leaving(store.identity, days, datetime.now(UTC).date(), store)
    if leaving is None:
        st.caption("Nothing goes." if days else "Nothing goes until you choose how many days to keep.")
    elif leaving.is_nothing:
        st.caption(f"Nothing is older than {leaving.before:%Y-%m-%d} (UTC).")
    elif days != kept:
        st.markdown(f"**Would go:** {plain(leaving.words)}")
    else:
        st.markdown(f"**Goes with the next import:** {plain(leaving.words)}")
        _ask_twice(store, leaving)


@st.cache_data(ttl="30m", max_entries=20, show_spinner="Counting what would go…")
def _leaving(identity: str, days: int | None, today: date, _store: LocalStore) -> Leaving | None:
    """What would go; counted once for a state of the store, since it looks at every flow and pages run often."""
    return keeping.leaving(_store, days)


def _ask_twice(store: LocalStore, leaving: Leaving) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="letting_go")
    if st.session_state.get(_ASKED) != leaving:
        row.button(
            "Let it go now",
            on_click=_ask,
            args=(leaving,),
            disabled=not access.may_edit(),
            icon=":material/auto_delete:",
            key="let_go",
        )
        return
    row.button(
        f"Yes, let {counted(leaving.tuples, 'log entry')} go", on_click=_let_go, args=(store, leaving), type="primary",
        icon=":material/auto_delete:", key="let_go_really",
    )  # fmt: skip
    row.button("No", on_click=_ask, args=(None,), key="let_nothing_go")
    row.caption("The source still has them, as long as it keeps them.")


def _ask(leaving: Leaving | None) -> None:
    st.session_state[_ASKED] = leaving


def _set(store: LocalStore, days: int | None) -> None:
    try:
        keeping.keep_days(store, days)
    except NsgflowError as error:
        return _say(str(error), is_good=False)
    return _say(f"{keeping.kept_words(days)} from now on.")


def _let_go(store: LocalStore, agreed: Leaving) -> None:
    before = store.path.stat().st_size
    st.session_state.pop(_ASKED, None)
    try:
        gone = keeping.retire(store, agreed=agreed)
    except NsgflowError as error:
        return _say(str(error), is_good=False)
    session.begin_run()
    if gone is None:
        return _say("Nothing had to go.")
    after = store.path.stat().st_size
    return _say(f"Gone: {gone.words} The file shrank from {bytes_in_words(before)} to {bytes_in_words(after)}.")


def _say(sentence: str, *, is_good: bool = True) -> None:
    st.session_state[_SAID] = [Said(sentence, is_good=is_good)]


def _offer_copy(row: DeltaGenerator, store: LocalStore, size: int) -> None:
    if size > MOST_DOWNLOADED:
        row.caption(f"A copy while it is in use: {plain(COMMAND)} backup FILE on the server.")
        return
    row.download_button(
        "Download a copy", lambda: _copy_of(store), file_name=store.path.name, mime="application/octet-stream",
        on_click="ignore", icon=":material/download:", key="download_store",
        help="A store as of now, safe while an import runs. Copying the file itself is not.",
    )  # fmt: skip


def _copy_of(store: LocalStore) -> bytes:
    with passing("copy") as folder:
        return back_up(store, folder / "copy.duckdb").path.read_bytes()


def _offer_rebuild(row: DeltaGenerator) -> None:
    """Make the store anew from the source that this session opened, with all that it has."""
    opened = state().opened
    row.button(
        "Make it anew from the source",
        on_click=start_import,
        args=(opened.source, ImportWindow()) if opened else (),
        kwargs={"anew": True},
        disabled=opened is None or not access.may_edit(),
        icon=":material/cached:",
        key="rebuild_store",
        help="Reads all of the source into a new store, which takes this one's place when it is whole. Maps, rules and "
        "reviews stay, and so does this store if anything cannot be read."
        if opened
        else "Open the source above first.",
    )
