"""What was cut off: allowed in the earlier window and denied in the later, with the rule that denies since when."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.analysis.naming import NAME_OF
from nsgflow_core.ask.text.times import format_time
from nsgflow_core.charts.flows import DENIED_COLOUR
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.names.logged_nsgs import NO_NSG
from nsgflow_core.rules.proof.check import DenialCheck, denied_since
from nsgflow_core.ui.flows.compare_windows import Windows
from nsgflow_core.ui.frame import known, session, url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.parts import tables
from nsgflow_core.words.prefixes import pack

KEY, TITLE = "cut", "Cut off"
_HELP = "Allowed before, denied since: what a change of rules broke, or a scan that met a deny."
_WHEN = " Do you know when it broke? Type it above, like since:02:00."
_AS_COLUMNS = {"source_ip": "src_ip", "destination_ip": "dst_ip"}
_SHOWN = (
    *("src_ip", "dst_ip", "protocol", "port", "rule", "flows", "first_seen", "nsg", "direction"),
    *("last_seen", "allowed_by", "last_allowed"),
)
"""Who was cut off from what stands first, so that a phone shows it."""
_MOST_NSGS = 3


def show(view: View, windows: Windows) -> None:
    """Each pair that was cut off; a row leads to its flows in both windows, a link to the rules of the NSG."""
    st.caption(plain(_HELP + ("" if view.flow_filter.since else _WHEN)))
    found = _found(view, windows)
    if found.untold:
        st.info(plain(found.untold), icon=":material/help:")
        return
    if found.cut.empty:
        st.success(plain(found.sentence), icon=":material/check:")
        return
    st.warning(plain(found.sentence), icon=":material/block:")
    shown = _named(found.frame().rename(columns=_AS_COLUMNS)[[*_SHOWN]], known.names_of(view.store))
    tables.show(
        shown,
        tables.TableView(
            TITLE,
            "cut-off",
            bars=("flows",),
            colour=DENIED_COLOUR,
            hide=("last_seen", "allowed_by"),
            height=640,
            keeps=("first_seen",),
        ),
        on_pick=lambda place: _open(windows, shown, place),
    )
    _link_to_rules(shown)


def _named(cut: pd.DataFrame, names: AddressNames) -> pd.DataFrame:
    """The same rows, each address followed by what stands behind it, where anything does."""
    for address, name in NAME_OF.items():
        packed = {each: pack(each) for each in map(str, cut[address].unique())}
        called = {each: names.of(bits).name if bits else "" for each, bits in packed.items()}
        if any(called.values()):
            cut.insert([*cut.columns].index(address) + 1, name, cut[address].astype("str").map(called))
    return cut


def _found(view: View, windows: Windows) -> DenialCheck:
    since = windows.after.since
    if since is None:
        raise RuntimeError("A window that is compared has both ends.")
    asked = windows.after.within(windows.before.since, windows.after.until)
    return session.kept(f"cut off since {since}: {asked}", lambda: denied_since(view.store, asked, since))


def _link_to_rules(shown: pd.DataFrame) -> None:
    """The way to what would mend it, of the NSGs that cut most off."""
    row = st.container(horizontal=True)
    guards = shown.loc[shown["nsg"] != NO_NSG].groupby(["nsg", "direction"], observed=True, sort=False)["flows"].sum()
    for nsg, direction in guards.nlargest(_MOST_NSGS).index:
        url.link(row, "rules", f"Rules of {nsg}, {direction}", narrowing.rules_of(str(nsg), str(direction)))


def _open(windows: Windows, shown: pd.DataFrame, place: int) -> None:
    """The flows of a row, from the start of the earlier window to the end of the later; a callback."""
    service = {name: str(shown.iloc[place][name]) for name in ("src_ip", "dst_ip", "protocol", "port")}
    kept = narrowing.only(narrowing.Thing(service))
    kept |= {"since": format_time(windows.before.since), "until": format_time(windows.after.until)}
    url.go("flows", kept | {"window": "", "level": "pairs", "decision": ""})
