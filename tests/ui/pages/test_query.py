"""The Query page: the article's query on the sample estate, a mistake in words, a chart where there is one."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.ui.reading import Opened


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


def test_what_is_written_runs_when_it_is_applied_and_stays_over_pages_and_in_the_link(opened: Opened) -> None:
    app = opened("query")
    text = "NTANetAnalytics | summarize count() by FlowType | render piechart"
    app.text_area(key="kql").set_value(text).run()  # as Ctrl+Enter does
    assert app.get("plotly_chart")
    assert app.query_params["kql"] == text
    app.switch_page("pages/denied.py").run()
    app.switch_page("pages/query.py").run()
    assert not app.exception
    assert app.text_area(key="kql").value == text
    assert app.get("plotly_chart")


def test_a_link_brings_its_query(opened: Opened) -> None:
    app = opened("query")
    app.query_params["kql"] = "NTANetAnalytics | count"
    app.run()
    assert app.text_area(key="kql").value == "NTANetAnalytics | count"
    assert list(app.dataframe[-1].value.columns) == ["Count"]
