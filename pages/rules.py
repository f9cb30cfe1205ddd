"""Least-privilege rules: drafted from what was seen, tried on real traffic, and exported; Azure stays as it is."""

import streamlit as st

from nsgflow_core.ui import page, rules_scope, rules_steps, url

subject = rules_scope.choose(page.view())
step = url.choice(st.container(), "Step", tuple(rules_steps.STEPS), "step")
rules_steps.STEPS[step](subject)
