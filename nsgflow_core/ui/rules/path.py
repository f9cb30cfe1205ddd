"""One packet's path on the Replay step: which NSGs and admin rules it passes, and which of them decides."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.errors import BadFilter
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.path import Paths
from nsgflow_core.rules.decide.path_steps import Explained, explain_path, packet_of, steps_frame
from nsgflow_core.ui.frame import params, url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import said, tables
from nsgflow_core.ui.rules import cache
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.words.vocabulary import MAX_PORT


def ask(subject: RulesSubject) -> None:
    """A small form, and the steps of the packet that it describes; the NSGs are those of the imported files."""
    is_asked = bool(params.get("path_src") and params.get("path_dst"))
    with st.expander("One packet, step by step", expanded=is_asked, icon=":material/route:", key="rules_path"):
        ends = Ends(subject.network.known)
        if ends.is_empty:
            st.caption("Import VNets, NSGs and NICs: then this shows which of them a packet passes, and which decides.")
            return
        with st.form("rules_path_form", border=False):
            row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
            src = url.field(row, "Source address", "path_src", "10.1.2.4")
            dst = url.field(row, "Destination address", "path_dst", "10.1.3.4")
            protocol = url.picker(row, "Protocol", ("TCP", "UDP", "ICMP"), "path_protocol", "TCP", plain)
            port = url.number(row, "Port", "path_port", 443, MAX_PORT)
            row.form_submit_button("Explain", icon=":material/route:")
        if src and dst:
            _steps(subject, ends, src, dst, protocol, port)


def _steps(subject: RulesSubject, ends: Ends, src: str, dst: str, protocol: str, port: int) -> None:
    try:
        packet = packet_of(src, dst, protocol, port)
    except BadFilter as error:
        st.warning(plain(error.hint), title=plain(error.message), icon=":material/info:")
        return
    explained = explain_path(Paths(ends, subject.network.space), packet)
    _say("As the rules are today", explained)
    _with_draft(subject, ends, packet)
    steps = steps_frame(explained)
    tables.show(
        steps,
        tables.TableView("Steps", "path", note="as the rules are today", complete=lambda: steps),
    )
    if ends.said:
        st.caption(said.as_list(ends.said))


def _with_draft(subject: RulesSubject, ends: Ends, packet: Packet) -> None:
    """What becomes of the packet with the draft of this page in place, where there is one."""
    made, named = cache.decided(subject).draft, f"draft for {subject.scope.name}, {subject.direction}"
    if not made.own_rules:
        return
    drafted = Paths(ends, subject.network.space, (made.rule_set,))
    if drafted.has_on_the_way(made.rule_set, packet):
        _say(f"With the {named}", explain_path(drafted, packet))
    else:
        st.caption(plain(f"The {named} does not stand on its way."))


def _say(title: str, explained: Explained) -> None:
    if explained.gets_through:
        st.success(plain(explained.sentence), title=plain(title), icon=":material/check:")
    else:
        st.warning(plain(explained.sentence), title=plain(title), icon=":material/block:")
