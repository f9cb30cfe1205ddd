"""What people want, typed or pasted, held against all imported rules and the traffic of the page."""

from __future__ import annotations

import streamlit as st

from nsgflow_core import COMMAND
from nsgflow_core.errors import BadRuleSet, InputError
from nsgflow_core.rules.compare.verdicts import IntentVerdict, is_kept
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import said as in_sentences
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules import cache
from nsgflow_core.ui.rules.cache import RulesSubject

EXAMPLE = "never: Internet -> data\nmust:  web -> app tcp/8443, udp/53\nnever: * -> mgmt 22, 3389"
_KEY = "rules_wanted"


def show(subject: RulesSubject) -> None:
    """The whole view."""
    st.caption("One intent a line. An end is a subnet, a prefix, a service tag or `*`; what follows # is a remark.")
    text = st.text_area("What must be reached, and what never may", key=_KEY, placeholder=EXAMPLE, height=160)
    if not text.strip():
        words = "The same on the command line, with an exit status for pipelines:"
        st.caption(f"{words} {plain(COMMAND)} rules intents FILE.")
        return
    try:
        checked = cache.checked(subject, text)
    except (InputError, BadRuleSet) as error:
        st.error(plain(error.hint), title=plain(error.message), icon=":material/edit:")
        return
    if is_kept(checked):
        st.success("Every intent is kept, by the rules and by the traffic.", icon=":material/check:")
    else:
        broken = int((checked["verdict"] != str(IntentVerdict.KEPT)).sum())
        st.warning("Each with a packet or flow.", title=f"{broken:,} not kept", icon=":material/rule:")
    if said := checked.attrs["said"]:
        st.caption(in_sentences.as_list(said))
    tables.show(checked, tables.TableView("Intents", "intents", complete=lambda: checked))
