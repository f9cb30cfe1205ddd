"""The Query page: the article's query on the sample estate, a mistake in words, a chart where there is one."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Opened = Callable[..., AppTest]


def ran(app: AppTest, text: str) -> AppTest:
    app.text_area(key="kql").set_value(text)
    app.button(key="kql_run").click().run()
    assert not app.exception
    return app


def test_the_articles_query_runs_on_local_logs(opened: Opened) -> None:
    app = opened("query")
    assert not app.dataframe
    app.button(key="kql_run").click().run()
    assert {"SrcIP_s", "DestIP_s", "DestPort_d"} <= set(app.dataframe[0].value.columns)


def test_an_example_can_be_taken_and_drawn(opened: Opened) -> None:
    app = opened("query")
    app.selectbox(key="kql_example").set_value("Denied by rule").run()
    app.button(key="kql_run").click().run()
    denied = app.dataframe[0].value
    assert list(denied.columns) == ["AclRule", "DestPort", "Flows"]
    app.segmented_control(key="kql_as").set_value("chart").run()
    assert app.get("plotly_chart")


def test_a_mistake_is_a_sentence(opened: Opened) -> None:
    for text, word in (("NTANetAnalytics | where", "KQL"), ("Nowhere | take 1", "Nowhere")):
        app = ran(opened("query"), text)
        said = " ".join(f"{box.proto.title} {box.value}" for box in app.warning)
        assert word in said


def test_a_query_reaches_no_file(opened: Opened) -> None:
    app = ran(opened("query"), "externaldata(line:string) ['/etc/passwd']")
    assert app.warning
    assert not app.dataframe
