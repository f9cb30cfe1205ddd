"""Lists of pickers are wide where a name is long, and as wide as their field elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from nsgflow_core.ui.frame.asking import wide_lists
from nsgflow_core.ui.parts.fitting import letters


def page() -> None:
    import streamlit as st

    from nsgflow_core.ui.frame.asking import wide_lists

    wide_lists.for_names(["web", "x" * st.session_state["letters"]], wide_lists.BESIDE_OTHERS)


@pytest.mark.parametrize(("letters", "is_wide"), [(12, False), (wide_lists.BESIDE_OTHERS, False), (80, True)])
def test_only_where_a_name_is_cut(letters: int, is_wide: bool) -> None:
    app = AppTest.from_function(page)
    app.session_state["letters"] = letters
    assert bool(app.run().get("html")) is is_wide


def test_streamlit_calls_its_lists_so() -> None:
    scripts = Path(streamlit.__file__).with_name("static") / "static" / "js"
    text = "".join(script.read_text(encoding="utf-8") for script in scripts.glob("*.js"))
    for name in re.findall(r"data-testid=(\w+)", wide_lists._WIDE):
        assert name in text, name


def test_a_field_of_long_names_is_wide_enough_for_what_tells_them_apart() -> None:
    name = "NSG · nsg-production-westeurope-hub-application-tier-customer-041-facing-blue"
    assert wide_lists.field_width([name]) >= letters.pixels_of(name) + letters.BESIDE
    assert wide_lists.field_width(["NSG · nsg-web"]) < wide_lists.field_width([name])
