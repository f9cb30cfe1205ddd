"""Widgets that the URL carries: one binding for all of them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from nsgflow_core.ui.frame import params, url

    with params.written():
        place = st.container()
        options = st.session_state.get("options", ("exact", "tight", "loose"))
        chosen = (
            url.choice(place, "Step", options, "step"),
            url.pick_one(place, "Sort", options, "sort"),
            url.picker(place, "For", options, "for", "tight", str),
            url.slider(place, "Dial", options, "dial", "tight"),
            url.switch(place, "Close", "close", ""),
        )
        st.text(repr(chosen))


DEFAULTS = "('exact', 'exact', 'tight', 'tight', False)"


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page)


def in_url(app: AppTest) -> dict[str, str]:
    """AppTest gives a parameter as text or, where the test set it, as a list."""
    held = {key: app.query_params[key] for key in app.query_params}
    return {key: value if isinstance(value, str) else value[0] for key, value in held.items()}


def test_defaults_are_not_written(app: AppTest) -> None:
    app.run()
    assert app.text[0].value == DEFAULTS
    assert not app.query_params


def test_a_link_sets_each_widget_and_what_means_nothing_is_the_default(app: AppTest) -> None:
    app.query_params |= {"step": "loose", "sort": "no such", "for": "exact", "dial": "", "close": "yes"}
    app.run()
    assert app.text[0].value == "('loose', 'exact', 'exact', 'tight', True)"
    assert in_url(app) == {"step": "loose", "for": "exact", "close": "yes"}


def test_the_url_follows_a_widget_and_a_widget_the_next_link(app: AppTest) -> None:
    app.run()
    app.segmented_control(key="step").set_value("tight")
    app.selectbox(key="sort").set_value("loose")
    app.selectbox(key="for").set_value("exact")
    app.select_slider(key="dial").set_value("loose")
    app.toggle(key="close").set_value(True).run()
    assert app.text[0].value == "('tight', 'loose', 'exact', 'loose', True)"
    assert in_url(app) == {"step": "tight", "sort": "loose", "for": "exact", "dial": "loose", "close": "yes"}
    app.query_params.clear()
    app.run()
    assert app.text[0].value == DEFAULTS


def test_an_option_that_is_gone_falls_back_to_the_default(app: AppTest) -> None:
    app.query_params |= {"for": "loose"}
    app.run()
    app.session_state["options"] = ("exact", "tight")
    app.run()
    assert app.text[0].value == DEFAULTS
    assert not app.query_params


def of_today() -> None:
    import streamlit as st

    from nsgflow_core.ui.frame import params, url

    with params.written():
        default = st.session_state.get("busiest", "web")
        st.text(url.picker(st.container(), "For", ("web", "db"), "for", default, str, always_written=True))


def test_a_default_that_is_worked_out_is_written_so_that_the_link_means_the_same_tomorrow() -> None:
    app = AppTest.from_function(of_today).run()
    assert in_url(app) == {"for": "web"}
    app.session_state["busiest"] = "db"
    assert app.run().text[0].value == "web"
