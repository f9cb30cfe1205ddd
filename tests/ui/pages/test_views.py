"""Saved views, quick filters and the tour: each leads to what it names."""

from __future__ import annotations

from pathlib import Path

from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.views import saved_views
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.sources.sample.stories import STORIES
from nsgflow_core.ui.frame import navigation
from tests.ui.reading import Opened, sample, sentence, texts


def test_each_story_of_the_tour_is_seen_where_its_link_leads(home: Path, opened: Opened) -> None:
    opened()
    for story in STORIES[:-1]:
        asked = FlowFilter.from_params(story.params)
        row = navigation.row_named(story.page)
        assert row
        assert traffic.totals(row.about(asked)).ask(sample(home))["flows"].iloc[0] > 0, story.title


def test_a_view_is_saved_replaced_and_opened_with_the_pages_own_choices(opened: Opened, home: Path) -> None:
    app = opened("required_ports", source="snet-shop-web", by="address")
    app.session_state["views"] = True
    app.run()
    app.text_input(key="view_name").set_value("*Shop*").run()
    app.button(key="view_save").click().run()
    (view,) = saved_views(sample(home))
    assert (view.name, view.page) == ("*Shop*", "required_ports")
    assert view.params == {"source": "snet-shop-web", "by": "address"}
    app.text_input(key="view_name").set_value("*shop*").run()
    app.button(key="view_save").click().run()
    assert "A view is saved as '*Shop*' already." in texts(app)
    app.button(key="view_replace").click().run()
    assert [each.name for each in saved_views(sample(home))] == ["*shop*"]
    app.button(key="delete_view_0").click().run()
    assert saved_views(sample(home)) == []


def test_a_quick_filter_is_put_on_top_of_what_is_shown(opened: Opened) -> None:
    app = opened("flows", port="443", source="snet-dev")
    app.session_state["views"] = True
    app.run()
    app.button(key="quick_From the Internet").click().run()
    assert sentence(app) == "Flows where source is Internet, and port is 443, over all time."
    assert app.query_params["source"] == "Internet"
