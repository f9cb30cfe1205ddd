"""The head of the Rules page: for which NSG or subnet, in which direction, against which existing rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis import coverage
from nsgflow_core.analysis.unmet.names import unknown_scope
from nsgflow_core.ask.operators import read_value, split_values
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.accepts.limits import LIMITS, OLDER, TODAY, words_of
from nsgflow_core.rules.decide.beside import with_others
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.dial import DEFAULT_EXACTNESS, RUNGS
from nsgflow_core.rules.draft.grouping.groups import NamedGroups
from nsgflow_core.rules.draft.grouping.worth import WHATEVER_IS_NEW
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.ui.frame import known, params, session, url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.rules import existing as rules_existing
from nsgflow_core.ui.rules import groups, kept
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Direction

DIAL = {rung.name: rung.exactness for rung in RUNGS}
DEFAULT_DIAL = next(rung.name for rung in RUNGS if rung.exactness == DEFAULT_EXACTNESS)
DIAL_KEY = "dial"
_KINDS = {"nsg": "NSG", "subnet": "Subnet"}
_INTERNET = {
    "auto": f"Internet where {DraftOptions().internet_threshold} met one service",
    "never": "Always the addresses",
    "always": "Always Internet",
}
_TAGS = {
    "propose": "Ask about a service tag that holds them",
    "use": "Write the service tag that holds them",
    "never": "No service tag",
}
_SHARES = {
    "half": "where half of those seen did the same, and new pairs come",
    "half-always": "where half of those seen did the same, whatever comes new",
    "third": "where a third did",
    "most": "where three quarters did",
    "from-3": "from 3 addresses on, however many it has",
}
_GROUPS = {
    "infer": "Groups from the ports that hosts serve and use",
    "none": "No groups inside a subnet",
    "kept": "The groups that somebody gave",
}
_RANGES = {
    "marked": "A marked range for ports that are new every day",
    "apart": "Set ports that are new every day apart",
}


def choose(view: View) -> RulesSubject:
    """Draw the head and read it; ends the page when there is nothing to choose from."""
    scopes = _scopes(view)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="rules_head")
    default = _asked_for(scopes) or _busiest(view.store) or scopes[0]
    wanted = url.picker(row, "Rules for", scopes, "for", default, _scope_words, always_written=True)
    kind, _, name = wanted.partition("/")
    scope = Scope(nsg=name) if kind == "nsg" else Scope(subnet=view.store.subnets.label_of(name))
    direction = Direction(url.choice(row, "Direction", tuple(map(str, Direction)), "towards", str))
    settings = kept.settings_of(view.store)
    existing = rules_existing.show(row, settings, scope)
    options = replace(
        _choices(row, direction, groups.given(settings)), special=kept.specials(settings, existing, scope)
    )
    network = kept.network(view.store, settings)
    scope = with_others(scope.with_ids_of(existing), existing, network.known)
    if existing is None:
        _stop_without_scope(view.store, scope, network)
    mark = known.fingerprint(network.known)
    exactness = DIAL[url.asked_for(DIAL_KEY, tuple(DIAL), DEFAULT_DIAL)]
    return RulesSubject(view, scope, direction, existing, options, exactness, settings, network, mark)


def _stop_without_scope(store: FlowStore, scope: Scope, network: Network) -> None:
    """End the page where nothing here is called as an old link says: without traffic it would seem to be unused."""
    if not (unknown := unknown_scope(store, scope, network.known)):
        return
    st.info(
        f"{plain(' '.join(unknown))} Choose another above, or import the files that know it.",
        title=f"Nothing is known of {plain(in_short(scope.name))}",
        icon=":material/search_off:",
    )
    params.stop()


def _asked_for(scopes: list[str]) -> str:
    """The one NSG that the filter names, which this page decides by its own choice; "" where it names none or more."""
    named = [read_value(text) for text in split_values(url.params_with().get("nsg", ""))]
    asked = [f"nsg/{value}" for row, value in named if row.key == "is"]
    return asked[0] if len(named) == 1 and asked and asked[0] in scopes else ""


def _busiest(store: FlowStore) -> str:
    name, _ = max(_nsgs(store).items(), key=lambda item: item[1], default=("", 0))
    return f"nsg/{name}" if name else ""


def _scopes(view: View) -> list[str]:
    """`nsg/NAME` and `subnet/NAME` of everything that logged or was named, and what the link asks for."""
    store = view.store
    nsgs = sorted(_nsgs(view.store))
    seen = set(session.values("source", 2_000)) | set(session.values("destination", 2_000))
    subnets = [name for name in store.subnets.names if name in seen]
    if not subnets:
        subnets = sorted(name for name in seen if "/" in name)
    found = [f"nsg/{name}" for name in nsgs] + [f"subnet/{name}" for name in subnets]
    asked = params.get("for")
    if asked and asked not in found and asked.partition("/")[0] in _KINDS and asked.partition("/")[2].strip():
        found.append(asked)
    if not found:
        st.info(
            "The flow logs name no NSG, and no subnet is known: load the subnets on the Connect page.",
            title="Nothing to draft for",
            icon=":material/info:",
        )
        params.stop()
    return found


def _nsgs(store: FlowStore) -> dict[str, int]:
    """The NSGs whose own rules decided something, with their log entries; none where the store does not know NSGs."""
    if "nsg" in store.unsupported:
        return {}
    seen = session.ask(coverage.by_nsg(store.unsupported))
    return {str(name): int(count) for name, count in zip(seen["nsg"], seen["tuples"], strict=True)}


def _scope_words(scope: str) -> str:
    kind, _, name = scope.partition("/")
    return f"{_KINDS[kind]} · {name}"


def _choices(row: DeltaGenerator, direction: Direction, named: NamedGroups) -> DraftOptions:
    """What the draft cannot know: a popover of choices, each kept in the link."""
    with row.popover("Choices", icon=":material/tune:", key="rules_choices"):
        place = st.container()
        place.caption("Public addresses that met one service become")
        internet = url.choice(place, "Internet", tuple(_INTERNET), "internet", _INTERNET.__getitem__)
        tags = url.choice(place, "Service tags", tuple(_TAGS), "tags", _TAGS.__getitem__)
        place.caption("A subnet, or a group inside one, stands for its hosts")
        share = url.choice(place, "Group share", tuple(_SHARES), "share", _SHARES.__getitem__)
        offered = ("kept", "infer", "none") if named else ("infer", "none")
        grouped = url.choice(place, "Groups", offered, "groups", _GROUPS.__getitem__)
        ranges = url.choice(place, "Ports new every day", tuple(_RANGES), "ranges", _RANGES.__getitem__)
        closes = direction is Direction.OUTBOUND and url.switch(
            place, "Close the way to the Internet", "close", "Adds deny rules for Internet below the draft."
        )
        icmp = url.switch(place, "Allow ICMP in the VNet", "icmp", "Flow logs may not show ICMP; ping needs it.")
        place.caption(plain(f"Azure's limits: {words_of(TODAY)}, or in older subscriptions {words_of(OLDER)}"))
        limits = url.choice(place, "Azure's limits", tuple(LIMITS), "limits", str.capitalize)
        high = url.switch(place, "Rules for high ports too", "high", "Also for ports set apart as ephemeral.")
    return DraftOptions(
        **_share(share),
        groups=named if grouped == "kept" else cast(Literal["infer", "none"], grouped),
        dynamic_ranges=ranges == "marked",
        internet=cast(Literal["auto", "always", "never"], internet),
        service_tags=cast(Literal["propose", "use", "never"], tags),
        close_internet=closes,
        allow_icmp=icmp,
        keep_ephemeral=high,
        limits=LIMITS[limits],
    )


def _share(chosen: str) -> dict[str, Any]:
    """What a choice of _SHARES is, as arguments of DraftOptions."""
    if chosen == "from-3":
        return {"subnet_threshold": 3}
    if chosen == "half-always":
        return {"unseen_per_new": WHATEVER_IS_NEW}
    return {"group_share": {"half": 0.5, "third": 1 / 3, "most": 0.75}[chosen]}
