"""What the link or the search box asks about: one subject, or a choice of those that may be meant."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.address.elsewhere import called_elsewhere, who_met
from nsgflow_core.analysis.address.searching import Candidate, find_subject
from nsgflow_core.analysis.address.subject import LONGEST, Subject, port_typed
from nsgflow_core.ask.answers import label
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.ui.frame import empty, known, params, session, url
from nsgflow_core.ui.frame.asking import links
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import in_short

PARAMETER = "ip"
_BUSIEST = 50


def inventory_of(view: View) -> tuple[Inventory, SubnetMap]:
    """What is known of the network beside this store, and the map that labels addresses in it."""
    held = known.with_names(known.settings_of(view.store))
    subnets = view.store.subnets
    return held, subnets if subnets.subnets else held.subnet_map


def asked(view: View) -> Subject:
    """The subject that the link names. Ends the page with a choice where it names none, or may name several."""
    text = params.get(PARAMETER).strip()[:LONGEST]
    inventory, subnets = inventory_of(view)
    found = find_subject(text, inventory, subnets.names, view.ask)
    if found.subject is None:
        _offer(view, text, found.candidates)
        params.stop()
    if port := port_typed(text):  # a condition like others from here on, with its place in the bar
        params.put({PARAMETER: found.subject.text, "port": port})
        links.let_stand()
        st.rerun()
    return found.subject


def _offer(view: View, text: str, candidates: tuple[Candidate, ...]) -> None:
    """What may be meant, or else where to begin."""
    if candidates:
        _offer_candidates(text, candidates)
    is_elsewhere = _offer_elsewhere(text)
    if candidates or is_elsewhere:
        return
    if text:
        st.info(
            "Search for an address, a prefix, a subnet, a rule, an NSG, or a part of a name that the inventory or the "
            "log knows. "
            "Files of the network are given on Connect.",
            title=f"Nothing is called {plain(in_short(text))}",
            icon=":material/search_off:",
        )
    _offer_busiest(view)


def go_to(text: str) -> None:
    """Ask about this one; a callback."""
    params.put({PARAMETER: text})


def _offer_candidates(text: str, candidates: tuple[Candidate, ...]) -> None:
    rows = [
        (each.subject.text, str(each.subject.kind).capitalize(), each.address, each.entries or None)
        for each in candidates
    ]
    shown = pd.DataFrame(rows, columns=["found", "kind", "address", "tuples"]).astype({"tuples": "Int64"})
    tables.show(
        shown,
        tables.TableView(f"{counted(len(rows), 'match')} for {in_short(text)}", "matches"),
        on_pick=lambda place: go_to(rows[place][0]),
    )


def _offer_elsewhere(text: str) -> bool:
    """The rules and NSGs that are called so, each with the way to its flows; False where there are none."""
    found = called_elsewhere(text, session.values)
    if found:
        shown = pd.DataFrame([(value, label(name)) for name, value in found], columns=["found", "kind"])
        tables.show(
            shown,
            tables.TableView(
                f"Rules and NSGs for {in_short(text)}", "elsewhere", note="a row leads to the flows that it decided"
            ),
            on_pick=lambda place: url.go("flows", who_met(found[place])),
        )
    return bool(found)


def _offer_busiest(view: View) -> None:
    """Where to begin: those who talk most; where the filter leaves nobody, what would."""
    empty.stop_without_match(view.flow_filter, view.asked)
    question = view.named(traffic.top_talkers(view.flow_filter, _BUSIEST, "flows"))
    busiest = view.ask(question)
    tables.show(
        busiest,
        tables.TableView(
            "Busiest sources",
            "busiest",
            question,
            bars=("flows",),
            note="search at the top for any other address, subnet, name or rule",
        ),
        on_pick=lambda place: go_to(str(busiest["src_ip"].iloc[place])),
    )
