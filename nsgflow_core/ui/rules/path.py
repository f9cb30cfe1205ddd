"""One packet's path on the Replay step: which NSGs and admin rules it passes, and which of them decides."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.errors import BadFilter
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.path import Paths
from nsgflow_core.rules.decide.path_steps import explain, packet_of, steps_frame
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import said, tables
from nsgflow_core.ui.rules.cache import Subject
from nsgflow_core.words.vocabulary import MAX_PORT


def ask(subject: Subject) -> None:
    """A small form, and the steps of the packet that it describes; the NSGs are those of the imported files."""
    with st.expander("One packet, step by step", icon=":material/route:", key="rules_path"):
        ends = Ends(subject.network.known)
        if ends.is_empty:
            st.caption("Import VNets, NSGs and NICs: then this shows which of them a packet passes, and which decides.")
            return
        with st.form("rules_path_form", border=False):
            row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
            src = row.text_input("Source address", key="path_src", placeholder="10.1.2.4", max_chars=45)
            dst = row.text_input("Destination address", key="path_dst", placeholder="10.1.3.4", max_chars=45)
            protocol = row.selectbox("Protocol", ("TCP", "UDP", "ICMP"), key="path_protocol")
            port = row.number_input("Port", 0, MAX_PORT, 443, key="path_port")
            row.form_submit_button("Explain", icon=":material/route:")
        if src.strip() and dst.strip():
            _steps(subject, ends, src, dst, protocol, int(port))


def _steps(subject: Subject, ends: Ends, src: str, dst: str, protocol: str, port: int) -> None:
    try:
        packet = packet_of(src, dst, protocol, port)
    except BadFilter as error:
        st.warning(plain(error.hint), title=plain(error.message), icon=":material/info:")
        return
    explained = explain(Paths(ends, subject.network.space), packet)
    if explained.gets_through:
        st.success(plain(explained.sentence), icon=":material/check:")
    else:
        st.warning(plain(explained.sentence), icon=":material/block:")
    steps = steps_frame(explained)
    tables.show(
        steps.assign(priority=steps["priority"].astype("string").fillna("")),
        tables.TableView("Steps", "path", complete=lambda: steps),
    )
    if ends.said:
        st.caption(said.as_list(ends.said))
