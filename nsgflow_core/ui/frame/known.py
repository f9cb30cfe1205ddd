"""What this session knows of the network: kept with the local store, or with the session beside somebody's workspace.

A store of somebody's workspace takes no notes, so there they stay in the session, on top of what the local store keeps.
The sample estate has an inventory of its own; what is imported of a kind takes that kind's place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.analysis.naming import names_of_nics
from nsgflow_core.errors import BadInventory, StoreError
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import forgotten_words, read, told_words
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.sources.sample.source import sample_inventory, sample_named_inventory
from nsgflow_core.stores.base import FlowStore, keeps
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access


@dataclass(frozen=True)
class SessionSettings:
    """Small texts kept in the session, for a store that keeps none."""

    store_name: str

    def setting(self, key: str) -> str | None:
        """The text of a key; None when there is none."""
        return st.session_state.get(self._key(key))

    def save_setting(self, key: str, text: str, about: str = "") -> None:
        """Keep a text under a key; a session has no history to tell `about` to."""
        st.session_state[self._key(key)] = text

    def alone(self) -> AbstractContextManager[None]:
        """A session is one person's."""
        return nullcontext()

    def settings(self, beginning: str = "") -> dict[str, str]:
        """The texts whose keys begin so, by key."""
        start, held = self._key(""), ((str(key), text) for key, text in st.session_state.items())
        return {key.removeprefix(start): text for key, text in held if key.startswith(start + beginning)}

    def _key(self, key: str) -> str:
        return f"_setting/{self.store_name}/{key}"


@dataclass(frozen=True)
class Said:
    """One sentence about a file that was given."""

    text: str
    is_good: bool


def settings_of(store: FlowStore) -> KeptStore | SessionSettings:
    """Where notes about this store go."""
    keeping = keeps(store)
    return keeping if isinstance(keeping, KeptStore) else SessionSettings(store.name)


def settings_here() -> Settings:
    """Where files given on Connect go: the session beside a workspace, a lake's own notes, else the local store."""
    shown = session.active()
    return session.local_store() if isinstance(shown.store, LocalStore) else settings_of(shown.store)


def may_keep(settings: Settings) -> bool:
    """True when this session may change what is kept there: the session's own notes, or a store as an editor."""
    return isinstance(settings, SessionSettings) or access.may_edit()


def imported(settings: Settings) -> Inventory:
    """What somebody gave, without the sample's own."""
    if isinstance(settings, SessionSettings):
        return _of_local_store().merged(_loaded(settings))
    if _is_sample(settings) and settings.setting(kept.INVENTORY_SETTING) is None:
        return Inventory()
    return _loaded(settings)


def _of_local_store() -> Inventory:
    """What is kept with the store on this machine; nothing where it cannot be opened, which concerns no workspace."""
    try:
        return _loaded(session.local_store())
    except StoreError:
        return Inventory()


def inventory(settings: Settings) -> Inventory:
    """All that is known; on the sample estate its own inventory, but for the kinds that somebody imported."""
    given = imported(settings)
    if not _is_sample(settings):
        return given
    return sample_inventory().without_kinds(*{entry.kind for entry in given.entries}).merged(given)


def with_names(settings: Settings) -> Inventory:
    """The same with what names addresses, which the sample keeps beside its inventory."""
    held = inventory(settings)
    return sample_named_inventory().merged(held) if _is_sample(settings) else held


def names_of(store: FlowStore) -> AddressNames:
    """What names addresses in the answers of a store; beside a workspace what files told."""
    return store.address_names if isinstance(store, LocalStore) else with_names(settings_of(store)).address_names


def nics(store: FlowStore) -> Mapping[str, str]:
    """MAC address -> whose NIC it is."""
    return names_of_nics(names_of(store))


def fingerprint(held: Inventory) -> str:
    """Of all that is known: its files and their times."""
    told = [(entry.identity, entry.file, entry.read) for entry in held.entries]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def take_in(settings: Settings, files: Iterable[tuple[str, bytes]]) -> list[Said]:
    """Keep what files of any kind tell, and say for each what was found and what could not be used."""
    found = read(files)
    held = _change(settings, lambda held: held.updated(found)) if found else _own(settings)
    said = [Said(sentence, is_good=False) for sentence in forgotten_words(held, found)]
    for file in found.files:
        if found.counts(file):
            said.append(Said(f"{file}: {told_words(found, file)}.", is_good=True))
        said += [Said(f"{file}: {each.sentence}", is_good=False) for each in found.findings if each.file == file]
    return said


def forget(settings: Settings, file: str) -> None:
    """Forget what came from a file, in the session and, where it is kept there, in the local store."""
    _change(settings, lambda held: held.without(file))
    if isinstance(settings, SessionSettings) and file in _of_local_store().files:
        _change(session.local_store(), lambda held: held.without(file))


def forget_kind(settings: Settings, kind: str) -> None:
    """Forget what was imported of one kind."""
    _change(settings, lambda held: held.without_kinds(kind))


def _is_sample(settings: Settings) -> bool:
    """True for the store of the sample estate, while it is shown."""
    shown = session.active()
    if not (shown.is_sample and isinstance(shown.store, LocalStore) and isinstance(settings, LocalStore)):
        return False
    return settings.path == shown.store.path


def _own(settings: Settings) -> Inventory:
    return _loaded(settings) if isinstance(settings, SessionSettings) else imported(settings)


def _change(settings: Settings, change: Callable[[Inventory], Inventory]) -> Inventory:
    """Keep what becomes of what is kept by now; what was kept before."""

    def make() -> tuple[Inventory, Inventory]:
        held = _own(settings)
        return held, change(held)

    return kept.change(settings, kept.INVENTORY_SETTING, make, lambda made: _keep(settings, made[1]))[0]


def _keep(settings: Settings, held: Inventory) -> None:
    """The sample estate keeps its own subnets and names: what is imported beside it is a note."""
    if _is_sample(settings):
        settings.save_setting(kept.INVENTORY_SETTING, held.to_json(), kept.files_words(settings, held))
        if isinstance(settings, KeptStore):
            settings.save_address_names(sample_named_inventory().merged(held).address_names)
    else:
        kept.keep(settings, held)


def _loaded(settings: Settings) -> Inventory:
    text = settings.setting(kept.INVENTORY_SETTING)
    try:
        if not text:
            return kept.load(settings)
        return _read(text) if isinstance(settings, SessionSettings) else kept.read(text)
    except BadInventory as error:
        st.warning(plain(error.hint), title=plain(error.message), icon=":material/info:")
        return Inventory()


@st.cache_resource(ttl="30m", max_entries=8, scope="session", show_spinner="Reading the inventory…")
def _read(text: str) -> Inventory:
    return kept.read(text)  # which sessions share that keep the same
