"""The pictures of Flows: each is drawn from what the store answers, and says what it leaves out."""

from __future__ import annotations

import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.testing.v1.element_tree import Caption

from nsgflow_core import ui
from nsgflow_core.analysis import traffic
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.pointed import sankey
from nsgflow_core.ui.flows import pictures
from nsgflow_core.ui.parts.pictures import drawing
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened, sample


@pytest.mark.parametrize("picture", pictures._PICTURES)
def test_each_picture_is_in_the_link_and_follows_filter_and_decision(picture: str, opened: Opened) -> None:
    app = opened("flows", picture=picture, verdict="Denied", destination="snet-shop-web")
    assert not app.exception
    assert not app.warning
    assert app.query_params.get("picture", ["heatmap"]) in (picture, [picture])
    assert set(app.dataframe[0].value["decision"]) == {"Denied"}
    assert set(app.dataframe[0].value["destination"]) == {"snet-shop-web"}
    assert {"SVG", "PNG"} <= {each.proto.label for each in app.get("download_button")}


def test_what_bands_leave_out_is_named_with_its_share(opened: Opened, home: Path) -> None:
    app = opened("flows", picture="bands")
    services = traffic.services(FlowFilter(), 100_000).ask(sample(home))
    cut, drawn = len(services) - sankey.MOST, services["flows"].nlargest(sankey.MOST).sum()
    share = 1 - drawn / traffic.between_subnets(FlowFilter()).ask(sample(home))["flows"].sum()
    said = [as_it_reads(each.value) for each in app.caption]
    assert any(each.startswith(f"And {cut:,} more services: {share:.0%} of flows") for each in said), said


def test_a_subnet_of_the_map_opens_to_its_hosts(opened: Opened, home: Path) -> None:
    hosts = traffic.between_hosts(FlowFilter(), "snet-shop-data", 100).ask(sample(home))
    flows = FlowFilter().where("source", "snet-shop-data")
    sent = traffic.totals(flows).ask(sample(home))["flows"].iloc[0]
    assert hosts.loc[hosts["source"].str.startswith("10.20.3."), "flows"].sum() == sent
    assert opened("flows", picture="map", hosts="snet-shop-data").selectbox(key="hosts").value == "snet-shop-data"
    assert not opened("flows", picture="map", hosts="no-such-subnet").exception


@pytest.mark.parametrize(("measure", "unit"), [("flows", " flows"), ("bytes", "B bytes")])
def test_a_calendar_says_what_its_busiest_hour_is(measure: str, unit: str, opened: Opened, home: Path) -> None:
    hours = traffic.over_time(FlowFilter(), "hour").ask(sample(home)).groupby("hour")[[measure]].sum()
    captions = map(_read, opened("flows", picture="hours", show=measure).caption)
    (said,) = (each for each in captions if "Stronger" in each)
    assert f"{unit} in one hour, {hours[measure].idxmax():%a %d %b %H:%M} UTC." in said


def _read(caption: Caption) -> str:
    return as_it_reads(caption.value)


def test_words_in_charts_are_dark_enough_on_a_light_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit writes in a grey of 3.7:1 on white; on the dark ground its own is better than any that fits both."""
    option = {"xAxis": [{"axisLabel": {"width": 9}}], "yAxis": {"type": "value"}, "calendar": {}, "series": [{}]}
    monkeypatch.setattr(drawing, "_is_light", lambda: False)
    assert drawing.legible(option) == option
    monkeypatch.setattr(drawing, "_is_light", lambda: True)
    grey = {"color": drawing.GREY}
    assert drawing.legible(option) == {
        "xAxis": [{"axisLabel": {"width": 9, **grey}, "nameTextStyle": grey}],
        "yAxis": {"type": "value", "axisLabel": grey, "nameTextStyle": grey},
        "calendar": {"dayLabel": grey, "monthLabel": grey},
        "series": [{}],
    }
    drawn: list[go.Figure] = []
    monkeypatch.setattr(st, "plotly_chart", lambda figure, **_: drawn.append(figure))
    drawing.plotly(go.Figure(), "", "")
    assert drawn[0].layout.font.color == drawn[0].layout.xaxis.tickfont.color == drawing.GREY
    assert contrast(drawing.GREY, "#FFFFFF") >= 4.5
    assert contrast(drawing.GREY, "#10171F") >= 3.7, "until a run hears that the page turned dark"


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours' luminance."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_chart_is_drawn_by_one_file() -> None:
    calls = re.compile(r"\bst\.(echarts|plotly)_chart\(")
    files = Path(ui.__path__[0]).rglob("*.py")
    assert [each.name for each in files if calls.search(each.read_text(encoding="utf-8"))] == ["drawing.py"]
