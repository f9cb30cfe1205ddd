"""What the Rules page keeps: imported rules and decisions with the store, everything else in the session.

A store of somebody's workspace takes no notes, so there they stay in the session.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.nics import read_nics, read_service_tags
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.rule_sets import read_rule_sets, write_rule_set
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.evidence_query import Scope
from nsgflow_core.rules.review.decisions import Settings
from nsgflow_core.sources.sample.source import sample_nsgs
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import session

RULE_SETS = "rule-sets"
"""The setting under which imported rules are kept."""
_TAGS, _NICS = "_rules_service_tags", "_rules_nics"


@dataclass(frozen=True)
class SessionSettings:
    """Small texts kept in the session, for a store that keeps none."""

    store_name: str

    def setting(self, key: str) -> str | None:
        """The text of a key; None when there is none."""
        return st.session_state.get(self._key(key))

    def save_setting(self, key: str, text: str) -> None:
        """Keep a text under a key."""
        st.session_state[self._key(key)] = text

    def _key(self, key: str) -> str:
        return f"_setting/{self.store_name}/{key}"


def settings_of(store: FlowStore) -> Settings:
    """Where notes about this store go."""
    return store if isinstance(store, LocalStore) else SessionSettings(store.name)


def rule_sets(settings: Settings) -> tuple[RuleSet, ...]:
    """The imported NSGs; on the sample estate its own ones until others are imported."""
    kept = settings.setting(RULE_SETS)
    if kept:
        return _read(kept)
    return sample_rule_sets() if session.active().is_sample else ()


def is_imported(settings: Settings) -> bool:
    """True when somebody imported rules, also where the sample has its own."""
    return bool(settings.setting(RULE_SETS))


def keep_rule_sets(settings: Settings, imported: Iterable[RuleSet]) -> None:
    """Keep these NSGs, each in place of an earlier one of the same id or, where it has none, of the same name."""
    held = {_identity(each): each for each in rule_sets(settings) if is_imported(settings)}
    held |= {_identity(each): each for each in imported}
    texts = [json.loads(write_rule_set(each)) for each in held.values()]
    settings.save_setting(RULE_SETS, json.dumps(texts, ensure_ascii=False))


def forget_rule_sets(settings: Settings) -> None:
    """Forget what was imported."""
    settings.save_setting(RULE_SETS, "")


def take_in(settings: Settings, content: bytes) -> str:
    """Keep an uploaded file: NSGs, service tags or NICs; what it was, in words. Raises BadRuleSet for any other."""
    try:
        found = read_rule_sets(content)
    except BadRuleSet as no_rules:
        if tags := _tried(read_service_tags, content):
            st.session_state[_TAGS] = (tags, _fingerprint(content))
            return f"{len(tags):,} service tags, for this session"
        if nics := _tried(read_nics, content):
            st.session_state[_NICS] = (nics, _fingerprint(content))
            return f"{len(nics):,} NIC addresses, for this session"
        raise no_rules from None
    keep_rule_sets(settings, found)
    return f"{len(found)} NSG{'s' if len(found) != 1 else ''}"


def address_space(store: FlowStore) -> tuple[AddressSpace, str]:
    """What tags and security groups stand for, and a fingerprint of the files behind it for cache keys."""
    tags, tags_mark = st.session_state.get(_TAGS, (None, ""))
    nics, nics_mark = st.session_state.get(_NICS, (None, ""))
    return AddressSpace.of(store.subnets, service_tags=tags, nics=nics), tags_mark + nics_mark


def candidates(imported: Iterable[RuleSet], scope: Scope) -> list[RuleSet]:
    """The NSGs that may be the one of this scope: of that name, id or guid, or set on that subnet."""
    wanted = scope.name.casefold()
    if scope.subnet:
        return [
            each for each in imported if wanted in (subnet.rsplit("/", 1)[-1].casefold() for subnet in each.subnets)
        ]
    return [each for each in imported if wanted in (each.name.casefold(), each.resource_guid.casefold())]


@st.cache_resource(max_entries=1)
def sample_rule_sets() -> tuple[RuleSet, ...]:
    """The NSGs of the sample estate, as they are at the end of its week."""
    return read_rule_sets(json.dumps(sample_nsgs()))


@st.cache_resource(ttl="30m", max_entries=8, scope="session")
def _read(text: str) -> tuple[RuleSet, ...]:
    return read_rule_sets(text)


def _identity(rule_set: RuleSet) -> str:
    return (rule_set.nsg_id or rule_set.name).casefold()


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _tried(read, content: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    try:
        return read(content)
    except BadRuleSet:
        return None
