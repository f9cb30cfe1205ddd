"""The session's store, and the one door through which pages ask it.

Which store is shown is a choice of the session: the local store when it holds flows, otherwise the sample estate,
until somebody chooses. Answers are cached by query and by the store's identity, never by session, except when a store
is read with the user's own credential: those answers stay in the session that fetched them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from nsgflow_core.analysis.question import Composed, Question, asking
from nsgflow_core.errors import NsgflowError, StoreIncompatible, StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.sample.source import (
    SampleSource,
    sample_fingerprint,
    sample_named_inventory,
    sample_nsg_names,
    sample_subnets,
)
from nsgflow_core.stores.base import Extent, FlowStore, Query
from nsgflow_core.stores.local.disk.failures import translated
from nsgflow_core.stores.local.disk.location import cache_folder, default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.copying import in_place_of, wal_of
from nsgflow_core.ui.frame.asking import partly
from nsgflow_core.ui.frame.busy import waiting as waits
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.memory.ahead import Ahead
from nsgflow_core.ui.memory.answers import KeptAnswers, shared

T = TypeVar("T")

_CHOICE = "_store"
_ACTIVE, _SEEN = "_active_store", "_local_store_seen"
_SAMPLE_MARK = "sample"
_filling = threading.Lock()
_ANSWERS = KeptAnswers(256 << 20)
"""Those of stores that all sessions may read."""
AHEAD = Ahead(_ANSWERS)
"""What is made of them before anybody asks."""
_VALUES = 500
"""Of a dimension, for pickers."""
_OWN, _OWN_BYTES = "_answers", 128 << 20
"""Where a session keeps those of a workspace or database that is read as the user, and how much of them."""


@dataclass(frozen=True)
class ActiveStore:
    """The store that a session looks at, and how to speak of it."""

    store: FlowStore
    is_sample: bool = False
    is_personal: bool = False
    """Read with the user's own credential: its answers must not reach another session."""


def use_store(store: FlowStore, *, is_sample: bool = False, is_personal: bool = False) -> None:
    """Look at this store from now on, in this session."""
    st.session_state[_CHOICE] = ActiveStore(store, is_sample, is_personal)
    begin_run()


@access.refused_in_words
def use_local_store() -> None:
    """Look at the local store from now on, also while it is empty."""
    use_store(local_store())


@access.refused_in_words
def use_sample() -> None:
    """Look at the sample estate from now on."""
    use_store(sample_store(), is_sample=True)


def forget_choice() -> None:
    """Back to the default: the local store when it holds flows, otherwise the sample estate."""
    for key in (_CHOICE, _SEEN):
        st.session_state.pop(key, None)
    begin_run()


def begin_run() -> None:
    """Look anew which store to show and whether it changed; once a run, so that a page speaks of one state."""
    st.session_state.pop(_ACTIVE, None)


def active() -> ActiveStore:
    """The store that this session looks at, as it was when this run first asked."""
    access.check_may_look()
    if _ACTIVE not in st.session_state:
        chosen = st.session_state.get(_CHOICE) or _default()
        st.session_state[_ACTIVE] = (chosen, waits.opened(lambda: chosen.store.identity))
    shown: ActiveStore = st.session_state[_ACTIVE][0]
    return shown


def _default() -> ActiveStore:
    """The local store where it holds flows, or did so in this session: the sample answers for no file that has gone."""
    local = local_store()
    if waits.opened(partial(_extent, local)).tuples or st.session_state.get(_SEEN) == local.path:
        st.session_state[_SEEN] = local.path
        return ActiveStore(local)
    return ActiveStore(sample_store(), is_sample=True)


def current_store() -> FlowStore:
    """The store that this session looks at, without the words about it."""
    return active().store


def local_store() -> LocalStore:
    """The store on this machine (NSGFLOW_STORE, otherwise the user data folder), as this session may use it.

    This is where the pages' stores come from: a stranger gets none, and a change asks for the leave to make it.
    """
    access.check_may_look()
    return _staying_open(default_store_path())


def store_to_change() -> LocalStore:
    """The store on this machine for work in a thread, in the name of who starts it. Raises NotAllowed."""
    return local_store().changed_by(access.editor())


def local_extent() -> Extent:
    """What the store on this machine holds; nothing where there is none yet. Raises StoreError."""
    return waits.opened(partial(_extent, local_store()))


def shows_sample() -> bool:
    """True when the sample estate was chosen."""
    chosen: ActiveStore | None = st.session_state.get(_CHOICE)
    return chosen is not None and chosen.is_sample


def sample_store() -> LocalStore:
    """The sample estate in a store of its own in the user's cache folder, filled at its first use."""
    access.check_may_look()
    path = cache_folder() / "sample.duckdb"
    with _filling:
        if not _is_filled(path):
            with st.spinner("Writing the sample estate, once…"):
                _fill(path)
    return _staying_open(path)


def _staying_open(path: Path) -> LocalStore:
    store = LocalStore(path, editor=access.editor)
    store.stay_open()
    return store


