"""A two-minute tour of the sample estate: its twelve stories, each a link to the view that shows it."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.sources.sample.stories import STORIES
from nsgflow_core.ui.frame import navigation, session
from nsgflow_core.ui.frame.plain import plain


def show() -> None:
    """Closed at first; nothing for a store of one's own."""
    if not session.active().is_sample:
        return
    with st.expander("A two-minute tour: twelve things happened in this week", icon=":material/tour:"):
        places = st.grid(3, min_column_width=300, gap="small")
        for number, story in enumerate(STORIES, start=1):
            with places.cell(), st.container(gap="xxsmall"):
                st.page_link(
                    navigation.page_file(story.page),
                    label=plain(f"{number}. {story.title}"),
                    query_params=dict(story.params),
                )
                st.caption(plain(story.words))
