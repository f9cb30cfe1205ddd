"""Least-privilege rules: drafted from what was seen, tried on real traffic, and exported; Azure stays as it is."""

import streamlit as st

from nsgflow_core.ui.frame import page, url
from nsgflow_core.ui.rules import scope, steps

subject = scope.choose(page.view())
step = url.choice(st.container(), "Step", tuple(steps.STEPS), "step")
steps.STEPS[step](subject)
