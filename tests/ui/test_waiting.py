"""A question that takes long can be cancelled: what was answered stays, the rest is asked when the user says so."""

from __future__ import annotations

import pytest

from nsgflow_core.ui.frame import session
from nsgflow_core.ui.memory.answers import Answers
from tests.ui.reading import Opened, texts


def test_a_cancelled_question_is_said_and_asked_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(port="1433")
    app.session_state["_stop_asked"] = True  # what the button beside a long question sets
    monkeypatch.setattr(session, "_ANSWERS", Answers(1 << 20))
    app.run()
    assert "You cancelled the question." in texts(app)
    assert not app.metric
    app.button(key="ask_again").click().run()
    assert not app.warning
    assert int(app.metric[0].value.replace(",", "")) > 0
