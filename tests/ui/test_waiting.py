"""A question that takes long can be cancelled: what was answered stays, the rest is asked when the user says so."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.ui.frame import session
from nsgflow_core.ui.memory.answers import KeptAnswers
from tests.ui.reading import Opened, texts


def test_a_cancelled_question_is_said_and_asked_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(port="1433")
    app.session_state["_stop_asked"] = True  # what the button beside a long question sets
    monkeypatch.setattr(session, "_ANSWERS", KeptAnswers(1 << 20))
    app.run()
    assert "You cancelled the question." in texts(app)
    assert not app.metric
    app.button(key="ask_again").click().run()
    assert not app.warning
    assert int(app.metric[0].value.replace(",", "")) > 0


def test_scripts_push_nothing_down_while_the_browser_fetches_what_draws_them() -> None:
    """It drew a bar for each of them, and the page jumped up by 250 pixels when look.css came."""

    def draw() -> None:
        from nsgflow_core.ui.frame.browser import scripts

        scripts.load()

    (box,) = AppTest.from_function(draw).run().main.children.values()
    assert box.proto.id.endswith("scripts")
    assert box.proto.height_config.pixel_height == 1
