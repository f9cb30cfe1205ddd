"""What the draft decides otherwise than the rules as they are, by the rules alone: exact, each with a packet."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.compare.changes import NEWLY_ALLOWED, NEWLY_DENIED, changes_frame, summary
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules import cache
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.drafting import draft


def show(subject: RulesSubject, rules: RuleSet) -> None:
    """The whole view."""
    drafted = draft.desk_of(subject).decided.draft.rule_set
    try:
        found = cache.compared(subject, rules, replace(drafted, directions=(subject.direction,)))
    except BadRuleSet as error:
        st.warning(plain(error.hint), title=plain(error.message), icon=":material/help:")
        return
    kinds = [each.kind for each in found]
    row = st.container(horizontal=True, gap="large")
    row.metric("Newly allowed", f"{kinds.count(NEWLY_ALLOWED):,}", width="content")
    row.metric("Newly denied", f"{kinds.count(NEWLY_DENIED):,}", width="content")
    st.caption(
        plain(f"{summary(found).capitalize()}. ")
        + "By the rules alone, also where no packet was ever seen; what of it traffic met is on Replay, "
        "“Draft against existing”."
    )
    if not found:
        st.success("The draft decides every packet as these rules do.", icon=":material/check:")
        return
    frame = changes_frame(found)
    tables.show(
        frame.drop(columns=["direction"]),
        tables.TableView("Decided otherwise by the draft", "rules-diff", complete=lambda: frame, bars=()),
    )