def ask(question: Question | Composed) -> pd.DataFrame:
    """What the session's store answers; each query from the cache where it was asked before."""
    answer = asking(current_store())
    return question.answered(lambda query: kept(query, lambda: answer(query)))


def side_by_side(questions: Iterable[Question | Composed]) -> AbstractContextManager[None]:
    """Inside, the answers to several questions are made side by side, in their order, while the page draws those that
    are there. What is read with the user's own credential is asked when it is shown."""
    return _begun(by_key(questions))


def values_side_by_side(dimensions: Iterable[str]) -> AbstractContextManager[None]:
    """The same for `values` of these."""
    return _begun(values_by_key(dimensions))


def _begun(wanted: Mapping[Hashable, Callable[[], object]]) -> AbstractContextManager[None]:
    if active().is_personal:
        return nullcontext()
    if not all(map(_ANSWERS.has, wanted)):
        waits.check()
    return _ANSWERS.begun(wanted)


def by_key(questions: Iterable[Question | Composed]) -> dict[Hashable, Callable[[], object]]:
    """What makes the answers to them, by the keys under which they are kept."""
    answer, identity = asking(current_store()), state()
    return {(identity, query): partial(answer, query) for question in questions for query in question.queries}


def values_by_key(dimensions: Iterable[str]) -> dict[Hashable, Callable[[], object]]:
    """The same of `values`."""
    store, identity = current_store(), state()
    known = (each for each in dimensions if each not in store.unsupported)
    return {(identity, ("values", each, _VALUES)): partial(store.values, each, _VALUES) for each in known}


def state() -> str:
    """The identity of this run's store as it was when the run first asked: answers are kept by it."""
    active()
    return str(st.session_state[_ACTIVE][1])


def extent() -> Extent:
    """First and last flow and the number of log entries of the session's store."""
    return kept("extent", partial(_extent, current_store()))


def values(dimension: str, limit: int = _VALUES) -> list[str]:
    """Values of a dimension for pickers; none when the store cannot know it."""
    store = current_store()
    if dimension in store.unsupported:
        return []
    return kept(("values", dimension, limit), lambda: store.values(dimension, limit))


def values_at_hand(dimension: str) -> list[str]:
    """The same for what a page can do without: nothing of a workspace that was not asked before, nor of a store that
    fails, which the page itself says."""
    try:
        shown = active()
        if shown.is_personal and not _own_answers().has((state(), ("values", dimension, _VALUES))):
            return []
        return values(dimension)
    except NsgflowError:
        return []


def explain(query: Query) -> str:
    """The exact query text behind an answer."""
    return kept(("explain", query), partial(current_store().explain, query))


def kept(asked: Hashable, make: Callable[[], T]) -> T:
    """What `make` gives, kept under what is asked (a query, or words and a query) and the state of this run's store."""
    waiting = "Asking in Azure…" if active().is_personal else "Asking the store…"
    return shared(kept_once(_ANSWERS, state(), asked, make, waiting))


def _extent(store: FlowStore) -> Extent:
    """Of a local store that was never written to, nothing; a workspace or a folder that is gone is no empty one."""
    try:
        return store.extent()
    except StoreMissing:
        if not isinstance(store, LocalStore):
            raise
        return Extent(None, None, 0)


def kept_once(everyones: KeptAnswers, identity: str, asked: Hashable, make: Callable[[], T], waiting: str) -> T:
    """What `make` gives, from `everyones` answers where it was asked before; from the session's own where the store is
    read with the user's own credential. `waiting` is said while it is made."""
    answers, key = _own_answers() if active().is_personal else everyones, (identity, asked)
    if answers.has(key):
        return partly.told(answers.once(key, make))
    with waits.waiting(waiting) as shown:
        return partly.told(answers.once(key, make, shown.tell))


def _own_answers() -> KeptAnswers:
    own: KeptAnswers = st.session_state.setdefault(_OWN, KeptAnswers(_OWN_BYTES))
    return own


def waited(make: Callable[[], T], words: str) -> T:
    """What `make` gives, kept nowhere: asked in a thread of its own, which ends early when the user goes on."""
    with waits.waiting(words) as shown:
        return partly.told(KeptAnswers(0).once("", make, shown.tell))


def _is_filled(path: Path) -> bool:
    """Filled by this version: the sample of another one is only a cache, and is written anew."""
    try:
        return path.exists() and LocalStore(path).setting(_SAMPLE_MARK) == sample_fingerprint()
    except StoreIncompatible:
        return False


def _fill(path: Path) -> None:
    """Write the sample beside its place and move it there, so that nobody ever opens half of it.

    Raises StoreError, in words, where the disk does not take it.
    """
    try:
        with in_place_of(path) as new:
            store = LocalStore(new)
            import_flows(SampleSource(), store)
            store.save_subnets(sample_subnets())
            store.save_nsg_names(sample_nsg_names())
            store.save_address_names(sample_named_inventory().address_names)
            store.save_setting(_SAMPLE_MARK, sample_fingerprint())
            wal_of(path).unlink(missing_ok=True)  # of the file that is replaced
    except OSError as failure:
        raise translated(failure, path) from failure
