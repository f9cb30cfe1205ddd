"""What the network is: one place for files of any kind, what was found in them, and what is kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.errors import NsgflowError
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.tables import files_frame, findings_frame, nsgs_frame, subnets_frame
from nsgflow_core.stores.base import keeps
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.connect.places import cluster, workspace
from nsgflow_core.ui.frame import known, session
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import given_files, said, tables

_MOST_WARNINGS = 5
_SAID = "_network_said"
_COMMANDS = """az network vnet list -o json > vnets.json
az network nsg list -o json > nsgs.json
az network nic list -o json > nics.json
az vm list -o json > vms.json"""
_NOTE = (
    "Any number of files at once; what they are is told by their content. VNets name the subnets, NSGs bring their "
    "names and rules, NICs their security groups."
)
_MORE = """
- Who stands behind an address: NICs and VMs, `az vmss nic list`, `az network private-endpoint list`,
  `private-link-service`, `lb`, `public-ip`, `vnet-gateway`, `local-gateway`, `application-gateway`, `firewall`
  and `bastion list`
- Public addresses: the weekly service tags, and a database in MaxMind's format (`.mmdb`) for country and network
- What is logged: `az network watcher flow-log list`, `az network nic list-effective-nsg`
- The same from elsewhere: Azure Resource Graph, ARM templates, `Get-Az… | ConvertTo-Json -Depth 10`,
  `terraform show -json`
- Names alone: a CSV with `name,prefix` or `acl_id,name`
"""


def show() -> None:
    """The card: give files, see what was found and what is kept, forget it."""
    shown = session.active()
    where = "Kept in this session" if shown.is_personal else "Kept with the local store"
    where = "Kept for this folder" if isinstance(keeps(shown.store), LakeStore) else where
    with cards.card("What the network is", f"{where}; optional.", key="maps"):
        st.caption(_NOTE)
        st.code(_COMMANDS, language="bash", wrap_lines=True)
        with st.expander("What else is read"):
            st.markdown(_MORE)
        here = known.settings_here()
        given_files.upload(here, "upload_network", "Files that say what the network is", _say, "collapsed")
        said.show(st.session_state.get(_SAID, []))
        _show_kept(known.imported(here))


def _show_kept(held: Inventory) -> None:
    if not held.files:
        st.caption("Nothing is kept.")
        return
    tables.show(files_frame(held), tables.TableView("Kept", "network-files"))
    if held.warnings:
        listed = [*held.warnings[:_MOST_WARNINGS]]
        if left := len(held.warnings) - len(listed):
            listed.append(f"And {left:,} more pairs of VNets.")
        st.warning(said.as_list(listed), icon=":material/info:")
    for frame, title, name in (
        (findings_frame(held), "Findings", "kept-findings"),
        (subnets_frame(held), "Prefixes of subnets", "kept-subnets"),
        (nsgs_frame(held), "NSG names", "kept-nsgs"),
    ):
        _show_named(frame, title, name)
    if not known.may_keep(known.settings_here()):
        return
    row = st.container(horizontal=True, gap="small", key="forget_network")
    for number, file in enumerate(held.files):
        row.button(
            f"Forget {plain(file)}", on_click=_forget, args=(file,), icon=":material/delete:", type="tertiary",
            key=f"forget_network_{number}",
        )  # fmt: skip


def _show_named(frame: pd.DataFrame, title: str, name: str) -> None:
    if frame.empty:
        return
    with st.expander(f"{plain(title)}: {len(frame):,}"):
        tables.show(frame, tables.TableView(title, name, height=300))


def _forget(file: str) -> None:
    try:
        known.forget(known.settings_here(), file)
        _say([known.Said(f"{file} is forgotten.", is_good=True)])
    except NsgflowError as error:
        _say([known.Said(str(error), is_good=False)])


def _say(sentences: list[known.Said]) -> None:
    st.session_state[_SAID] = sentences
    workspace.use_maps()
    cluster.use_maps()
    session.begin_run()
