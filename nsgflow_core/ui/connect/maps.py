"""The maps kept with the local store: which subnet an address belongs to, and what the NSGs are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from nsgflow_core.errors import NsgflowError
from nsgflow_core.inventory.nsgs import read_nsg_names
from nsgflow_core.inventory.vnets import SubnetMap, read_subnet_map
from nsgflow_core.ui.connect import cards, workspace
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.parts import tables

_SAID = "_maps_said"


@dataclass(frozen=True)
class Map:
    """One kind of map: its words, what to upload, and what saves a file (and says what it found), drops, and shows."""

    key: str
    title: str
    command: str
    note: str
    save: Callable[[bytes], str]
    drop: Callable[[], None]
    kept: Callable[[], pd.DataFrame]


def show() -> None:
    """Both maps side by side."""
    with cards.card("Names for subnets and NSGs", "Kept with the local store; optional.", key="maps"):
        sides = st.grid(2, min_column_width=400, gap=("small", "large"))
        for each in MAPS:
            with sides.cell():
                _show(each)


def _show(kind: Map) -> None:
    kept = kind.kept()
    st.markdown(f"**{kind.title}**")
    st.caption(kind.note)
    st.code(kind.command, language="bash")
    turn = st.session_state.get(f"_{kind.key}_turn", 0)
    key = f"upload_{kind.key}_{turn}"
    st.file_uploader(
        "Upload", type=["json", "csv", "txt"], key=key, on_change=_take, args=(kind, key), label_visibility="collapsed"
    )
    said = st.session_state.get(_SAID, {}).get(kind.key)
    if isinstance(said, NsgflowError):
        cards.show_error(said)
    elif said:
        st.success(said, icon=":material/check:")
    if kept.empty:
        st.caption("None is kept.")
        return
    with st.expander(f"{len(kept):,} kept"):
        tables.show(kept, tables.TableView(kind.title, f"kept-{kind.key}", height=300 if len(kept) > 8 else None))
    st.button(
        "Remove", on_click=_remove, args=(kind,), icon=":material/delete:", type="tertiary", key=f"drop_{kind.key}"
    )


def _take(kind: Map, key: str) -> None:
    """Save an uploaded file, and give the uploader back empty."""
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    st.session_state[f"_{kind.key}_turn"] = st.session_state.get(f"_{kind.key}_turn", 0) + 1
    try:
        _say(kind, kind.save(uploaded.getvalue()))
        workspace.use_maps()
    except NsgflowError as error:
        _say(kind, error)


def _remove(kind: Map) -> None:
    try:
        kind.drop()
        _say(kind, "Removed.")
        workspace.use_maps()
    except NsgflowError as error:
        _say(kind, error)


def _say(kind: Map, said: str | NsgflowError) -> None:
    st.session_state[_SAID] = {**st.session_state.get(_SAID, {}), kind.key: said}
    session.begin_run()


def _save_subnets(content: bytes) -> str:
    subnets = read_subnet_map(content)
    session.local_store().save_subnets(subnets)
    vnets = {subnet.vnet for subnet in subnets.subnets} - {""}
    of = f" of {len(vnets):,} VNet{'' if len(vnets) == 1 else 's'}" if vnets else ""
    return f"{len(subnets.names):,} subnets{of}: every address is labelled anew."


def _save_nsg_names(content: bytes) -> str:
    names = read_nsg_names(content)
    session.local_store().save_nsg_names(names)
    return f"{len(names):,} NSG name{'' if len(names) == 1 else 's'}."


def _kept_subnets() -> pd.DataFrame:
    subnets = session.local_store().subnets.subnets
    return pd.DataFrame(
        {
            "subnet": [each.name for each in subnets],
            "prefix": [each.prefix.text for each in subnets],
            "vnet": [each.vnet for each in subnets],
        },
        dtype="str",
    )


def _kept_nsg_names() -> pd.DataFrame:
    names = session.local_store().nsg_names
    return pd.DataFrame({"acl_id": list(names), "name": list(names.values())}, dtype="str")


MAPS = (
    Map(
        "subnets",
        "Subnet map",
        "az network vnet list -o json",
        "Upload what this prints, or a CSV with the columns name,prefix.",
        _save_subnets,
        lambda: session.local_store().save_subnets(SubnetMap()),
        _kept_subnets,
    ),
    Map(
        "nsgs",
        "NSG names",
        "az network nsg list -o json",
        "VNet flow logs know an NSG by an id only. Or a CSV with the columns acl_id,name.",
        _save_nsg_names,
        lambda: session.local_store().save_nsg_names({}),
        _kept_nsg_names,
    ),
)
